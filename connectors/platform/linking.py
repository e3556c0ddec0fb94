"""Which learner a chat belongs to: one-time links, and what Sathi holds about a chat.

A link token is 61 characters of ``A-Za-z0-9_-``, which is what a Telegram deep link takes
(https://core.telegram.org/bots/features#deep-linking allows 64). It is signed by
itsdangerous and names an entry in ``link_tokens``; it does not name the learner.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from connectors.chat_identity import chat_key
from connectors.platform import schema
from connectors.platform.database import transaction

TOKEN_LIFETIME = timedelta(minutes=10)
LOCK_DURATION = timedelta(hours=1)
_FAILURES = 5
_FAILURE_WINDOW = timedelta(minutes=10)
_SALT = "sathi-link"
_ID_BYTES = 9
_ID_LENGTH = 12
_TIMESTAMP_LENGTH = 6
# A sender id that others can guess gives anybody the learner's data.
_MIN_SENDER_ID = 16
_GUESSABLE_CHANNELS = ("rest", "web", "socketio", "cmdline")


class LinkError(Exception):
    """Base of the reasons for which a link is refused."""


class InvalidTokenError(LinkError):
    """The token was not issued by this Sathi."""


class ExpiredTokenError(LinkError):
    """The token is older than ``TOKEN_LIFETIME``."""


class UsedTokenError(LinkError):
    """The token has linked a chat already."""


class LockedError(LinkError):
    """Too many wrong tokens came from this chat."""


class NotPrivateError(LinkError):
    """Others read this chat, or could pretend to be it."""


class ConfirmationNeededError(LinkError):
    """The chat is linked to another learner; linking anew needs a yes.

    Attributes:
        current: id of the learner the chat is linked to.
        wanted: id of the learner of the token.
    """

    def __init__(self, current: str, wanted: str) -> None:
        super().__init__("the chat is linked to another learner")
        self.current = current
        self.wanted = wanted


@dataclass(frozen=True)
class Chat:
    """A conversation on a channel.

    Attributes:
        channel: name of the Rasa channel.
        sender_id: id of the conversation on it.
        is_group: whether several people read it.
    """

    channel: str
    sender_id: str
    is_group: bool = False

    @property
    def is_private(self) -> bool:
        """Whether only one person can be behind it."""
        guessable = self.channel in _GUESSABLE_CHANNELS and len(self.sender_id) < _MIN_SENDER_ID
        return not self.is_group and not guessable


class LinkService:
    """Issue and redeem link tokens; look up, export and erase what a chat has.

    Args:
        engine: the migrated database.
        secret: signs tokens and hashes chats; at least 32 characters.
        clock: returns the current moment with its time zone.
    """

    def __init__(self, engine: Engine, secret: str, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._secret = secret
        self._clock = clock
        self._signer = TimestampSigner(secret, salt=_SALT, digest_method=hashlib.sha256)

    def chat_key(self, chat: Chat) -> str:
        """Return the keyed hash that stands for a chat in the database."""
        return chat_key(self._secret, chat.channel, chat.sender_id)

    def issue(self, learner_id: str, proof: str | None = None) -> str:
        """Issue a one-time token for a learner.

        Args:
            learner_id: the learner who will open the link; the caller has verified them.
            proof: id of what they were verified by, if that is good for one token only.

        Returns:
            A token of ``A-Za-z0-9_-``, valid for ``TOKEN_LIFETIME``.

        Raises:
            UsedTokenError: a token has been issued for the proof.
        """
        identifier = secrets.token_urlsafe(_ID_BYTES) if proof is None else self._id_of(proof)
        row = {"jti": identifier, "learner_id": learner_id, "issued_on": self._clock()}
        try:
            with transaction(self._engine) as connection:
                connection.execute(insert(schema.link_tokens), row)
        except IntegrityError as error:
            raise UsedTokenError from error
        return self._signer.sign(identifier).decode().replace(".", "")

    def _id_of(self, proof: str) -> str:
        """Return the id of the one token for a proof, which cannot be foreseen either."""
        digest = hmac.new(self._secret.encode(), f"proof:{proof}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest.digest()[:_ID_BYTES]).decode()

    def redeem(self, token: str, chat: Chat, confirmed: bool = False) -> str:
        """Link a chat to the learner of a token; the token is used up.

        Args:
            token: what the learner opened or typed.
            chat: the chat to link.
            confirmed: whether a link to another learner may be replaced.

        Returns:
            Id of the learner.

        Raises:
            NotPrivateError: the chat is a group, or its id could be guessed.
            LockedError: too many wrong tokens came from the chat.
            InvalidTokenError: the token is not one of ours.
            ExpiredTokenError: the token is too old.
            UsedTokenError: the token has been used.
            ConfirmationNeededError: the chat belongs to another learner; nothing is changed.
            PlatformUnavailableError: the database failed.
        """
        if not chat.is_private:
            raise NotPrivateError
        key = self.chat_key(chat)
        if self._is_locked(key):
            raise LockedError
        try:
            identifier = self._verify(token)
            return self._use(identifier, key, chat.channel, confirmed)
        except (InvalidTokenError, UsedTokenError):
            self._count_failure(key)
            raise

    def _verify(self, token: str) -> str:
        parts = (
            token[:_ID_LENGTH],
            token[_ID_LENGTH : _ID_LENGTH + _TIMESTAMP_LENGTH],
            token[_ID_LENGTH + _TIMESTAMP_LENGTH :],
        )
        signed = ".".join(parts)
        try:
            value, issued_on = self._signer.unsign(signed, return_timestamp=True)
        except SignatureExpired as error:
            raise ExpiredTokenError from error
        except BadSignature as error:
            raise InvalidTokenError from error
        if self._clock() - issued_on > TOKEN_LIFETIME:
            raise ExpiredTokenError
        return value.decode()

    def _use(self, identifier: str, key: str, channel: str, confirmed: bool) -> str:
        tokens, links = schema.link_tokens, schema.links
        with transaction(self._engine) as connection:
            row = connection.execute(select(tokens).where(tokens.c.jti == identifier)).first()
            if row is None:
                raise InvalidTokenError
            if row.used_on is not None:
                raise UsedTokenError
            current = connection.execute(
                select(links.c.learner_id).where(links.c.chat_key == key)
            ).scalar()
            if current not in (None, row.learner_id) and not confirmed:
                raise ConfirmationNeededError(current, row.learner_id)
            # Of two who redeem at once, one finds the token used.
            unused = (tokens.c.jti == identifier) & tokens.c.used_on.is_(None)
            taken = connection.execute(update(tokens).where(unused).values(used_on=self._clock()))
            if not taken.rowcount:
                raise UsedTokenError
            if current != row.learner_id:
                _end_reminders(connection, key)
            connection.execute(delete(links).where(links.c.chat_key == key))
            connection.execute(
                insert(links),
                {
                    "channel": channel,
                    "chat_key": key,
                    "learner_id": row.learner_id,
                    "linked_on": self._clock(),
                },
            )
            return row.learner_id

    def _is_locked(self, key: str) -> bool:
        failures = schema.token_failures
        query = (
            select(failures.c.failed_on)
            .where(failures.c.chat_key == key)
            .order_by(failures.c.failed_on.desc())
            .limit(_FAILURES)
        )
        with transaction(self._engine) as connection:
            times = list(connection.execute(query).scalars())
        if len(times) < _FAILURES:
            return False
        recent = self._clock() - times[0] < LOCK_DURATION
        return recent and times[0] - times[-1] <= _FAILURE_WINDOW

    def _count_failure(self, key: str) -> None:
        row = {"chat_key": key, "failed_on": self._clock()}
        with transaction(self._engine) as connection:
            connection.execute(insert(schema.token_failures), row)

    def learner_of(self, chat: Chat) -> str | None:
        """Return the id of the learner a chat is linked to; None for groups and strangers."""
        if not chat.is_private:
            return None
        links = schema.links
        query = select(links.c.learner_id).where(links.c.chat_key == self.chat_key(chat))
        with transaction(self._engine) as connection:
            return connection.execute(query).scalar()

    def unlink(self, chat: Chat) -> bool:
        """Cut the link of a chat and what depends on it.

        Reminders end, those not fetched yet are dropped, and what was reminded of is
        forgotten, so that whoever has the chat next finds nothing of the learner.

        Returns:
            Whether there was one.
        """
        key = self.chat_key(chat)
        with transaction(self._engine) as connection:
            _end_reminders(connection, key)
            cut = connection.execute(delete(schema.links).where(schema.links.c.chat_key == key))
        return bool(cut.rowcount)

    def export(self, chat: Chat) -> dict[str, list[dict]]:
        """Return all that Sathi's own tables hold about a chat.

        Returns:
            Table name -> rows, moments as ISO 8601 text; the hash of the chat is left out.
        """
        key = self.chat_key(chat)
        found = {}
        with transaction(self._engine) as connection:
            for table in _OF_A_CHAT:
                rows = connection.execute(select(table).where(table.c.chat_key == key)).mappings()
                found[table.name] = [
                    {name: _plain(value) for name, value in row.items() if name not in _INTERNAL}
                    for row in rows
                ]
        return found

    def forget(self, chat: Chat) -> None:
        """Erase all that Sathi's own tables hold about a chat.

        Wrong tokens are kept until the lock they cause is over: who deletes their data
        must not get five new guesses.
        """
        key = self.chat_key(chat)
        with transaction(self._engine) as connection:
            for table in _OF_A_CHAT:
                connection.execute(delete(table).where(table.c.chat_key == key))


# What tells nobody anything.
_INTERNAL = frozenset({"chat_key", "model", "vector", "lease", "leased_until"})
# In this order: whoever queues a reminder holds the row of ``reminders`` first.
_OF_REMINDERS = (schema.reminders, schema.sent_reminders, schema.outbox)
_OF_A_CHAT = (
    schema.links,
    schema.feedback,
    schema.deliveries,
    schema.ticket_messages,
    schema.tickets,
    schema.chats,
    *_OF_REMINDERS,
    schema.quiz_results,
    schema.unanswered_questions,
)


def _end_reminders(connection: Connection, key: str) -> None:
    """Drop what depends on the link: reminders, and messages that hold a learner's data."""
    for table in _OF_REMINDERS:
        own = (table.c.chat_key == key) & table.c.learner_id.is_not(None)
        connection.execute(delete(table).where(own))


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
