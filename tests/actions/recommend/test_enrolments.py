from __future__ import annotations

import weakref
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.recommend.enrolments import EnrolmentLogError, make_log, read_log, read_roles

HEADER = "learner,course,timestamp\n"
NOW = datetime(2026, 11, 27, tzinfo=timezone.utc)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_ordered_by_time_and_unknown_ids_are_kept(tmp_path: Path) -> None:
    text = HEADER + "b,do_unknown,2026-02-01T10:00:00Z\na,कोर्स-१,2026-01-01\n"
    log = read_log(write(tmp_path, text), NOW)
    assert [log.learners[i] for i in log.learner] == ["a", "b"]
    assert [log.courses[i] for i in log.course] == ["कोर्स-१", "do_unknown"]


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-01-01T00:00:00Z",
        "2026-01-01",
        "2026-01-01 05:30:00+05:30",
        "1767225600",
        "1767225600000",
        "1767225600.0",
    ],
)
def test_all_forms_of_a_time_mean_the_same(tmp_path: Path, timestamp: str) -> None:
    assert read_log(write(tmp_path, f"{HEADER}a,x,{timestamp}\n"), NOW).time[0] == 1767225600


def test_columns_may_come_in_any_order_with_others_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    text = 'Course,batch,Timestamp,Learner\r\n"x, part 2",7,2026-01-01,a\r\n\r\n'
    path.write_text(text, encoding="utf-8-sig", newline="")
    log = read_log(path, NOW)
    assert (log.learners, log.courses) == (("a",), ("x, part 2",))


def test_only_the_first_of_repeated_enrolments_counts(tmp_path: Path) -> None:
    rows = "a,x,2026-03-01\na,x,2026-01-01\na,x,2026-01-01\nb,x,2026-02-01\n"
    log = read_log(write(tmp_path, HEADER + rows), NOW)
    assert (len(log), log.duplicates) == (2, 2)
    assert log.time[0] == datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()


def test_rows_from_the_future_are_set_to_the_last_plausible_time(tmp_path: Path) -> None:
    rows = "".join(f"u{i},x,2026-01-01\n" for i in range(10))
    rows += "c,x,2091-01-01\nd,x,2026-11-27T20:00:00Z\n"
    log = read_log(write(tmp_path, HEADER + rows), NOW)
    assert log.future_rows == 1
    assert log.time.max() == datetime(2026, 11, 27, 20, tzinfo=timezone.utc).timestamp()


def test_when_many_rows_are_in_the_future_the_readers_clock_is_distrusted(tmp_path: Path) -> None:
    log = read_log(write(tmp_path, HEADER + "a,x,2031-01-01\na,y,2032-01-01\n"), NOW)
    assert log.future_rows == 0
    assert log.time[0] < log.time[1]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a,x", "2 fields, the header has 3"),
        ("a,x,2026-01-01,z", "4 fields"),
        (",x,2026-01-01", "the learner is empty"),
        ("a, ,2026-01-01", "the course is empty"),
        ("a,x,", "the timestamp is empty"),
        ("a,x,yesterday", "'yesterday' is no timestamp"),
        ("a,x,2026-02-30", "no timestamp"),
        ("a,x,nan", "no time between 2000 and 9998"),
        ("a,x,0", "no time between"),
        ("a,x,-5", "no time between"),
        ("a,x,20260331", "no time between"),
        ("a,x,1e300", "no time between"),
        ("a,x,1999-12-31", "no time between"),
        ('a,"x,2026-01-01', "mind the quotation marks"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path: Path, row: str, problem: str) -> None:
    path = write(tmp_path, f"{HEADER}a,x,2026-01-01\n\n{row}\n")
    with pytest.raises(EnrolmentLogError, match=r"log\.csv, line [45]") as error:
        read_log(path, NOW)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: no column learner, course, timestamp"),
        ("learner,course\na,x\n", "line 1: no column timestamp"),
        (HEADER, "there is no enrolment in the log"),
    ],
)
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(EnrolmentLogError, match=problem):
        read_log(write(tmp_path, text), NOW)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(HEADER.encode() + b"a,caf\xe9,2026-01-01\n")
    with pytest.raises(EnrolmentLogError, match="not UTF-8"):
        read_log(path, NOW)


def test_rows_are_read_once_and_none_is_kept() -> None:
    class Name(str):
        __slots__ = ("__weakref__",)

    seen: list[weakref.ref] = []

    def rows() -> Iterator[tuple[str, str, float]]:
        for number in range(1000):
            names = Name(f"u{number % 10}"), Name(f"c{number % 7}")
            seen.extend(weakref.ref(name) for name in names)
            yield *names, float(number)

    log = make_log(rows())
    assert (len(log), log.duplicates) == (70, 930)
    assert sum(reference() is not None for reference in seen) == 10 + 7


def test_without_rows_the_log_is_empty() -> None:
    log = make_log(iter(()), NOW)
    assert (len(log), log.learners, log.counts().tolist()) == (0, (), [])


def test_histories_are_in_the_order_of_enrolment() -> None:
    log = make_log([("a", "z", 3.0), ("b", "y", 1.0), ("a", "x", 2.0)])
    courses = {
        log.learners[learner]: [log.courses[course] for course in taken]
        for learner, taken in log.histories().items()
    }
    assert courses == {"a": ["x", "z"], "b": ["y"]}
    assert log.part(np.zeros(3, dtype=bool)).histories() == {}


def test_roles_are_read_and_bad_rows_named(tmp_path: Path) -> None:
    path = write(tmp_path, "learner,role\na,director\nb,\n")
    with pytest.raises(EnrolmentLogError, match=r"line 3: the role is empty"):
        read_roles(path)
    assert read_roles(write(tmp_path, "learner,role\na,director\n")) == {"a": "director"}
