"""The recommender in use, renewed when what was fitted to the enrolments changes."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bot.actions.recommender_files import RecommenderFiles
from knowledge_base.catalogue import Catalogue
from knowledge_base.recommend.collaborative import CollaborativeModelError
from knowledge_base.recommend.recommender import Recommender

logger = logging.getLogger(__name__)
_INDIA = ZoneInfo("Asia/Kolkata")
# When the fewest learners are about.
_NIGHT = time(3)
_DAY = timedelta(days=1)
_FIT = (sys.executable, "-m", "bot.actions.fit_recommender")
# The fit leaves the processor to whoever wants it, and the other cores alone.
_NICE = ("nice", "-n", "19")
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Timing:
    """When a source works, in seconds.

    Attributes:
        start: from the start to the first look, so that the server can warm up.
        poll: between two looks at the files and the clock.
        fit: what a fit may take before it is ended.
    """

    start: float = 60.0
    poll: float = 300.0
    fit: float = 3600.0


class RecommenderSource:
    """Hold the recommender and renew it.

    Args:
        catalogue: the loaded catalogue.
        vectors: course id -> unit vector of its content, shape (dimension,).
        files: what was fitted to the enrolments.
        clock: returns the current moment with its time zone.
        timing: when it works.
        fit_command: program that fits anew and writes the files, with its arguments.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        vectors: Mapping[str, np.ndarray],
        files: RecommenderFiles,
        clock: Callable[[], datetime],
        timing: Timing | None = None,
        fit_command: Sequence[str] = _FIT,
    ) -> None:
        self._catalogue = catalogue
        self._vectors = vectors
        self._files = files
        self._clock = clock
        self._timing = timing or Timing()
        self._fit_command = tuple(fit_command)
        self._reloading = threading.Lock()
        self._state: tuple = (None, None)
        self._next_fit: datetime | None = None
        self._current = Recommender(catalogue, vectors)
        self.reload_if_changed()

    def take_over(self, catalogue: Catalogue, vectors: Mapping[str, np.ndarray]) -> None:
        """Go on with another catalogue.

        Args:
            catalogue: the loaded catalogue.
            vectors: course id -> unit vector of its content, shape (dimension,).
        """
        with self._reloading:
            self._catalogue, self._vectors = catalogue, vectors
            # The files are read again, since what was made of them names other courses.
            self._state = (None, None)
            self._current = Recommender(catalogue, vectors)
        self.reload_if_changed()

    def current(self) -> Recommender:
        """Return the recommender of the moment; nobody waits for a new one."""
        return self._current

    def reload_if_changed(self) -> bool:
        """Make a new recommender when the files have changed.

        Of files that are damaged or cannot be read it is logged what is wrong, and the
        recommender stays.

        Returns:
            Whether there is a new one.
        """
        with self._reloading:
            try:
                state = self._files.state()
                if state == self._state:
                    return False
                fitted = self._files.load()
            except OSError:
                logger.exception("the fitted recommendations cannot be read; trying again")
                return False
            except CollaborativeModelError:
                self._state = state
                logger.exception("the recommender stays as it is until it is fitted anew")
                return False
            self._current = Recommender(
                self._catalogue,
                self._vectors,
                enrolment_counts=fitted.counts if fitted else None,
                collaborative=fitted.model if fitted else None,
            )
            self._state = state
            return True

    async def run(self) -> None:
        """Reload what changed, and fit anew every night, until cancelled."""
        await asyncio.sleep(self._timing.start)
        while True:
            try:
                if await asyncio.to_thread(self._fit_is_due):
                    await self.fit()
                await asyncio.to_thread(self.reload_if_changed)
            except Exception:
                logger.exception("recommendations could not be renewed; trying again")
            await asyncio.sleep(self._timing.poll)

    def _fit_is_due(self) -> bool:
        """Tell whether to fit now; a night's fit is due once, whether it succeeds or not."""
        now = self._clock()
        fitted_on = self._files.fitted_on()
        if self._next_fit is None:
            stale = fitted_on is None or now - fitted_on > _DAY
            self._next_fit = now if stale else next_night(now)
        due = self._next_fit
        if now < due:
            return False
        self._next_fit = next_night(now)
        # Another server that shares the files may have been first.
        return fitted_on is None or fitted_on < due

    async def fit(self) -> bool:
        """Fit anew in a process of low priority; what goes wrong is logged.

        Returns:
            Whether the process ended well.
        """
        process = await asyncio.create_subprocess_exec(
            *_NICE,
            *self._fit_command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **_ONE_THREAD},
        )
        try:
            async with asyncio.timeout(self._timing.fit):
                output, _ = await process.communicate()
        except TimeoutError:
            logger.exception("fitting recommendations took more than %d s", self._timing.fit)
            return False
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        # The last line says what was done, or what was wrong.
        said = output.decode(errors="replace").strip().rpartition("\n")[-1]
        if process.returncode:
            logger.error("fitting recommendations failed (%d): %s", process.returncode, said)
            return False
        logger.info("fitting recommendations: %s", said)
        return True


def next_night(now: datetime) -> datetime:
    """Return the next moment after now at which to fit.

    Args:
        now: a moment with its time zone.
    """
    local = now.astimezone(_INDIA)
    night = datetime.combine(local.date(), _NIGHT, _INDIA)
    return night if night > local else night + _DAY
