"""Who wants to be reminded, and what was sent.

Nothing is sent twice: a message, what it reminds of, and that the learner was looked at on
the day are written in one transaction, and the keys of the tables refuse a second one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from connectors.platform.database import transaction
from connectors.platform.linking import Chat
from connectors.platform.outbox import keep_address
from connectors.platform.schema import known_courses, outbox, reminders, sent_reminders

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Subscription:
    """A learner who wants to be reminded in a chat.

    Attributes:
        chat_key: keyed hash of the chat.
        channel: name of the Rasa channel.
        locale: locale of the reminders.
        enabled_on: when the learner asked for them.
    """

    chat_key: str
    channel: str
    learner_id: str
    locale: str
    enabled_on: datetime


class ReminderService:
    """Keep subscriptions and what was sent; put reminders into the outbox.

    All methods raise ``PlatformUnavailableError`` when the database fails.

    Args:
        engine: the migrated database.
        clock: returns the current moment with its time zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def subscribe(self, chat_key: str, chat: Chat, learner_id: str, locale: str) -> None:
        """Remind a learner in this chat from now on, and in no other.

        Asked for again in the same chat, only the locale changes.

        Args:
            chat_key: keyed hash of the chat.
            chat: the chat.
            learner_id: the learner the chat is linked to.
            locale: locale of the reminders.
        """
        same = (reminders.c.chat_key == chat_key) & (reminders.c.learner_id == learner_id)
        other = or_(reminders.c.chat_key == chat_key, reminders.c.learner_id == learner_id)
        with transaction(self._engine) as connection:
            kept = connection.execute(update(reminders).where(same).values(locale=locale))
            if kept.rowcount:
                return
            connection.execute(delete(reminders).where(other))
            row = {
                "chat_key": chat_key,
                "channel": chat.channel,
                "learner_id": learner_id,
                "locale": locale,
                "enabled_on": self._clock(),
            }
            connection.execute(insert(reminders), row)
            keep_address(connection, chat_key, chat)
            # What was sent stays known when the chat of before is unlinked.
            own = sent_reminders.c.learner_id == learner_id
            connection.execute(update(sent_reminders).where(own).values(chat_key=chat_key))

    def unsubscribe(self, chat_key: str) -> bool:
        """Remind no more in a chat; reminders that wait there are dropped.

        Args:
            chat_key: keyed hash of the chat.

        Returns:
            Whether reminders were on.
        """
        with transaction(self._engine) as connection:
            ended = connection.execute(delete(reminders).where(reminders.c.chat_key == chat_key))
            waiting = (outbox.c.chat_key == chat_key) & outbox.c.day.is_not(None)
            connection.execute(delete(outbox).where(waiting))
        return bool(ended.rowcount)

    def set_locale(self, chat_key: str, locale: str) -> None:
        """Word a chat's reminders in another locale from now on, if it has any."""
        own = reminders.c.chat_key == chat_key
        with transaction(self._engine) as connection:
            connection.execute(update(reminders).where(own).values(locale=locale))

    def unchecked(self, day: date, limit: int, after: str = "") -> list[Subscription]:
        """Return subscriptions that were not looked at on a day.

        Args:
            day: the day in India.
            limit: most subscriptions wanted.
            after: hash of the chat to go on after.

        Returns:
            Subscriptions in the order of their chats' hashes.
        """
        query = (
            select(*(reminders.c[name] for name in Subscription.__dataclass_fields__))
            .where(or_(reminders.c.checked_on.is_(None), reminders.c.checked_on < day))
            .where(reminders.c.chat_key > after)
            .order_by(reminders.c.chat_key)
            .limit(limit)
        )
        with transaction(self._engine) as connection:
            return [Subscription(**row) for row in connection.execute(query).mappings()]

    def mark_checked(self, chat_key: str, day: date) -> None:
        """Note that a chat need not be looked at again on a day in India."""
        own = reminders.c.chat_key == chat_key
        with transaction(self._engine) as connection:
            connection.execute(update(reminders).where(own).values(checked_on=day))

    def sent_keys(self, learner_id: str) -> set[str]:
        """Return what a learner was reminded of so far."""
        query = select(sent_reminders.c.key).where(sent_reminders.c.learner_id == learner_id)
        with transaction(self._engine) as connection:
            return set(connection.execute(query).scalars())

    def queue(
        self, subscription: Subscription, keys: Sequence[str], day: date, message: Message
    ) -> bool:
        """Put a message into the outbox, note what it reminds of and that the day is done.

        All of it happens or nothing does.

        Args:
            subscription: whom it is for.
            keys: what it reminds of, at least one.
            day: the day in India.
            message: text, buttons and card data.

        Returns:
            Whether it was queued: not if the subscription has ended meanwhile, if the learner
            was reminded on the day, or of one of the keys before.
        """
        try:
            with transaction(self._engine) as connection:
                # Writing first takes the lock, so that nobody unsubscribes in between.
                if not self._is_open(connection, subscription, day):
                    return False
                self._write(connection, subscription, keys, day, message)
        except IntegrityError:
            return False
        return True

    @staticmethod
    def _is_open(connection: Connection, subscription: Subscription, day: date) -> bool:
        own = (reminders.c.chat_key == subscription.chat_key) & (
            reminders.c.learner_id == subscription.learner_id
        )
        held = connection.execute(update(reminders).where(own).values(checked_on=day))
        if not held.rowcount:
            return False
        # Asked of what was sent, since messages leave the outbox when reminders end.
        query = select(sent_reminders.c.key).where(
            sent_reminders.c.learner_id == subscription.learner_id, sent_reminders.c.day == day
        )
        return connection.execute(query.limit(1)).first() is None

    def _write(
        self,
        connection: Connection,
        subscription: Subscription,
        keys: Sequence[str],
        day: date,
        message: Message,
    ) -> None:
        now = self._clock()
        whose = {"chat_key": subscription.chat_key, "learner_id": subscription.learner_id}
        row = {**whose, "day": day, "message": dict(message), "created_on": now}
        connection.execute(insert(outbox), row)
        sent = [{**whose, "key": key, "day": day, "sent_on": now} for key in keys]
        connection.execute(insert(sent_reminders), sent)

    def first_seen(self, course_ids: Iterable[str]) -> dict[str, datetime]:
        """Return since when courses have been known; those that were not are from now on.

        Args:
            course_ids: ids of all courses that are offered.

        Returns:
            Course id -> moment.
        """
        wanted = set(course_ids)
        while True:
            try:
                with transaction(self._engine) as connection:
                    return self._recorded(connection, wanted)
            except IntegrityError:
                # Another process has recorded some of them in this moment.
                continue

    def _recorded(self, connection: Connection, wanted: set[str]) -> dict[str, datetime]:
        rows = connection.execute(select(known_courses))
        known = {row.course_id: row.first_seen for row in rows}
        added = dict.fromkeys(wanted - known.keys(), self._clock())
        if added:
            new = [{"course_id": key, "first_seen": moment} for key, moment in added.items()]
            connection.execute(insert(known_courses), new)
        return {key: moment for key, moment in {**known, **added}.items() if key in wanted}
