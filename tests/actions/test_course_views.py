from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.course_views import CourseViews, standardise
from knowledge_base.passages import Entry, Kind, View


def entry(course: str, locale: str) -> Entry:
    return Entry(Kind.COURSE, View.NAME, course, locale, f"{course} {locale}")


def vectors(*directions: int) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[list(directions)]


def test_every_language_has_a_say() -> None:
    entries = [entry("a", "hi"), entry("b", "hi"), entry("b", "ta"), entry("a", "ta")]
    views = CourseViews(entries, vectors(0, 1, 0, 1))
    query = vectors(0)[0]
    assert views.scores(query, without=["ta"])["a"] > 0
    assert views.scores(query, without=["hi"])["b"] > 0
    both = views.scores(query)
    assert both["a"] == pytest.approx(both["b"])


def test_the_best_description_of_a_course_counts() -> None:
    entries = [entry("a", "hi"), entry("b", "hi"), entry("a", "hi")]
    scores = CourseViews(entries, vectors(2, 1, 0)).scores(vectors(0)[0])
    assert scores["a"] > scores["b"] == 0


def test_a_language_that_describes_few_courses_counts_little() -> None:
    entries = [entry("a", "hi"), entry("b", "hi"), entry("c", "hi"), entry("d", "hi")]
    few = CourseViews([*entries, entry("c", "ta"), entry("d", "ta")], vectors(0, 1, 2, 3, 0, 1))
    scores = few.scores(vectors(0)[0])
    assert scores["a"] > scores["c"] > 0


def test_no_courses_no_scores() -> None:
    assert CourseViews([], np.zeros((0, 4), dtype=np.float32)).scores(vectors(0)[0]) == {}


def test_standardised_scores_are_never_negative_and_survive_equal_ones() -> None:
    assert (standardise(np.array([0.1, 0.5, 0.9])) >= 0).all()
    assert standardise(np.array([0.5, 0.5])).tolist() == [0.0, 0.0]
