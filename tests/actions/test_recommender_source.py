"""The recommender in use is renewed from files, and the files by a nightly fit."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.actions.recommender_files import Fitted, RecommenderFiles
from bot.actions.recommender_source import RecommenderSource, Timing, next_night
from knowledge_base.catalogue import Catalogue, Course, Module
from knowledge_base.recommend.collaborative import Memory, fit_linear
from knowledge_base.recommend.enrolments import make_log
from knowledge_base.recommend.profile import LearnerProfile

# 15:30 in India.
NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
QUICK = Timing(start=0, poll=0.02, fit=20)
FOLLOWS = Memory(whole=0.3, training=1.0, history=1.0, ridge=1.0)
UNUSED = (sys.executable, "-c", "raise SystemExit('no fit was wanted')")
# Of courses that are alike the first would be suggested.
FIRST, OTHER, SECOND_LAST, LAST = "c0", "c1", "c8", "c9"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Return ten courses that differ in nothing but their ids."""
    facts = {"title": "T", "provider": "P", "language": "en", "summary": "S", "level": "beginner"}
    modules = (Module(id="m", title="M"),)
    courses = (
        Course(id=f"c{number}", duration_seconds=3600, modules=modules, **facts)
        for number in range(10)
    )
    return Catalogue(courses={course.id: course for course in courses})


def fitted(before: str, after: str) -> Fitted:
    """Return what is learnt from twenty learners who took one course after another."""
    rows = [
        (f"u{i}", key, 10.0 * i + n) for i in range(20) for n, key in enumerate((before, after))
    ]
    return Fitted(fit_linear(make_log(rows), FOLLOWS), {before: 20, after: 20})


def next_course(source: RecommenderSource, taken: str) -> str:
    profile = LearnerProfile(completed=(taken,))
    return source.current().recommend(profile, date(2026, 11, 27), limit=1)[0].course_id


@pytest.fixture
def files(tmp_path: Path) -> RecommenderFiles:
    return RecommenderFiles(tmp_path / "recommender")


@pytest.fixture
def store(files: RecommenderFiles) -> Callable[[Fitted], None]:
    def save(what: Fitted) -> None:
        with files.fitting():
            files.save(what)

    return save


def source_over(
    catalogue: Catalogue,
    files: RecommenderFiles,
    fit_command: tuple[str, ...] = UNUSED,
    now: datetime = NOW,
    timing: Timing = QUICK,
) -> RecommenderSource:
    return RecommenderSource(catalogue, {}, files, lambda: now, timing, fit_command)


def test_without_files_there_is_a_recommender(
    catalogue: Catalogue, files: RecommenderFiles
) -> None:
    source = source_over(catalogue, files)
    assert next_course(source, FIRST) != LAST
    assert not source.reload_if_changed()


def test_what_was_fitted_is_used_from_the_start(
    catalogue: Catalogue, files: RecommenderFiles, store: Callable[[Fitted], None]
) -> None:
    store(fitted(FIRST, LAST))
    assert next_course(source_over(catalogue, files), FIRST) == LAST


def test_changed_files_give_a_new_recommender_and_unchanged_ones_do_not(
    catalogue: Catalogue, files: RecommenderFiles, store: Callable[[Fitted], None]
) -> None:
    source = source_over(catalogue, files)
    first = source.current()
    store(fitted(FIRST, LAST))
    assert source.reload_if_changed()
    assert next_course(source, FIRST) == LAST
    second = source.current()
    assert second is not first
    assert not source.reload_if_changed()
    assert source.current() is second
    store(fitted(OTHER, SECOND_LAST))
    assert source.reload_if_changed()
    assert next_course(source, OTHER) == SECOND_LAST
    assert next_course(source, FIRST) != LAST


def test_counts_alone_make_a_new_recommender(
    catalogue: Catalogue, files: RecommenderFiles, store: Callable[[Fitted], None]
) -> None:
    what = fitted(FIRST, LAST)
    store(what)
    source = source_over(catalogue, files)
    assert source.current().recommend(LearnerProfile(), NOW.date(), 1)[0].course_id != LAST
    store(Fitted(what.model, {LAST: 100_000}))
    assert source.reload_if_changed()
    assert source.current().recommend(LearnerProfile(), NOW.date(), 1)[0].course_id == LAST


@pytest.mark.parametrize("name", ["model.npz", "enrolment_counts.json"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "other"])
def test_a_damaged_file_is_logged_once_and_the_recommender_stays(
    catalogue: Catalogue,
    files: RecommenderFiles,
    store: Callable[[Fitted], None],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    name: str,
    damage: str,
) -> None:
    store(fitted(FIRST, LAST))
    source = source_over(catalogue, files)
    kept = source.current()
    path = tmp_path / "recommender" / name
    content = path.read_bytes()
    path.write_bytes({"cut": content[:-9], "emptied": b"", "other": b'{"a": -1}'}[damage])
    assert not source.reload_if_changed()
    assert not source.reload_if_changed()
    assert source.current() is kept
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert name in caplog.text
    store(fitted(FIRST, LAST))
    assert source.reload_if_changed()


def test_a_damaged_file_does_not_keep_the_server_from_starting(
    catalogue: Catalogue, files: RecommenderFiles, tmp_path: Path
) -> None:
    folder = tmp_path / "recommender"
    folder.mkdir()
    (folder / "model.npz").write_bytes(b"PK broken")
    assert source_over(catalogue, files).current().course_ids


def test_files_that_cannot_be_read_are_tried_again(
    catalogue: Catalogue,
    files: RecommenderFiles,
    store: Callable[[Fitted], None],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = source_over(catalogue, files)
    store(fitted(FIRST, LAST))
    counts = tmp_path / "recommender" / "enrolment_counts.json"
    away = counts.rename(tmp_path / "away.json")
    assert not source.reload_if_changed()
    assert "cannot be read" in caplog.text
    away.rename(counts)
    assert source.reload_if_changed()
    assert next_course(source, FIRST) == LAST


# The night


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-27T02:59:59+05:30", "2026-11-27T03:00:00+05:30"),
        ("2026-11-27T03:00:00+05:30", "2026-11-28T03:00:00+05:30"),
        ("2026-11-27T23:00:00+05:30", "2026-11-28T03:00:00+05:30"),
        ("2026-12-31T21:00:00+00:00", "2027-01-01T03:00:00+05:30"),
    ],
)
def test_the_night_is_at_three_in_india(now: str, night: str) -> None:
    assert next_night(datetime.fromisoformat(now)) == datetime.fromisoformat(night)


async def happens(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


def run_while(source: RecommenderSource, scenario: Coroutine) -> None:
    """Let a source run until a scenario has come to its end."""

    async def main() -> None:
        task = asyncio.create_task(source.run())
        await scenario
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def noting(path: Path, then: str = "") -> tuple[str, ...]:
    """Return a fit command that only notes that it ran, and how nice it is."""
    code = f"import os; open({str(path)!r}, 'a').write(f'{{os.nice(0)}}\\n')\n{then}"
    return (sys.executable, "-c", code)


def runs(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def write_model(store: Callable[[Fitted], None], tmp_path: Path, when: datetime) -> None:
    store(fitted(FIRST, LAST))
    os.utime(tmp_path / "recommender" / "model.npz", (when.timestamp(), when.timestamp()))


@pytest.mark.parametrize(
    ("age", "expected"),
    [(None, 1), (timedelta(hours=25), 1), (timedelta(hours=23), 0)],
    ids=["no model", "an old model", "a model of today"],
)
def test_at_the_start_it_is_fitted_where_there_is_no_model_of_the_last_day(
    catalogue: Catalogue,
    files: RecommenderFiles,
    store: Callable[[Fitted], None],
    tmp_path: Path,
    age: timedelta | None,
    expected: int,
) -> None:
    if age is not None:
        write_model(store, tmp_path, NOW - age)
    note = tmp_path / "note"

    async def at_the_start() -> None:
        await happens(lambda: runs(note) == expected)
        await asyncio.sleep(0.4)

    run_while(source_over(catalogue, files, noting(note)), at_the_start())
    assert runs(note) == expected


def test_nothing_begins_before_the_warm_up_is_over(
    catalogue: Catalogue, files: RecommenderFiles, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    timing = Timing(start=60, poll=0.02, fit=20)
    run_while(source_over(catalogue, files, noting(note), timing=timing), asyncio.sleep(0.4))
    assert runs(note) == 0


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("exit_code", [0, 3])
def test_a_fit_comes_once_a_night_also_after_one_that_failed(
    catalogue: Catalogue,
    files: RecommenderFiles,
    store: Callable[[Fitted], None],
    tmp_path: Path,
    exit_code: int,
) -> None:
    write_model(store, tmp_path, NOW)
    note = tmp_path / "note"
    clock = Clock(NOW)
    command = noting(note, f"raise SystemExit({exit_code})")
    source = RecommenderSource(catalogue, {}, files, clock, QUICK, command)

    async def nights() -> None:
        for night in range(1, 3):
            clock.now = datetime(2026, 11, 27 + night, 2, 59, tzinfo=UTC) - timedelta(hours=5.5)
            await asyncio.sleep(0.3)
            assert runs(note) == night - 1
            clock.now += timedelta(minutes=2)
            await happens(lambda: runs(note) >= night)  # noqa: B023 - called within the turn
            await asyncio.sleep(0.3)
            assert runs(note) == night

    run_while(source, nights())


def test_what_another_server_fitted_this_night_is_not_fitted_again(
    catalogue: Catalogue,
    files: RecommenderFiles,
    store: Callable[[Fitted], None],
    tmp_path: Path,
) -> None:
    write_model(store, tmp_path, NOW)
    note = tmp_path / "note"
    clock = Clock(NOW)
    source = RecommenderSource(catalogue, {}, files, clock, QUICK, noting(note))
    night = next_night(NOW)

    async def other_server() -> None:
        await asyncio.sleep(0.2)
        assert next_course(source, FIRST) == LAST
        store(fitted(OTHER, SECOND_LAST))
        later = (night + timedelta(minutes=1)).timestamp()
        os.utime(tmp_path / "recommender" / "model.npz", (later, later))
        clock.now = night + timedelta(minutes=4)
        await happens(lambda: next_course(source, OTHER) == SECOND_LAST)
        await asyncio.sleep(0.3)

    run_while(source, other_server())
    assert runs(note) == 0
    assert next_course(source, OTHER) == SECOND_LAST


# The process


def test_the_fit_has_the_lowest_priority_and_its_last_line_is_logged(
    catalogue: Catalogue,
    files: RecommenderFiles,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    note = tmp_path / "note"
    source = source_over(catalogue, files, noting(note, "print('a warning'); print('2 courses')"))
    with caplog.at_level(logging.INFO):
        assert asyncio.run(source.fit())
    assert note.read_text().split() == [str(min(os.nice(0) + 19, 19))]
    assert [record.getMessage() for record in caplog.records if record.name.startswith("bot")] == [
        "fitting recommendations: 2 courses"
    ]


def test_a_fit_that_fails_is_logged(
    catalogue: Catalogue, files: RecommenderFiles, caplog: pytest.LogCaptureFixture
) -> None:
    command = (sys.executable, "-c", "raise SystemExit('the disk is full')")
    source = source_over(catalogue, files, command)
    kept = source.current()
    assert not asyncio.run(source.fit())
    assert "failed (1): the disk is full" in caplog.text
    assert source.current() is kept


def test_a_fit_that_does_not_end_is_ended(
    catalogue: Catalogue,
    files: RecommenderFiles,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "pid"
    code = f"import os, time; open({str(path)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    timing = Timing(start=0, poll=0.02, fit=2.0)
    source = source_over(catalogue, files, (sys.executable, "-c", code), timing=timing)
    started = time.monotonic()
    assert not asyncio.run(source.fit())
    assert time.monotonic() - started < 20
    assert "more than 2 s" in caplog.text
    with pytest.raises(ProcessLookupError):
        os.kill(int(path.read_text()), 0)


def test_a_server_that_stops_takes_its_fit_along(
    catalogue: Catalogue, files: RecommenderFiles, tmp_path: Path
) -> None:
    path = tmp_path / "pid"
    code = f"import os, time; open({str(path)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    source = source_over(catalogue, files, (sys.executable, "-c", code))
    run_while(source, happens(lambda: path.exists() and bool(path.read_text())))
    with pytest.raises(ProcessLookupError):
        os.kill(int(path.read_text()), 0)


def test_the_event_loop_goes_on_while_a_fit_runs(
    catalogue: Catalogue, files: RecommenderFiles
) -> None:
    source = source_over(catalogue, files, (sys.executable, "-c", "import time; time.sleep(1)"))

    async def longest_pause() -> float:
        fit = asyncio.create_task(source.fit())
        longest, last = 0.0, time.monotonic()
        while not fit.done():
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        return longest

    assert asyncio.run(longest_pause()) < 0.5


def test_a_missing_program_is_logged_and_reloading_goes_on(
    catalogue: Catalogue,
    files: RecommenderFiles,
    store: Callable[[Fitted], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = source_over(catalogue, files, ("/no/such/program",))

    async def fit_elsewhere() -> None:
        await happens(lambda: "failed (127)" in caplog.text)
        store(fitted(FIRST, LAST))
        await happens(lambda: next_course(source, FIRST) == LAST)

    run_while(source, fit_elsewhere())
