"""An enrolment log: who enrolled in which course, and when.

The file is CSV with the columns ``learner``, ``course`` and ``timestamp`` (others are
ignored); a timestamp is ISO 8601 (UTC where it names no zone) or Unix time in seconds or
milliseconds, as both occur on the platform.
"""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

_COLUMNS = ("learner", "course", "timestamp")
_MILLISECONDS_FROM = 1e11
# Before this there was no platform; it also catches 0 for "unknown" and dates like 20260331.
_EARLIEST = datetime(2000, 1, 1, tzinfo=timezone.utc).timestamp()
_LATEST = datetime(9999, 1, 1, tzinfo=timezone.utc).timestamp()
_CLOCK_TOLERANCE = timedelta(days=1)
_MOST_FUTURE = 0.1


class EnrolmentLogError(ValueError):
    """A log cannot be used; the message names the file, the line and the mend."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {problem}")


@dataclass(frozen=True)
class EnrolmentLog:
    """Enrolments by time, each learner in each course once.

    Attributes:
        learners: ids of the learners.
        courses: ids of the courses, unknown ones included.
        learner: position in ``learners``, int32 array of shape (enrolments,).
        course: position in ``courses``, int32 array of shape (enrolments,).
        time: Unix seconds, ascending, float64 array of shape (enrolments,).
        duplicates: repeated enrolments that were left out; the first one counts.
        future_rows: rows that a wrong clock had dated after the log was read; they are
            set to the time of the last row that is not. More than a tenth are left as they
            are: then it is the reader's clock that is not trusted.
    """

    learners: tuple[str, ...]
    courses: tuple[str, ...]
    learner: np.ndarray
    course: np.ndarray
    time: np.ndarray
    duplicates: int = 0
    future_rows: int = 0

    def __len__(self) -> int:
        """Return the number of enrolments."""
        return len(self.time)

    def part(self, mask: np.ndarray) -> EnrolmentLog:
        """Return some of the enrolments; positions keep their meaning.

        Args:
            mask: bool array of shape (enrolments,).
        """
        return replace(
            self, learner=self.learner[mask], course=self.course[mask], time=self.time[mask]
        )

    def counts(self) -> np.ndarray:
        """Return the number of enrolments by course, shape (courses,)."""
        return np.bincount(self.course, minlength=len(self.courses))

    def histories(self) -> dict[int, np.ndarray]:
        """Return each learner's courses, first enrolment first.

        Returns:
            Position of the learner -> positions of the courses; learners without
            enrolments are left out.
        """
        if not len(self):
            return {}
        order = np.argsort(self.learner, kind="stable")
        learners = self.learner[order]
        starts = np.flatnonzero(np.r_[True, learners[1:] != learners[:-1]])
        sequences = np.split(self.course[order], starts[1:])
        return {int(learners[start]): part for start, part in zip(starts, sequences, strict=True)}


def make_log(rows: Iterable[tuple[str, str, float]], now: datetime | None = None) -> EnrolmentLog:
    """Make a log from (learner id, course id, Unix seconds) in any order.

    Args:
        rows: the enrolments, read once and not kept; repeated ones are counted and left out.
        now: moment after which a time must be wrong; not checked when None.
    """
    learners: dict[str, int] = {}
    courses: dict[str, int] = {}
    # Sixteen bytes a row, where lists of numbers take a hundred.
    learner, course, time = array("i"), array("i"), array("d")
    for learner_id, course_id, moment in rows:
        learner.append(learners.setdefault(learner_id, len(learners)))
        course.append(courses.setdefault(course_id, len(courses)))
        time.append(moment)
    moments, future = _without_future(np.asarray(time), now)
    order = np.argsort(moments, kind="stable")
    positions = np.asarray(learner)[order]
    taken = np.asarray(course)[order]
    pairs = positions.astype(np.int64) * max(len(courses), 1) + taken
    _, first = np.unique(pairs, return_index=True)
    first.sort()
    return EnrolmentLog(
        learners=tuple(learners),
        courses=tuple(courses),
        learner=positions[first],
        course=taken[first],
        time=moments[order][first],
        duplicates=len(moments) - len(first),
        future_rows=future,
    )


def _without_future(moments: np.ndarray, now: datetime | None) -> tuple[np.ndarray, int]:
    if now is None:
        return moments, 0
    future = moments > (now + _CLOCK_TOLERANCE).timestamp()
    # When many rows are in the future, it is the reader's clock that is wrong.
    if not future.any() or future.mean() > _MOST_FUTURE:
        return moments, 0
    return np.where(future, moments[~future].max(), moments), int(future.sum())


def read_log(path: Path, now: datetime | None = None) -> EnrolmentLog:
    """Read an enrolment log.

    Args:
        path: the CSV file.
        now: moment after which a timestamp must be wrong; that of the call when None.

    Raises:
        EnrolmentLogError: the file is no such log, or a row is broken.
        OSError: the file cannot be read.
    """
    rows = _rows(path, _COLUMNS)
    enrolments = ((a, b, _moment(path, line, c)) for line, (a, b, c) in rows)
    log = make_log(enrolments, now or datetime.now(timezone.utc))
    if not len(log):
        raise EnrolmentLogError(path, None, "there is no enrolment in the log")
    return log


def read_roles(path: Path) -> dict[str, str]:
    """Read which learner has which role, a CSV with the columns ``learner`` and ``role``.

    Raises:
        EnrolmentLogError: the file has no such columns, or a row is broken.
        OSError: the file cannot be read.
    """
    return {learner: role for _, (learner, role) in _rows(path, ("learner", "role"))}


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, values of the columns wanted)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = [name.strip().lower() for name in next(reader, [])]
            pick = _picker(path, header, columns)
            for row in reader:
                if not row:
                    continue
                if len(row) != len(header):
                    raise EnrolmentLogError(
                        path, reader.line_num, f"{len(row)} fields, the header has {len(header)}"
                    )
                values = pick(row)
                if "" in values:
                    name = columns[values.index("")]
                    raise EnrolmentLogError(path, reader.line_num, f"the {name} is empty")
                yield reader.line_num, values
        except csv.Error as error:
            problem = f"this is no CSV: {error}; mind the quotation marks"
            raise EnrolmentLogError(path, reader.line_num, problem) from error
        except UnicodeDecodeError as error:
            problem = "the file is not UTF-8; save it as UTF-8"
            raise EnrolmentLogError(path, reader.line_num + 1, problem) from error


def _picker(
    path: Path, header: list[str], columns: tuple[str, ...]
) -> Callable[[list[str]], list[str]]:
    missing = [name for name in columns if name not in header]
    if missing:
        raise EnrolmentLogError(
            path, 1, f"no column {', '.join(missing)}; the first line names the columns"
        )
    places = [header.index(name) for name in columns]
    return lambda row: [row[place].strip() for place in places]


def _moment(path: Path, line: int, text: str) -> float:
    """Return Unix seconds."""
    try:
        value = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            problem = f"{text!r} is no timestamp; write 2026-03-31T09:30:00Z or Unix time"
            raise EnrolmentLogError(path, line, problem) from error
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        value = moment.timestamp()
    seconds = value / 1000 if value >= _MILLISECONDS_FROM else value
    if not math.isfinite(seconds) or not _EARLIEST <= seconds < _LATEST:
        raise EnrolmentLogError(path, line, f"{text!r} is no time between 2000 and 9998")
    return seconds
