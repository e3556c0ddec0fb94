from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.attributes import Attributes
from knowledge_base.centring import Centring

RANDOM = np.random.default_rng(11)
DIMENSION = 64


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def corpus() -> tuple[np.ndarray, list[Attributes]]:
    """Return 80 topics in two languages; all texts of a language lean to one side."""
    topics = RANDOM.normal(size=(80, DIMENSION))
    leaning = {"en": 20 * np.eye(DIMENSION)[0], "ta": 20 * np.eye(DIMENSION)[1]}
    vectors = np.concatenate([topics + leaning[code] for code in leaning])
    attributes = [
        Attributes("course", "name", code, str(i), str(i)) for code in leaning for i in range(80)
    ]
    return unit(vectors), attributes


def test_texts_of_another_language_come_as_near_as_those_of_the_same() -> None:
    vectors, attributes = corpus()
    centring = Centring.fit(vectors, attributes)
    centred = centring.apply(vectors, centring.codes(attributes))
    # Each Tamil text asks for the English one on its topic.
    raw, fair = vectors @ vectors[80:].T, centred @ vectors[80:].T
    first = np.arange(80)
    worse_before = (raw > raw[first, first]).sum(axis=0).mean()
    worse_after = (fair > fair[first, first]).sum(axis=0).mean()
    assert worse_before > 60
    # The text itself, and hardly any besides.
    assert worse_after < 3


def test_cosines_are_found_again() -> None:
    vectors, attributes = corpus()
    centring = Centring.fit(vectors, attributes)
    codes = centring.codes(attributes)
    query = unit(RANDOM.normal(size=(1, DIMENSION)))[0]
    scores = centring.apply(vectors, codes) @ query
    assert np.allclose(centring.cosines(query, scores, codes), vectors @ query, atol=1e-4)


def test_a_handful_of_texts_keeps_its_meaning() -> None:
    vectors, attributes = corpus()
    few = [*attributes[:80], *attributes[80:82]]
    centring = Centring.fit(vectors[:82], few)
    centred = centring.apply(vectors[:82], centring.codes(few))
    assert (
        np.linalg.norm(centred[80:], axis=1).min()
        > 0.5 * np.linalg.norm(centred[:80], axis=1).mean()
    )


def test_new_groups_take_their_language_or_everything(tmp_path: Path) -> None:
    vectors, attributes = corpus()
    centring = Centring.fit(vectors, attributes)
    new = [Attributes("faq", "answer", code, "x", "x") for code in ("ta", "kok")]
    groups = [centring.groups[code] for code in centring.codes(new)]
    assert groups == [("", "ta", ""), ("", "", "")]
    centring.save(tmp_path)
    again = Centring.load(tmp_path)
    assert again.groups == centring.groups
    assert np.array_equal(again.means, centring.means)
    assert again.spreads == pytest.approx(centring.spreads)
