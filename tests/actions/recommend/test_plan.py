from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from icalendar import Calendar

from knowledge_base.catalogue import Catalogue
from knowledge_base.recommend.gap import UnknownCompetencyError
from knowledge_base.recommend.plan import Activity, FourWeekPlan, PlanKind, plan_702010
from knowledge_base.recommend.plan_calendar import plan_calendar
from knowledge_base.recommend.profile import LearnerProfile
from knowledge_base.recommend.recommender import Recommender

START = date(2026, 12, 28)
NOW = datetime(2026, 11, 27, 12, tzinfo=timezone(timedelta(hours=5, minutes=30)))
OFFICER = LearnerProfile(role_id="section-officer")


@pytest.fixture(scope="module")
def recommender(catalogue: Catalogue) -> Recommender:
    return Recommender(catalogue)


@pytest.fixture(scope="module")
def plan(recommender: Recommender) -> FourWeekPlan:
    return plan_702010("office-management", recommender, OFFICER, START)


def courses(plan: FourWeekPlan) -> list[str]:
    return [item.course_id for item in plan.items if item.course_id]


def test_the_hours_are_in_the_proportion_70_20_10(plan: FourWeekPlan) -> None:
    total = sum(item.hours for item in plan.items)
    assert plan.hours(PlanKind.COURSE) / total == pytest.approx(0.1, abs=0.01)
    assert plan.hours(PlanKind.PEER) / total == pytest.approx(0.2, abs=0.01)
    assert plan.hours(PlanKind.JOB) / total == pytest.approx(0.7, abs=0.01)
    assert 0 < plan.hours(PlanKind.COURSE) <= 3
    assert all(item.hours % 0.25 == 0 < item.hours for item in plan.items)


def test_each_of_four_weeks_has_its_days_a_peer_and_a_task(plan: FourWeekPlan) -> None:
    assert [item.week for item in plan.items] == sorted(item.week for item in plan.items)
    for week in (1, 2, 3, 4):
        items = [item for item in plan.items if item.week == week]
        assert {PlanKind.PEER, PlanKind.JOB} <= {item.kind for item in items}
        for item in items:
            assert item.starts == START + timedelta(weeks=week - 1)
            assert item.ends == item.starts + timedelta(days=6)


def test_courses_build_the_competency_easier_ones_first(
    plan: FourWeekPlan, recommender: Recommender
) -> None:
    table = recommender.table
    column = table.column("office-management")
    rows = [recommender.course_ids.index(key) for key in courses(plan)]
    levels = table.built[rows, column].tolist()
    assert len(levels) > 1
    assert levels == sorted(levels)
    assert min(levels) > plan.held_level == 0
    assert plan.target_level == 4


def test_courses_done_are_left_out_and_one_in_progress_may_stay(
    recommender: Recommender, plan: FourWeekPlan
) -> None:
    done = courses(plan)[0]
    again = plan_702010(
        "office-management",
        recommender,
        LearnerProfile(role_id="section-officer", completed=(done,)),
        START,
    )
    assert done not in courses(again)
    begun = LearnerProfile(role_id="section-officer", in_progress=(done,))
    assert done in courses(plan_702010("office-management", recommender, begun, START))


def test_a_competency_without_courses_is_planned_with_people_and_tasks(
    recommender: Recommender,
) -> None:
    plan = plan_702010("collaborative-leadership", recommender, OFFICER, START)
    assert courses(plan) == []
    assert plan.hours(PlanKind.COURSE) == 0
    assert plan.hours(PlanKind.JOB) == 14
    assert plan.hours(PlanKind.PEER) == 4


def test_one_long_course_is_better_than_none(catalogue: Catalogue) -> None:
    some = next(x for x in catalogue.courses.values() if "rti-matters" in x.competencies)
    long = some.model_copy(update={"duration_seconds": 5 * 3600})
    alone = Catalogue(courses={long.id: long}, competency_model=catalogue.competency_model)
    plan = plan_702010("rti-matters", Recommender(alone), OFFICER, START)
    assert courses(plan) == [long.id]
    assert plan.hours(PlanKind.JOB) == 35


def test_what_to_do_follows_the_level_aimed_at(recommender: Recommender) -> None:
    def activities(role: str | None, competency: str) -> set[Activity]:
        profile = LearnerProfile(role_id=role)
        return {
            item.activity for item in plan_702010(competency, recommender, profile, START).items
        }

    assert Activity.TRY_WITH_GUIDANCE in activities(None, "digital-fluency")
    assert Activity.APPLY_TO_CASE in activities("section-officer", "rti-matters")
    assert Activity.REDESIGN_PROCESS in activities("joint-secretary", "strategic-leadership")


def test_an_unknown_competency_is_an_error(recommender: Recommender) -> None:
    with pytest.raises(UnknownCompetencyError):
        plan_702010("flying", recommender, OFFICER, START)


def test_a_calendar_has_an_event_an_item_over_its_week(plan: FourWeekPlan) -> None:
    titles = [f"{item.activity.value}: कार्यालय; प्रबंधन, {i}" for i, item in enumerate(plan.items)]
    content = plan_calendar(plan, titles, NOW)
    events = list(Calendar.from_ical(content).walk("VEVENT"))
    assert [str(event["summary"]) for event in events] == titles
    for event, item in zip(events, plan.items, strict=True):
        assert event.decoded("dtstart") == item.starts
        assert event.decoded("dtend") == item.ends + timedelta(days=1)
        assert event.decoded("dtstamp") == NOW
    assert len({str(event["uid"]) for event in events}) == len(events)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_the_same_plan_replaces_itself_in_a_calendar(plan: FourWeekPlan) -> None:
    titles = ["x"] * len(plan.items)

    def uids(moment: datetime) -> list[str]:
        content = plan_calendar(plan, titles, moment)
        return [str(event["uid"]) for event in Calendar.from_ical(content).walk("VEVENT")]

    assert uids(NOW) == uids(NOW + timedelta(days=1))


def test_a_calendar_needs_all_titles_and_a_time_zone(plan: FourWeekPlan) -> None:
    with pytest.raises(ValueError, match="zip"):
        plan_calendar(plan, ["one"], NOW)
    with pytest.raises(ValueError, match="time zone"):
        plan_calendar(plan, ["x"] * len(plan.items), NOW.replace(tzinfo=None))
