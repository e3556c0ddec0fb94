from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.records import Availability, ResourceKind, Status
from connectors.platform.seed import SeedError, fill
from connectors.platform.seed.__main__ import main
from connectors.platform.seed.plans import apar_deadline
from connectors.platform.sql import INDIA, SqlPlatform
from knowledge_base.catalogue import Catalogue
from tests.actions.conftest import REPOSITORY
from tests.actions.platform.conftest import recorded

NOW = datetime(2026, 11, 27, 15, tzinfo=INDIA)
LEARNERS = 400
COURSE = """\
id: {id}
title: Course {id}
provider: A provider
language: en
duration_seconds: 600
level: beginner
summary: What it is about.
competencies: [communication]
modules:
  - {{id: m1, title: A module, duration_seconds: 300}}
  - {{id: m2, title: Another module, duration_seconds: 300}}
"""


def new_database(folder: Path, name: str = "sathi.db") -> Engine:
    engine = open_database(f"sqlite:///{folder / name}")
    migrate(engine)
    return engine


def rows(engine: Engine, query: str, **parameters: object) -> list[tuple]:
    with transaction(engine) as connection:
        return [tuple(row) for row in connection.execute(text(query), parameters)]


def content(engine: Engine) -> dict[str, list[tuple]]:
    with transaction(engine) as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table))))
            for table in schema.metadata.sorted_tables
        }


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[Engine]:
    engine = new_database(tmp_path_factory.mktemp("seed"))
    fill(engine, catalogue, NOW, learners=LEARNERS, seed=7)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def learner_ids(seeded: Engine) -> list[str]:
    return [key for (key,) in rows(seeded, "SELECT id FROM learners ORDER BY id")]


@pytest.fixture
def small_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a catalogue of three courses the one that the command line reads."""
    folder = tmp_path / "catalogue"
    shutil.copytree(
        REPOSITORY / "knowledge_base" / "sample" / "competencies", folder / "competencies"
    )
    (folder / "courses" / "en").mkdir(parents=True)
    for key in ("c1", "c2", "c3"):
        (folder / "courses" / "en" / f"{key}.yaml").write_text(COURSE.format(id=key))
    monkeypatch.setenv("SATHI_CATALOGUE", str(folder))
    monkeypatch.setenv("SATHI_DATABASE", f"sqlite:///{tmp_path / 'cli.db'}")
    return folder


# What chance decides


def test_the_same_seed_and_moment_give_the_same_rows(tmp_path: Path, catalogue: Catalogue) -> None:
    one, two, other = (new_database(tmp_path, f"{i}.db") for i in range(3))
    for engine, seed in ((one, 3), (two, 3), (other, 4)):
        fill(engine, catalogue, NOW, learners=30, seed=seed)
    assert content(one) == content(two)
    assert content(one)["enrolments"] != content(other)["enrolments"]


# People


def test_learners_are_synthetic_and_have_no_address(seeded: Engine) -> None:
    names = rows(seeded, "SELECT first_name, last_name FROM learners")
    assert all(part.isascii() and part for name in names for part in name)
    departments = rows(seeded, "SELECT name FROM departments")
    assert len(departments) == 30
    assert all(name.startswith("Sathi Sample Department of ") for (name,) in departments)
    # The helpdesk's own people have addresses.
    of_agents = {"agents", "login_failures"}
    tables = [t for t in schema.metadata.sorted_tables if t.name not in of_agents]
    columns = {column.name for table in tables for column in table.columns}
    assert not {name for name in columns if "mail" in name or "phone" in name}


def test_designations_are_the_models_roles_and_a_few_learners_have_none(
    seeded: Engine, catalogue: Catalogue
) -> None:
    roles = {catalogue.competency_names["en"][r.id].name for r in catalogue.competency_model.roles}
    assert {name for (name,) in rows(seeded, "SELECT name FROM designations")} == roles
    ((without,),) = rows(seeded, "SELECT count(*) FROM learners WHERE designation_id IS NULL")
    assert 0.02 < without / LEARNERS < 0.09


# Courses


def test_every_course_is_there_with_a_resource_for_each_module(
    seeded: Engine, catalogue: Catalogue
) -> None:
    counted = dict(
        rows(
            seeded,
            "SELECT course_id, count(*) FROM resources WHERE kind <> 'assessment' GROUP BY 1",
        )
    )
    assert counted == {key: len(course.modules) for key, course in catalogue.courses.items()}
    kinds = {kind for (kind,) in rows(seeded, "SELECT DISTINCT kind FROM resources")}
    assert kinds == set(ResourceKind) - {ResourceKind.OTHER}


def test_assessments_end_most_courses_and_alone_have_a_pass_mark(seeded: Engine) -> None:
    assert not rows(
        seeded, "SELECT id FROM resources WHERE (kind = 'assessment') <> (pass_mark IS NOT NULL)"
    )
    assert not rows(
        seeded,
        "SELECT a.id FROM resources a JOIN resources b USING (course_id) "
        "WHERE a.kind = 'assessment' AND b.position > a.position",
    )
    ((share,),) = rows(seeded, "SELECT sum(kind = 'assessment') / 200.0 FROM resources")
    assert 0.7 < share < 1


def test_drafts_and_moderated_courses_are_kept_from_those_without_access(seeded: Engine) -> None:
    counted = dict(rows(seeded, "SELECT availability, count(*) FROM courses GROUP BY 1"))
    assert set(counted) == set(Availability)
    assert not rows(
        seeded,
        "SELECT 1 FROM enrolments JOIN courses ON id = course_id WHERE availability = 'draft'",
    )
    assert not rows(
        seeded,
        "SELECT 1 FROM enrolments e JOIN courses c ON c.id = e.course_id "
        "JOIN learners l ON l.id = e.learner_id LEFT JOIN course_access a "
        "ON a.course_id = c.id AND a.department_id = l.department_id "
        "WHERE c.availability = 'moderated' AND a.course_id IS NULL",
    )
    administrators = rows(seeded, "SELECT DISTINCT course_id FROM course_administrators")
    assert len(administrators) == counted["moderated"]


# Enrolments


def test_enrolments_lie_in_the_last_18_months(seeded: Engine) -> None:
    with transaction(seeded) as connection:
        moments = connection.execute(select(schema.enrolments.c.enrolled_on)).scalars().all()
    assert NOW - timedelta(days=549) < min(moments)
    assert max(moments) < NOW
    assert all(7 <= m.astimezone(INDIA).hour < 22 for m in moments)
    assert 0.8 * 12 < len(moments) / LEARNERS < 1.2 * 12


def test_learners_prefer_what_their_role_requires_and_some_courses_are_popular(
    seeded: Engine, catalogue: Catalogue
) -> None:
    names = catalogue.competency_names["en"]
    required = {
        names[role.id].name: {need.id for need in role.competencies}
        for role in catalogue.competency_model.roles
    }
    taken = rows(
        seeded,
        "SELECT d.name, e.course_id FROM enrolments e JOIN learners l ON l.id = e.learner_id "
        "JOIN designations d ON d.id = l.designation_id",
    )
    courses = catalogue.courses
    fitting = sum(bool(required[role] & set(courses[key].competencies)) for role, key in taken)
    possible = sum(
        bool(required[role] & set(course.competencies))
        for role, _ in taken
        for course in courses.values()
    ) / len(courses)
    assert fitting > 1.4 * possible
    popularity = Counter(key for _, key in taken).most_common()
    assert sum(count for _, count in popularity[:20]) > 0.25 * len(taken)


# Progress


def test_states_agree_with_the_percentage(seeded: Engine, learner_ids: list[str]) -> None:
    platform = SqlPlatform(seeded)
    for key in learner_ids[:60]:
        for enrolment in platform.enrolments(key):
            resources = platform.progress(key, enrolment.course_id).resources
            done = sum(r.status is Status.COMPLETED for r in resources)
            assert enrolment.percentage == pytest.approx(100 * done / len(resources), abs=0.01)
            assert (enrolment.status is Status.COMPLETED) == (done == len(resources))
            assert (enrolment.completed_on is not None) == (done == len(resources))
            assert (enrolment.last_active is None) == (enrolment.status is Status.NOT_STARTED)
            touched = any(r.status is not Status.NOT_STARTED for r in resources)
            assert not (touched and enrolment.status is Status.NOT_STARTED)


def test_a_completed_assessment_was_passed_and_an_open_one_was_not(seeded: Engine) -> None:
    assert not rows(
        seeded,
        "SELECT 1 FROM resource_states s JOIN resources r ON r.id = s.resource_id "
        "WHERE r.kind = 'assessment' AND ((s.status = 2) <> (coalesce(s.score, -1) >= pass_mark) "
        "OR s.attempts > r.max_attempts OR (s.status = 2 AND s.attempts = 0))",
    )


def test_nothing_happens_before_the_enrolment_or_after_the_moment(seeded: Engine) -> None:
    assert not rows(
        seeded,
        "SELECT 1 FROM enrolments WHERE last_active < enrolled_on OR completed_on < enrolled_on "
        "OR last_active < completed_on",
    )
    latest = [
        moment
        for table, column in (
            ("enrolments", "last_active"),
            ("certificates", "issued_on"),
            ("karma_points", "earned_on"),
        )
        for (moment,) in rows(seeded, f"SELECT max({column}) FROM {table}")  # noqa: S608
    ]
    assert max(latest) <= f"{NOW.astimezone():%Y-%m-%d} 09:30:01"
    ((day,),) = rows(seeded, "SELECT max(day) FROM learning_days")
    assert day <= str(NOW.date())


def test_some_learners_are_stuck_in_each_kind_of_resource(
    seeded: Engine, learner_ids: list[str]
) -> None:
    platform = SqlPlatform(seeded)
    stuck: Counter[tuple] = Counter()
    for key in learner_ids:
        for enrolment in platform.enrolments(key):
            if enrolment.status is Status.IN_PROGRESS and enrolment.percentage >= 66:
                left = platform.progress(key, enrolment.course_id).open_resources
                if len(left) == 1 and left[0].status is Status.IN_PROGRESS:
                    stuck[left[0].kind, left[0].attempts_left] += 1
    for situation in (
        (ResourceKind.SCORM, None),
        (ResourceKind.PDF, None),
        (ResourceKind.ASSESSMENT, 0),
    ):
        assert stuck[situation] >= 5, stuck


# Certificates


def test_most_completed_courses_have_a_certificate_some_wait_and_some_were_forgotten(
    seeded: Engine,
) -> None:
    with transaction(seeded) as connection:
        table = schema.enrolments.outerjoin(
            schema.certificates,
            (schema.certificates.c.learner_id == schema.enrolments.c.learner_id)
            & (schema.certificates.c.course_id == schema.enrolments.c.course_id),
        )
        completed = connection.execute(
            select(schema.enrolments.c.completed_on, schema.certificates.c.issued_on)
            .select_from(table)
            .where(schema.enrolments.c.status == 2)
        ).all()
    without = [NOW - done for done, issued in completed if issued is None]
    assert 0.92 < 1 - len(without) / len(completed) < 0.99
    assert sum(age < timedelta(hours=12) for age in without) >= 5
    assert sum(age > timedelta(days=2) for age in without) >= 5
    assert all(
        timedelta(0) <= issued - done <= timedelta(hours=20) for done, issued in completed if issued
    )


def test_certificates_are_for_completed_courses_only_and_once(seeded: Engine) -> None:
    assert not rows(
        seeded,
        "SELECT 1 FROM certificates c LEFT JOIN enrolments e "
        "ON e.learner_id = c.learner_id AND e.course_id = c.course_id AND e.status = 2 "
        "WHERE e.course_id IS NULL",
    )
    assert not rows(
        seeded, "SELECT 1 FROM certificates GROUP BY learner_id, course_id HAVING count(*) > 1"
    )


# Plans


def test_half_of_a_departments_plan_is_for_the_apar_and_due_on_31_march(seeded: Engine) -> None:
    items = rows(
        seeded,
        "SELECT department_id, apar, deadline FROM plan_items "
        "WHERE department_id IS NOT NULL AND designation_id IS NULL",
    )
    assert Counter(department for department, _, _ in items) == dict.fromkeys(range(1, 31), 6)
    assert sum(apar for _, apar, _ in items) == len(items) / 2
    assert all(deadline.endswith("-03-31") for _, apar, deadline in items if apar)
    for linked in (0, 1):
        deadlines = [deadline for _, apar, deadline in items if apar == linked]
        assert min(deadlines) < str(NOW.date()) < max(deadlines)


@pytest.mark.parametrize(
    ("day", "deadline"),
    [
        (date(2026, 3, 31), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2027, 3, 31)),
        (date(2026, 12, 31), date(2027, 3, 31)),
        (date(2028, 2, 29), date(2028, 3, 31)),
    ],
)
def test_the_appraisal_year_ends_on_31_march(day: date, deadline: date) -> None:
    assert apar_deadline(day) == deadline


def test_plans_prescribe_what_learners_can_take(seeded: Engine) -> None:
    assert not rows(
        seeded,
        "SELECT 1 FROM plan_items JOIN courses c ON c.id = course_id "
        "WHERE availability IN ('retired', 'draft')",
    )


def test_learners_have_overdue_open_and_finished_plan_items(
    seeded: Engine, learner_ids: list[str]
) -> None:
    platform = SqlPlatform(seeded)
    items = [item for key in learner_ids[:100] for item in platform.plan(key)]
    kinds = {(item.completed, item.deadline < NOW.date()) for item in items}
    assert kinds == {(True, True), (True, False), (False, True), (False, False)}


# Learning time and points


def test_weekly_minutes_make_streaks_and_broken_streaks(
    seeded: Engine, learner_ids: list[str]
) -> None:
    platform = SqlPlatform(seeded)
    activities = [platform.activity(key, NOW) for key in learner_ids]
    assert sum(activity.claps >= 4 for activity in activities) >= 5
    broken = [a for a in activities if min(a.weekly_minutes[1:3]) < 60 <= a.weekly_minutes[3]]
    assert len(broken) >= 5
    assert all(a.minutes_this_year >= a.minutes_this_month for a in activities)


def test_karma_points_follow_the_platforms_rules(seeded: Engine) -> None:
    points = dict(rows(seeded, "SELECT DISTINCT reason, points FROM karma_points"))
    assert points == {
        "registration": 5,
        "first_login": 5,
        "first_enrolment": 5,
        "assessment": 5,
        "rating": 2,
        "course_completion": 5,
        "plan_completion": 10,
    }
    assert not rows(
        seeded,
        "SELECT 1 FROM karma_points GROUP BY learner_id, course_id, reason HAVING count(*) > 1 "
        "AND course_id IS NOT NULL",
    )


def test_four_courses_a_month_count_outside_plans_and_all_within(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    engine = new_database(tmp_path)
    fill(engine, catalogue, NOW, learners=40, enrolments=60)
    platform = SqlPlatform(engine)
    rewarded: dict[str, set[str]] = {}
    for key, course in rows(
        engine,
        "SELECT learner_id, course_id FROM karma_points WHERE reason = 'course_completion'",
    ):
        rewarded.setdefault(key, set()).add(course)
    full_months = 0
    for key in {key for (key,) in rows(engine, "SELECT id FROM learners")}:
        planned = {item.course_id for item in platform.plan(key)}
        completed = [e for e in platform.enrolments(key) if e.status is Status.COMPLETED]
        months: dict[str, list] = {}
        for enrolment in completed:
            if enrolment.course_id in planned:
                assert enrolment.course_id in rewarded[key]
            else:
                month = f"{enrolment.completed_on.astimezone(INDIA):%Y-%m}"
                months.setdefault(month, []).append(enrolment)
        for done in months.values():
            counted = [e.course_id in rewarded[key] for e in done]
            assert sum(counted) == min(4, len(done))
            full_months += len(done) > 4
    assert full_months > 20


def test_ten_more_points_are_for_planned_courses_in_time(
    seeded: Engine, learner_ids: list[str]
) -> None:
    platform = SqlPlatform(seeded)
    given = set(
        rows(
            seeded,
            "SELECT learner_id, course_id FROM karma_points WHERE reason = 'plan_completion'",
        )
    )
    expected = {
        (key, e.course_id)
        for key in learner_ids
        for e in platform.enrolments(key)
        if e.deadline and e.completed_on and e.completed_on.astimezone(INDIA).date() <= e.deadline
    }
    assert given == expected
    assert given


# The whole


def test_every_reference_holds(seeded: Engine) -> None:
    assert rows(seeded, "PRAGMA foreign_key_check") == []
    assert rows(seeded, "PRAGMA integrity_check") == [("ok",)]


def test_rows_are_written_in_bulk(tmp_path: Path, catalogue: Catalogue) -> None:
    engine = new_database(tmp_path)
    with recorded(engine) as seen:
        fill(engine, catalogue, NOW, learners=100)
    assert len(seen) < 30


def test_a_filled_database_is_left_as_it_is(tmp_path: Path, catalogue: Catalogue) -> None:
    engine = new_database(tmp_path)
    fill(engine, catalogue, NOW, learners=5)
    before = content(engine)
    with pytest.raises(SeedError, match=r"SATHI_DATABASE"):
        fill(engine, catalogue, NOW, learners=5)
    assert content(engine) == before


def test_an_interrupted_seed_leaves_the_database_empty(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    engine = new_database(tmp_path)
    before = content(engine)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(engine, catalogue, NOW, learners=5, progress=interrupt)
    assert content(engine) == before
    fill(engine, catalogue, NOW, learners=5)


def test_a_catalogue_without_courses_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    empty = Catalogue(competency_model=catalogue.competency_model)
    with pytest.raises(SeedError, match="SATHI_CATALOGUE"):
        fill(new_database(tmp_path), empty, NOW)


# The command line


@pytest.mark.usefixtures("small_catalogue")
def test_the_command_fills_and_writes_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.csv"
    options = ["--learners", "50", "--today", "2026-11-27"]
    assert main(options) == 0
    assert "learners" in capsys.readouterr().out
    assert main(["--log", str(log)]) == 0
    with log.open(encoding="utf-8", newline="") as file:
        entries = list(csv.DictReader(file))
    assert list(entries[0]) == ["learner", "course", "timestamp"]
    moments = [datetime.fromisoformat(entry["timestamp"]) for entry in entries]
    assert moments == sorted(moments)
    assert moments[-1] < datetime(2026, 11, 27, 6, tzinfo=INDIA)
    assert {entry["course"] for entry in entries} == {"c1", "c2", "c3"}
    assert main(options) == 2
    assert "nothing was changed" in capsys.readouterr().err


@pytest.mark.usefixtures("small_catalogue")
def test_the_log_of_an_empty_database_fills_it_first(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    assert main(["--learners", "20", "--log", str(log)]) == 0
    assert len(log.read_text().splitlines()) > 1


@pytest.mark.usefixtures("small_catalogue")
def test_a_log_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--learners", "1", "--log", str(tmp_path / "no" / "log.csv")]) == 2
    assert "log.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [["--learners", "0"], ["--learners", "-3"], ["--learners", "many"], ["--today", "31/3/2026"]],
)
def test_bad_options_are_refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(options)
    assert caught.value.code == 2
    assert options[0] in capsys.readouterr().err


@pytest.mark.parametrize("now", ["2026-04-01", "2028-02-29", "2026-01-05"])
def test_any_day_can_be_the_last(tmp_path: Path, catalogue: Catalogue, now: str) -> None:
    engine = new_database(tmp_path)
    fill(engine, catalogue, datetime.fromisoformat(now).replace(tzinfo=INDIA), learners=20)
    assert rows(engine, "SELECT count(*) FROM learners") == [(20,)]
