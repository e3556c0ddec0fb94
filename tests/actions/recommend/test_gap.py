from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.recommend.gap import (
    BUILT_LEVEL,
    MINIMUM_HOURS,
    USUAL_HOURS,
    CompetencyTable,
    UnknownCompetencyError,
)


@pytest.fixture(scope="module")
def table(catalogue: Catalogue) -> CompetencyTable:
    return CompetencyTable(catalogue, sorted(catalogue.courses))


def course_on(catalogue: Catalogue, competency: str, level: str) -> str:
    return next(
        course.id
        for course in catalogue.courses.values()
        if competency in course.competencies and course.level == level
    )


def test_the_gap_is_what_the_role_requires_less_what_was_built(
    catalogue: Catalogue, table: CompetencyTable
) -> None:
    course = course_on(catalogue, "office-management", "beginner")
    gap = next(
        gap
        for gap in table.gaps("section-officer", [course])
        if gap.competency_id == "office-management"
    )
    assert (gap.held_level, gap.required_level, gap.levels) == (2, 4, 2)


def test_the_widest_gap_comes_first(table: CompetencyTable) -> None:
    gaps = table.gaps("district-collector", [])
    assert gaps[0].competency_id == "decision-making"
    assert [gap.levels for gap in gaps] == sorted((gap.levels for gap in gaps), reverse=True)


@pytest.mark.parametrize("role", [None, "no-such-role"])
def test_without_a_known_role_there_is_no_gap(table: CompetencyTable, role: str | None) -> None:
    assert table.gaps(role, []) == []
    assert not table.has_role(role)
    assert not table.coverage(table.required(role), table.held([])).any()


def test_unknown_courses_build_nothing(catalogue: Catalogue) -> None:
    table = CompetencyTable(catalogue, ["do_unknown"])
    assert not table.held(["do_unknown", "do_other"]).any()
    assert table.hours[0] == USUAL_HOURS
    assert table.minutes(0) == 0
    assert table.fit(table.held([]))[0] == 0.5


def test_a_course_closes_no_more_than_the_gap(catalogue: Catalogue) -> None:
    course = course_on(catalogue, "digital-fluency", "advanced")
    table = CompetencyTable(catalogue, [course])
    required = table.required("junior-secretariat-assistant")
    assert table.gain(required, table.held([]))[0] == 2
    assert table.gain(required, table.held([course]))[0] == 0
    assert table.gain_of([course, course], required, table.held([])) == 2


def test_of_equal_courses_the_shorter_covers_more_per_hour(catalogue: Catalogue) -> None:
    course = catalogue.courses[course_on(catalogue, "rti-matters", "beginner")]
    longer = course.model_copy(update={"id": "longer", "duration_seconds": 4 * 3600})
    shorter = course.model_copy(update={"id": "shorter", "duration_seconds": 3600})
    tiny = course.model_copy(update={"id": "tiny", "duration_seconds": 60})
    both = Catalogue(
        courses={c.id: c for c in (longer, shorter, tiny)},
        competency_model=catalogue.competency_model,
    )
    table = CompetencyTable(both, ["longer", "shorter", "tiny"])
    coverage = table.coverage(table.required("section-officer"), table.held([]))
    assert coverage[0] < coverage[1] < coverage[2] == 1
    assert table.hours[2] == MINIMUM_HOURS


def test_levels_suit_those_who_stand_where_a_course_starts(catalogue: Catalogue) -> None:
    levels = ("beginner", "intermediate", "advanced")
    ids = [course_on(catalogue, "digital-fluency", level) for level in levels]
    table = CompetencyTable(catalogue, ids)
    start, working = table.held([]), np.full(len(table.competency_ids), 2, dtype=np.float32)
    assert table.fit(start)[0] == 1
    assert (np.diff(table.fit(start)) < 0).all()
    assert table.fit(working)[0] == 0
    assert table.fit(working)[1] == 1


def test_an_unknown_competency_is_named(table: CompetencyTable) -> None:
    with pytest.raises(UnknownCompetencyError, match="no-such"):
        table.column("no-such")


def test_levels_of_courses_rise() -> None:
    assert BUILT_LEVEL["beginner"] < BUILT_LEVEL["intermediate"] < BUILT_LEVEL["advanced"] < 5
