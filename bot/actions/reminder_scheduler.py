"""Sending reminders by day, never twice, also when Sathi was down or is killed meanwhile.

What was done is kept in the database alone: each subscription is looked at once a day, and
whoever was not, because Sathi was not running or the platform did not answer, is looked at
as soon as possible.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bot.actions.learner_views import INDIA
from bot.actions.reminder_composer import ReminderComposer
from connectors.platform.quiet_hours import is_quiet
from connectors.platform.records import NotKnownError, PlatformError, PlatformUnavailableError
from connectors.platform.reminders import ReminderService, Subscription

logger = logging.getLogger(__name__)
_BATCH = 200
_POLL_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 1800.0


@dataclass
class _Pass:
    """What one pass over the subscriptions did."""

    queued: int = 0
    failed: int = 0


class ReminderScheduler:
    """Look once a day at every subscription and queue what is due.

    Args:
        reminders: subscriptions and outbox.
        composer: finds out what is due.
        clock: returns the current moment with its time zone.
    """

    def __init__(
        self,
        reminders: ReminderService,
        composer: ReminderComposer,
        clock: Callable[[], datetime],
    ) -> None:
        self._reminders = reminders
        self._composer = composer
        self._clock = clock
        self._stopped_at = ""
        self._ended = threading.Event()

    def send_due(self) -> int:
        """Look at all subscriptions that were not looked at today, unless it is too late.

        A learner for whom the platform fails is left for the next time; when it does not
        answer at all, so are all that follow, and the next time begins with them.

        Returns:
            How many reminders were queued.

        Raises:
            PlatformUnavailableError: the platform or the database does not answer.
        """
        return self._pass().queued

    def _pass(self) -> _Pass:
        done = _Pass()
        today = self._sending_day()
        if today is None:
            return done
        for subscription in self._unchecked(today):
            if not self._may_send(today):
                return done
            try:
                self._look_at(subscription, today, done)
            except PlatformUnavailableError:
                self._stopped_at = subscription.chat_key
                raise
        self._stopped_at = ""
        return done

    def _sending_day(self) -> date | None:
        """Return the day it is in India, None in the quiet hours."""
        now = self._clock()
        return None if is_quiet(now) else now.astimezone(INDIA).date()

    def _may_send(self, today: date) -> bool:
        """Whether the day of a pass still lasts and nobody has ended it."""
        return not self._ended.is_set() and self._sending_day() == today

    def _unchecked(self, today: date) -> Iterator[Subscription]:
        """Yield what was not looked at today, beginning behind where the last pass stopped.

        A learner whose records make the platform fail thus holds up nobody else.
        """
        start = self._stopped_at
        yield from self._unchecked_between(today, start, None)
        if start:
            yield from self._unchecked_between(today, "", start)

    def _unchecked_between(
        self, today: date, after: str, until: str | None
    ) -> Iterator[Subscription]:
        while batch := self._reminders.unchecked(today, _BATCH, after):
            for subscription in batch:
                if until is not None and subscription.chat_key > until:
                    return
                yield subscription
            after = batch[-1].chat_key

    def _look_at(self, subscription: Subscription, today: date, done: _Pass) -> None:
        try:
            sent = self._reminders.sent_keys(subscription.learner_id)
            composed = self._composer.compose(subscription, today, sent)
        except PlatformUnavailableError:
            raise
        except NotKnownError:
            composed = None
        except Exception as error:
            _report("a reminder could not be made", error)
            done.failed += 1
            return
        if not self._may_send(today):
            return
        if composed and self._reminders.queue(subscription, composed[0], today, composed[1]):
            done.queued += 1
        else:
            self._reminders.mark_checked(subscription.chat_key, today)

    async def run(self) -> None:
        """Send what is due, again and again, until cancelled; wait longer after a fault."""
        wait = _POLL_SECONDS
        try:
            while True:
                failed = True
                try:
                    failed = (await asyncio.to_thread(self._pass)).failed > 0
                except PlatformError as error:
                    logger.warning("reminders wait: %s", type(error).__name__)
                except Exception as error:
                    _report("reminders could not be sent; trying again", error)
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS) if failed else _POLL_SECONDS
                await asyncio.sleep(wait)
        finally:
            # The thread outlives the task, and the process waits for it.
            self._ended.set()


def _report(problem: str, error: Exception) -> None:
    """Log an error by its kind and place; what it says could name a learner."""
    place = "".join(traceback.format_tb(error.__traceback__))
    logger.warning("%s: %s\n%s", problem, type(error).__name__, place)
