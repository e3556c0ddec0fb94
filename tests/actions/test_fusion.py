"""Scores of what is described in many languages and in few."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.fusion import completeness, dense_scores, nearest_scores
from knowledge_base.index import Found, Groups

# Unit 0 is described in three groups, unit 1 in one, unit 2 nowhere.
UNIT_OF_ROW = np.array([0, 0, 0, 1])
GROUPS = Groups(
    np.array([0, 1, 2, 0]),
    np.array(["course"] * 3, dtype=object),
    np.array(["en", "hi", "ta"], dtype=object),
)
WEIGHTS = np.array([1.0, 2.0, 2.0])


def test_fewer_descriptions_make_a_score_count_more() -> None:
    factors = completeness(GROUPS, UNIT_OF_ROW, WEIGHTS, 3)
    assert factors[0] == pytest.approx(1.0)
    assert 1.0 < factors[1] < factors[2]
    # Not as much as if nothing were known against it.
    assert factors[1] < WEIGHTS.sum() / WEIGHTS[0]


def test_the_better_of_two_is_found_in_whatever_it_is_described() -> None:
    found = Found(
        np.array([3, 0, 1, 2]),
        np.array([3.0, 1.2, 1.0, 0.0], dtype=np.float32),
        np.full(4, 0.8, dtype=np.float32),
        np.full(4, 0.1, dtype=np.float32),
    )
    summed = dense_scores(found, UNIT_OF_ROW, GROUPS, WEIGHTS, 3)
    assert summed[0] > summed[1]
    weighed = summed * completeness(GROUPS, UNIT_OF_ROW, WEIGHTS, 3)
    assert weighed[1] > weighed[0]


def test_the_nearest_text_of_a_unit_counts_above_the_worst_found() -> None:
    leads = np.array([0.4, 0.1, 0.3, 0.2], dtype=np.float32)
    found = Found(np.array([0, 1, 2, 3]), leads, leads, leads)
    assert nearest_scores(found, UNIT_OF_ROW, 3) == pytest.approx([1, 1 / 3, 0])
    nothing = Found(np.array([], dtype=int), *(np.array([], dtype=np.float32),) * 3)
    assert nearest_scores(nothing, UNIT_OF_ROW, 3).tolist() == [0, 0, 0]


def test_groups_without_weight_change_nothing() -> None:
    factors = completeness(GROUPS, UNIT_OF_ROW, np.zeros(3), 3)
    assert np.isfinite(factors).all()
