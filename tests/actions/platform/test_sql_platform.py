from __future__ import annotations

import re
import sqlite3
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text

from connectors.platform import schema, statements
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.records import (
    Availability,
    LearningPlatform,
    NotKnownError,
    PlatformDataError,
    PlatformUnavailableError,
    ResourceKind,
    Status,
)
from connectors.platform.sql import INDIA, SqlPlatform
from tests.actions.platform.conftest import recorded

# A Monday, 01:00 in India and still Sunday in UTC.
NOW = datetime(2026, 3, 2, 1, tzinfo=INDIA)
TODAY = NOW.date()
LONG_AGO = NOW - timedelta(days=90)


def write(engine: Engine, table: str, *rows: dict) -> None:
    with transaction(engine) as connection:
        connection.execute(insert(schema.metadata.tables[table]), list(rows))


def learner(key: str, department: int = 1, designation: int | None = 1) -> dict:
    return {
        "id": key,
        "first_name": "Asha",
        "last_name": "Rao",
        "department_id": department,
        "designation_id": designation,
        "languages": ["hi", "en"],
        "target_minutes": 3000,
    }


def course(key: str, availability: str = "open") -> dict:
    return {
        "id": key,
        "name": f"Course {key}",
        "availability": availability,
        "language": "en",
        "minutes": 60,
    }


def resource(course_id: str, position: int, kind: str = "video", **more: float) -> dict:
    return {
        "id": f"{course_id}-{position}",
        "course_id": course_id,
        "module": f"Module {position}",
        "position": position,
        "name": f"Resource {position}",
        "kind": kind,
        "minutes": 20,
        "pass_mark": more.get("pass_mark"),
        "max_attempts": more.get("max_attempts"),
    }


def enrolment(course_id: str, status: int, percentage: float, **more: datetime | str) -> dict:
    return {
        "learner_id": more.get("learner_id", "asha"),
        "course_id": course_id,
        "status": status,
        "percentage": percentage,
        "enrolled_on": LONG_AGO,
        "completed_on": more.get("completed_on"),
        "last_active": more.get("last_active"),
    }


def item(course_id: str, deadline: date, apar: bool = False, **scope: int | str) -> dict:
    nobody = {"learner_id": None, "department_id": None, "designation_id": None}
    return nobody | scope | {"course_id": course_id, "deadline": deadline, "apar": apar}


@pytest.fixture
def platform(engine: Engine) -> SqlPlatform:
    write(engine, "departments", {"id": 1, "name": "Ponds"}, {"id": 2, "name": "Wells"})
    write(engine, "designations", {"id": 1, "name": "Director"}, {"id": 2, "name": "Clerk"})
    write(
        engine,
        "learners",
        learner("asha"),
        learner("bina", department=2, designation=None),
        learner("chitra", department=2, designation=2),
    )
    write(
        engine,
        "courses",
        *(course(key) for key in ("rti", "leave", "gfr", "yoga")),
        course("secret", "moderated"),
        course("old", "retired"),
        course("new", "draft"),
    )
    write(
        engine,
        "resources",
        resource("rti", 1, "assessment", pass_mark=60, max_attempts=3),
        resource("rti", 0),
        resource("leave", 0, "scorm"),
        resource("leave", 1, "pdf"),
    )
    write(
        engine,
        "enrolments",
        enrolment("rti", 1, 50, last_active=NOW - timedelta(days=2)),
        enrolment("leave", 2, 100, completed_on=NOW, last_active=NOW),
        enrolment("gfr", 0, 0),
        enrolment("rti", 0, 0, learner_id="bina"),
    )
    state = {"learner_id": "asha", "score": None, "attempts": 0}
    write(
        engine,
        "resource_states",
        state | {"resource_id": "rti-0", "status": 2},
        state | {"resource_id": "rti-1", "status": 1, "score": 45.5, "attempts": 3},
        state | {"resource_id": "leave-0", "status": 2},
        state | {"resource_id": "leave-1", "status": 2},
    )
    write(engine, "course_access", {"course_id": "secret", "department_id": 2})
    names = ("Zoya Khan", "Anil Das")
    write(
        engine, "course_administrators", *({"course_id": "secret", "name": name} for name in names)
    )
    return SqlPlatform(engine)


# Profiles


def test_a_profile_has_department_designation_and_languages(platform: SqlPlatform) -> None:
    asha = platform.learner("asha")
    assert (asha.full_name, asha.department, asha.designation) == ("Asha Rao", "Ponds", "Director")
    assert asha.languages == ("hi", "en")
    assert asha.target_minutes == 3000


def test_a_profile_can_lack_a_designation(platform: SqlPlatform) -> None:
    assert platform.learner("bina").designation is None


@pytest.mark.parametrize("key", ["nobody", "", "' OR 1=1 --", "ASHA"])
def test_an_unknown_learner_is_not_known(platform: SqlPlatform, key: str) -> None:
    with pytest.raises(NotKnownError):
        platform.learner(key)


# Enrolments


def test_enrolments_come_last_active_first_then_by_enrolment(platform: SqlPlatform) -> None:
    assert [e.course_id for e in platform.enrolments("asha")] == ["leave", "rti", "gfr"]


def test_an_enrolment_has_its_facts_and_aware_times(platform: SqlPlatform) -> None:
    leave, rti, gfr = platform.enrolments("asha")
    assert (leave.course_name, leave.status, leave.percentage) == (
        "Course leave",
        Status.COMPLETED,
        100,
    )
    assert leave.completed_on == NOW
    assert leave.completed_on.tzinfo is UTC
    assert rti.completed_on is None
    assert (gfr.last_active, gfr.enrolled_on) == (None, LONG_AGO)


def test_an_unknown_learner_has_no_enrolments(platform: SqlPlatform) -> None:
    assert platform.enrolments("nobody") == []


def test_an_enrolment_has_the_earliest_deadline_of_the_plans(
    platform: SqlPlatform, engine: Engine
) -> None:
    write(
        engine,
        "plan_items",
        item("rti", date(2026, 5, 1), department_id=1),
        item("rti", date(2026, 2, 1), designation_id=1),
        item("gfr", date(2026, 1, 1), department_id=2),
    )
    deadlines = {e.course_id: e.deadline for e in platform.enrolments("asha")}
    assert deadlines == {"rti": date(2026, 2, 1), "leave": None, "gfr": None}
    overdue = [e.course_id for e in platform.enrolments("asha") if e.is_overdue(TODAY)]
    assert overdue == ["rti"]


# Progress


def test_progress_lists_resources_in_course_order_with_attempts(platform: SqlPlatform) -> None:
    progress = platform.progress("asha", "rti")
    video, assessment = progress.resources
    assert (video.kind, video.status, video.attempts_left) == (
        ResourceKind.VIDEO,
        Status.COMPLETED,
        None,
    )
    assert (assessment.score, assessment.pass_mark, assessment.attempts_left) == (45.5, 60, 0)
    assert progress.open_resources == (assessment,)
    assert progress.enrolment.percentage == 50


def test_a_resource_never_opened_is_not_started(platform: SqlPlatform) -> None:
    resources = platform.progress("bina", "rti").resources
    assert [r.status for r in resources] == [Status.NOT_STARTED] * 2
    assert resources[1].attempts_left == 3


def test_a_course_without_resources_has_progress(platform: SqlPlatform) -> None:
    assert platform.progress("asha", "gfr").resources == ()


@pytest.mark.parametrize(("key", "course_id"), [("asha", "yoga"), ("asha", "x"), ("x", "rti")])
def test_progress_without_an_enrolment_is_not_known(
    platform: SqlPlatform, key: str, course_id: str
) -> None:
    with pytest.raises(NotKnownError):
        platform.progress(key, course_id)


# Certificates


def certificate(number: str, course_id: str, days_ago: int) -> dict:
    return {
        "number": number,
        "learner_id": "asha",
        "course_id": course_id,
        "issued_on": NOW - timedelta(days=days_ago),
        "language": "hi",
        "url": None,
    }


def test_certificates_come_newest_first_with_the_name_of_the_profile(
    platform: SqlPlatform, engine: Engine
) -> None:
    write(engine, "certificates", certificate("C-1", "leave", 9), certificate("C-2", "rti", 1))
    newest, oldest = platform.certificates("asha")
    assert (newest.number, oldest.number) == ("C-2", "C-1")
    assert (newest.learner_name, newest.course_name) == ("Asha Rao", "Course rti")
    assert (newest.language, newest.url) == ("hi", None)
    assert newest.issued_on == NOW - timedelta(days=1)
    assert platform.certificates("bina") == []


def test_a_number_is_verified_by_anybody(platform: SqlPlatform, engine: Engine) -> None:
    write(engine, "certificates", certificate("C-1", "leave", 9))
    assert platform.verify(" C-1\n").course_id == "leave"


@pytest.mark.parametrize(
    "number", ["", "C-2", "c-1", "C-%", "' OR ''='", "C-1\0", "\ud800", "9" * 9999]
)
def test_an_unknown_number_is_none(platform: SqlPlatform, engine: Engine, number: str) -> None:
    write(engine, "certificates", certificate("C-1", "leave", 9))
    assert platform.verify(number) is None


# Plans


def test_a_plan_unites_what_is_prescribed_by_deadline(
    platform: SqlPlatform, engine: Engine
) -> None:
    write(
        engine,
        "plan_items",
        item("yoga", date(2026, 3, 31), apar=True, department_id=1),
        item("leave", date(2026, 1, 15), designation_id=1),
        item("rti", date(2026, 2, 1), learner_id="asha"),
        item("gfr", date(2026, 6, 1), department_id=1, designation_id=1),
        item("old", date(2026, 6, 1), department_id=1, designation_id=2),
        item("new", date(2026, 6, 1), learner_id="bina"),
        item("secret", date(2026, 6, 1), department_id=2),
    )
    plan = platform.plan("asha")
    assert [(i.course_id, i.apar, i.completed) for i in plan] == [
        ("leave", False, True),
        ("rti", False, False),
        ("yoga", True, False),
        ("gfr", False, False),
    ]
    assert plan[2].deadline == date(2026, 3, 31)


def test_a_course_prescribed_twice_is_one_item(platform: SqlPlatform, engine: Engine) -> None:
    write(
        engine,
        "plan_items",
        item("yoga", date(2026, 3, 31), apar=True, department_id=1),
        item("yoga", date(2026, 3, 10), learner_id="asha"),
    )
    (only,) = platform.plan("asha")
    assert (only.deadline, only.apar) == (date(2026, 3, 10), True)


def test_without_designation_only_the_departments_plan_counts(
    platform: SqlPlatform, engine: Engine
) -> None:
    write(
        engine,
        "plan_items",
        item("yoga", TODAY, department_id=2),
        item("gfr", TODAY, designation_id=2),
        item("rti", TODAY, department_id=2, designation_id=2),
    )
    assert [i.course_id for i in platform.plan("bina")] == ["yoga"]
    assert {i.course_id for i in platform.plan("chitra")} == {"yoga", "gfr", "rti"}
    assert platform.plan("nobody") == []


# Activity


def days(engine: Engine, minutes: dict[date, int]) -> None:
    rows = [{"learner_id": "asha", "day": day, "minutes": spent} for day, spent in minutes.items()]
    write(engine, "learning_days", *rows)


def test_weeks_begin_on_monday_in_india(platform: SqlPlatform, engine: Engine) -> None:
    days(engine, {TODAY: 10, date(2026, 3, 1): 70, date(2026, 2, 23): 5, date(2026, 1, 1): 9})
    activity = platform.activity("asha", NOW)
    assert activity.minutes_this_week == 10
    assert activity.minutes_this_month == 80
    assert activity.minutes_this_year == 94
    assert not activity.longer_are_lower_bounds
    assert activity.weekly_minutes == (10, 75, 0, 0)


def test_the_moment_may_come_in_any_time_zone(platform: SqlPlatform, engine: Engine) -> None:
    days(engine, {TODAY: 10})
    assert platform.activity("asha", NOW.astimezone(UTC)).minutes_this_week == 10


def test_what_comes_later_does_not_count(platform: SqlPlatform, engine: Engine) -> None:
    days(engine, {TODAY + timedelta(days=1): 30, date(2025, 12, 31): 40})
    activity = platform.activity("asha", NOW)
    assert (activity.minutes_this_week, activity.minutes_this_year) == (0, 0)


@pytest.mark.parametrize(
    ("weekly", "claps"),
    [
        ((), 0),
        ((0, 60, 60, 60), 3),
        ((60, 60, 59, 60), 2),
        ((59, 60, 60), 2),
        ((60, 0, 300), 1),
        ((200, 60, 60, 60, 60, 60), 6),
    ],
    ids=[
        "nothing",
        "the running week is not over",
        "a week below an hour",
        "almost",
        "a week missed",
        "longer than four weeks",
    ],
)
def test_claps_count_the_weeks_of_an_hour_in_a_row(
    platform: SqlPlatform, engine: Engine, weekly: tuple[int, ...], claps: int
) -> None:
    if weekly:
        days(engine, {TODAY - timedelta(weeks=i): spent for i, spent in enumerate(weekly)})
    activity = platform.activity("asha", NOW)
    assert activity.claps == claps
    assert activity.weekly_minutes == (*weekly, 0, 0, 0, 0)[:4]


def test_karma_points_are_added_up_to_the_moment(platform: SqlPlatform, engine: Engine) -> None:
    points = {"learner_id": "asha", "course_id": None, "reason": "rating", "points": 2}
    write(
        engine,
        "karma_points",
        points | {"earned_on": LONG_AGO},
        points | {"earned_on": NOW},
        points | {"earned_on": NOW + timedelta(seconds=1)},
    )
    assert platform.activity("asha", NOW).karma_points == 4
    assert platform.activity("nobody", NOW).karma_points == 0


def test_a_moment_without_time_zone_is_refused(platform: SqlPlatform) -> None:
    with pytest.raises(ValueError, match="time zone"):
        platform.activity("asha", datetime(2026, 3, 2))


# Access


def test_an_empty_platform_says_nothing_about_courses(engine: Engine) -> None:
    assert SqlPlatform(engine).unavailable(["rti", "nowhere"]) == set()


def test_retired_unpublished_and_unknown_courses_are_unavailable(
    platform: SqlPlatform, engine: Engine
) -> None:
    with recorded(engine) as statements:
        found = platform.unavailable(["rti", "old", "new", "secret", "nowhere"])
    assert found == {"old", "new", "nowhere"}
    assert len(statements) == 1
    assert platform.unavailable([]) == set()


@pytest.mark.parametrize(
    ("course_id", "key", "availability", "administrators"),
    [
        ("rti", "asha", Availability.OPEN, ()),
        ("old", "asha", Availability.RETIRED, ()),
        ("new", "asha", Availability.DRAFT, ()),
        ("secret", "asha", Availability.MODERATED, ("Anil Das", "Zoya Khan")),
        ("secret", "nobody", Availability.MODERATED, ("Anil Das", "Zoya Khan")),
        ("secret", "bina", Availability.OPEN, ()),
    ],
)
def test_access_is_told_as_the_learner_has_it(
    platform: SqlPlatform,
    course_id: str,
    key: str,
    availability: Availability,
    administrators: tuple[str, ...],
) -> None:
    access = platform.access(course_id, key)
    assert (access.availability, access.administrators) == (availability, administrators)
    assert access.course_name == f"Course {course_id}"


def test_access_to_an_unknown_course_is_not_known(platform: SqlPlatform) -> None:
    with pytest.raises(NotKnownError):
        platform.access("nothing", "asha")


# The log


def test_the_log_has_every_enrolment_by_learner_and_course(platform: SqlPlatform) -> None:
    assert list(platform.enrolment_log()) == [
        ("asha", "gfr", LONG_AGO),
        ("asha", "leave", LONG_AGO),
        ("asha", "rti", LONG_AGO),
        ("bina", "rti", LONG_AGO),
    ]


def test_the_log_is_read_while_it_is_asked_for(platform: SqlPlatform, engine: Engine) -> None:
    write(engine, "courses", *(course(f"c{i}") for i in range(150)))
    write(engine, "learners", *(learner(f"l{i}") for i in range(200)))
    rows = (enrolment(f"c{i}", 0, 0, learner_id=f"l{n}") for n in range(200) for i in range(150))
    write(engine, "enrolments", *rows)
    with recorded(engine) as seen:
        tracemalloc.start()
        counted = sum(1 for _ in platform.enrolment_log())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        everything = list(platform.enrolment_log())
        _, whole = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert counted == len(everything) == 30_004
    assert peak < whole / 2
    # What makes PostgreSQL keep the rows on its side.
    assert statements.enrolment_log().get_execution_options()["yield_per"] <= 10_000
    steps = plans(engine, seen)
    assert not [step for step in steps if "TEMP B-TREE" in step]


def test_a_log_that_is_left_gives_its_connection_back(
    platform: SqlPlatform, engine: Engine
) -> None:
    log = platform.enrolment_log()
    next(log)
    assert engine.pool.checkedout() == 1
    log.close()
    assert engine.pool.checkedout() == 0


# Statements

CALLS: dict[str, Callable[[LearningPlatform], object]] = {
    "learner": lambda p: p.learner("asha"),
    "enrolments": lambda p: p.enrolments("asha"),
    "progress": lambda p: p.progress("asha", "rti"),
    "certificates": lambda p: p.certificates("asha"),
    "verify": lambda p: p.verify("C-1"),
    "plan": lambda p: p.plan("asha"),
    "activity": lambda p: p.activity("asha", NOW),
    "access": lambda p: p.access("secret", "asha"),
}
_LARGE = ("enrolments", "resource_states", "plan_items", "learning_days", "karma_points",
          "certificates", "learners", "resources")  # fmt: skip
_SCAN = re.compile(rf"\bSCAN ({'|'.join(_LARGE)})\b")


def plans(engine: Engine, statements: list[tuple[str, tuple]]) -> list[str]:
    """Return the steps by which SQLite would run statements."""
    with engine.connect() as connection:
        return [
            row[-1]
            for statement, parameters in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


@pytest.fixture
def many(platform: SqlPlatform, engine: Engine) -> SqlPlatform:
    """Give the learner 300 enrolments, so that a query for each would show."""
    write(engine, "courses", *(course(f"c{i}") for i in range(300)))
    write(engine, "enrolments", *(enrolment(f"c{i}", 1, 10) for i in range(300)))
    write(engine, "plan_items", *(item(f"c{i}", TODAY, learner_id="asha") for i in range(300)))
    write(engine, "certificates", *(certificate(f"C-{i}", f"c{i}", i) for i in range(300)))
    return platform


@pytest.mark.parametrize("name", CALLS)
def test_a_call_takes_at_most_two_statements(many: SqlPlatform, engine: Engine, name: str) -> None:
    with recorded(engine) as seen:
        CALLS[name](many)
    assert 1 <= len(seen) <= 2


@pytest.mark.parametrize("name", CALLS)
def test_a_call_reads_the_learners_rows_through_an_index(
    many: SqlPlatform, engine: Engine, name: str
) -> None:
    with recorded(engine) as seen:
        CALLS[name](many)
    steps = plans(engine, seen)
    assert any("SEARCH" in step for step in steps)
    assert not [step for step in steps if _SCAN.search(step)]


def test_a_scan_would_be_noticed(many: SqlPlatform, engine: Engine) -> None:
    query = "SELECT * FROM enrolments WHERE status = ?"
    assert any(_SCAN.search(step) for step in plans(engine, [(query, (1,))]))


# Failures

WHOLE_LOG = {"enrolment_log": lambda p: list(p.enrolment_log())}


@pytest.mark.parametrize("call", (CALLS | WHOLE_LOG).values(), ids=CALLS | WHOLE_LOG)
def test_a_database_without_tables_is_unavailable(
    tmp_path: Path, call: Callable[[LearningPlatform], object]
) -> None:
    platform = SqlPlatform(open_database(f"sqlite:///{tmp_path / 'empty.db'}"))
    with pytest.raises(PlatformUnavailableError, match="tables are missing"):
        call(platform)


def test_a_database_locked_for_reading_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "sathi.db"
    engine = open_database(f"sqlite:///{path}?timeout=0.1")
    migrate(engine)
    engine.dispose()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(PlatformUnavailableError, match="another process"):
        SqlPlatform(engine).enrolments("asha")
    other.close()


def test_reading_goes_on_while_another_process_writes(
    platform: SqlPlatform, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "sathi.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM resource_states")
    assert len(platform.progress("asha", "rti").open_resources) == 1
    other.rollback()
    other.close()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("UPDATE enrolments SET status = 7", "enrolments"),
        ("UPDATE enrolments SET enrolled_on = 'yesterday'", "enrolments"),
        ("UPDATE enrolments SET enrolled_on = 'yesterday'", "enrolment_log"),
        ("UPDATE resources SET kind = 'hologram'", "progress"),
        ("UPDATE courses SET availability = 'sold out'", "access"),
        ("UPDATE learners SET languages = 'hi,en'", "learner"),
    ],
)
def test_an_unknown_value_in_a_row_is_a_data_error(
    platform: SqlPlatform, engine: Engine, change: str, name: str
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.execute(text(change))
    with pytest.raises(PlatformDataError):
        (CALLS | WHOLE_LOG)[name](platform)


def test_threads_share_one_platform(platform: SqlPlatform) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: len(platform.enrolments("asha")), range(200)))
    assert answers == [3] * 200
