"""What was fitted to the enrolments, on disk; it names courses and no learner.

The model is written last: where there is a model, there are the counts that belong to it.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import NonNegativeInt, TypeAdapter, ValidationError

from knowledge_base.recommend.collaborative import CollaborativeModelError, LinearModel

_COUNTS = TypeAdapter(dict[str, NonNegativeInt])


class FitRunningError(RuntimeError):
    """Another process is fitting into the same folder."""


@dataclass(frozen=True)
class Fitted:
    """What was learnt from the enrolments of all learners.

    Attributes:
        model: the model of co-enrolment.
        counts: course id -> number of enrolments.
    """

    model: LinearModel
    counts: Mapping[str, int]


class RecommenderFiles:
    """The files of a fit; several processes may share them.

    Args:
        folder: where they are kept; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model = folder / "model.npz"
        self._counts = folder / "enrolment_counts.json"

    @contextmanager
    def fitting(self) -> Iterator[None]:
        """Keep all other processes from fitting while the block lasts.

        The lock is the operating system's and ends with the process, however it ends.

        Raises:
            FitRunningError: another process is fitting.
            OSError: the folder cannot be written to.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "fit.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise FitRunningError("another process is fitting the model") from error
            yield

    def save(self, fitted: Fitted) -> None:
        """Replace the files, each in one step; call it within ``fitting``.

        Raises:
            OSError: a file cannot be written; the old ones stay.
        """
        # A process that was killed while it wrote has left its half.
        for half in self._folder.glob("*.*.*"):
            half.unlink()
        staging = self._counts.with_name(f"{self._counts.name}.{uuid.uuid4().hex}")
        staging.write_bytes(_COUNTS.dump_json(dict(fitted.counts)))
        staging.replace(self._counts)
        fitted.model.save(self._model)

    def load(self) -> Fitted | None:
        """Read what was fitted last, None when nothing was yet.

        Raises:
            CollaborativeModelError: a file is damaged.
            OSError: a file cannot be read.
        """
        if not self._model.exists():
            return None
        model = LinearModel.load(self._model)
        try:
            counts = _COUNTS.validate_json(self._counts.read_bytes())
        except ValidationError as error:
            raise CollaborativeModelError(f"{self._counts} holds no enrolment counts") from error
        return Fitted(model, counts)

    def state(self) -> tuple[tuple[int, int] | None, ...]:
        """Return (time of change in nanoseconds, bytes) of each file, None for a missing one.

        Raises:
            OSError: the folder cannot be read.
        """
        return tuple(_state(path) for path in (self._model, self._counts))

    def fitted_on(self) -> datetime | None:
        """Return when the model was written, None when there is none.

        Raises:
            OSError: the folder cannot be read.
        """
        found = _state(self._model)
        return None if found is None else datetime.fromtimestamp(found[0] / 1e9, UTC)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size
