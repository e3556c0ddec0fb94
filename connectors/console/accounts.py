"""Agents of the console: accounts, log-in with a lock, and sessions kept in the database.

The cookie holds a random value, the database its SHA-256; who reads the database cannot
pretend to be somebody. Passwords are hashed by argon2id with the parameters of RFC 9106.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from connectors.console.audit import AuditLog
from connectors.platform.database import transaction
from connectors.platform.schema import agents, console_sessions, login_failures

IDLE_LIMIT = timedelta(minutes=30)
LOCK_DURATION = timedelta(minutes=15)
FAILURE_WINDOW = timedelta(minutes=10)
FAILURES = 5
# A day's work; then the password is asked for again however busy the agent is.
LONGEST_SESSION = timedelta(hours=12)
MIN_PASSWORD = 12
# Random bytes of a password that is made for somebody.
PASSWORD_BYTES = 12
_MAX_PASSWORD = 1024
_SECRET_BYTES = 32
# A session's last use is written down this often at most.
_TOUCH_EVERY = timedelta(minutes=1)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


class Role(IntEnum):
    """What an agent may do; each role may do all that the one before may."""

    AGENT = 1
    LEAD = 2
    ADMIN = 3

    @classmethod
    def named(cls, name: str) -> Role:
        """Return the role of a name in lower case.

        Raises:
            AccountError: there is none.
        """
        try:
            return cls[name.upper()]
        except KeyError:
            raise AccountError(f"there is no role {name!r}; use agent, lead or admin") from None

    @property
    def label(self) -> str:
        """Its name in lower case."""
        return self.name.lower()


@dataclass(frozen=True)
class Agent:
    """Somebody who works at the helpdesk."""

    id: int
    name: str
    email: str
    role: Role
    active: bool = True


@dataclass(frozen=True)
class Session:
    """A log-in.

    Attributes:
        agent: who logged in.
        csrf_token: what every form of the session carries.
    """

    agent: Agent
    csrf_token: str

    def allows(self, token: str) -> bool:
        """Tell whether a form comes from this session, in constant time."""
        return hmac.compare_digest(self.csrf_token.encode(), token.encode())


class AccountError(ValueError):
    """An account cannot be made or changed so; the message says why."""


class WrongLoginError(Exception):
    """E-mail and password do not belong together."""


class LockedOutError(Exception):
    """Too many wrong passwords were tried."""


class AccountService:
    """Keep accounts and sessions.

    All methods raise ``PlatformUnavailableError`` when the database fails.

    Args:
        engine: the migrated database.
        audit: writes changes down.
        clock: returns the current moment with its time zone.
        hasher: hashes passwords.
    """

    def __init__(
        self,
        engine: Engine,
        audit: AuditLog,
        clock: Callable[[], datetime],
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._engine = engine
        self._audit = audit
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        # Compared when there is no such account, so that the time tells nothing.
        self._nobody = self._hasher.hash(secrets.token_urlsafe(_SECRET_BYTES))

    def add(self, name: str, email: str, role: Role, password: str, by: int | None = None) -> Agent:
        """Make an account.

        Args:
            name: what learners and colleagues see.
            email: what the agent logs in with.
            role: what they may do.
            password: at least ``MIN_PASSWORD`` characters.
            by: id of the agent who makes it, None for the command line.

        Raises:
            AccountError: name, e-mail or password cannot be used.
        """
        name, email = name.strip(), _folded(email)
        if not name:
            raise AccountError("the name is missing")
        if not _EMAIL.fullmatch(email):
            raise AccountError(f"{email!r} is no e-mail address")
        row = {
            "name": name,
            "email": email,
            "role": role.label,
            "password_hash": self._hash(password),
            "active": True,
            "created_on": self._clock(),
        }
        try:
            with transaction(self._engine) as connection:
                number = connection.execute(insert(agents), row).inserted_primary_key[0]
                self._audit.record(connection, by, "account.add", f"agent {number}")
        except IntegrityError as error:
            raise AccountError(f"{email} has an account already") from error
        return Agent(number, name, email, role)

    def _hash(self, password: str) -> str:
        if not MIN_PASSWORD <= len(password) <= _MAX_PASSWORD:
            raise AccountError(f"a password needs {MIN_PASSWORD} characters or more")
        return self._hasher.hash(password)

    def all(self) -> list[Agent]:
        """Return all accounts by name."""
        with transaction(self._engine) as connection:
            rows = connection.execute(select(agents).order_by(agents.c.name, agents.c.id))
            return [_agent(row) for row in rows]

    def find(self, agent_id: int) -> Agent | None:
        """Return an account, or None."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(agents).where(agents.c.id == agent_id)).first()
        return _agent(row) if row else None

    def change(self, agent_id: int, role: Role, active: bool, by: int) -> None:
        """Change what an agent may do; their sessions end.

        Raises:
            AccountError: there is no such account, or no active admin would be left.
        """
        with transaction(self._engine) as connection:
            changed = connection.execute(
                update(agents).where(agents.c.id == agent_id).values(role=role.label, active=active)
            )
            if not changed.rowcount:
                raise AccountError("there is no such account")
            admins = select(agents.c.id).where(
                agents.c.role == Role.ADMIN.label, agents.c.active.is_(True)
            )
            # Locked, so that two who change each other at once do not both count the other.
            if connection.execute(admins.with_for_update()).first() is None:
                raise AccountError("at least one active admin is needed")
            connection.execute(
                delete(console_sessions).where(console_sessions.c.agent_id == agent_id)
            )
            state = "active" if active else "inactive"
            self._audit.record(connection, by, f"account.{state}.{role.label}", f"agent {agent_id}")

    def set_password(self, agent_id: int, password: str, by: int | None = None) -> None:
        """Set a password; all sessions of the account end.

        Raises:
            AccountError: the password is too short, or there is no such account.
        """
        self._set_hash(agent_id, self._hash(password), by)

    def change_password(self, agent: Agent, old: str, new: str) -> None:
        """Set one's own password; all sessions of the account end.

        Raises:
            AccountError: the new password is too short.
            LockedOutError: too many wrong passwords were tried, see ``log_in``.
            WrongLoginError: the old password is wrong.
        """
        # First, so that a password that cannot be taken costs no attempt.
        hashed = self._hash(new)
        self._verify(agent.email, old)
        self._set_hash(agent.id, hashed, agent.id)

    def _set_hash(self, agent_id: int, hashed: str, by: int | None) -> None:
        with transaction(self._engine) as connection:
            changed = connection.execute(
                update(agents).where(agents.c.id == agent_id).values(password_hash=hashed)
            )
            if not changed.rowcount:
                raise AccountError("there is no such account")
            connection.execute(
                delete(console_sessions).where(console_sessions.c.agent_id == agent_id)
            )
            self._audit.record(connection, by, "account.password", f"agent {agent_id}")

    def log_in(self, email: str, password: str, old_sessions: Iterable[str] = ()) -> str:
        """Check a password and begin a session.

        Args:
            email: what was typed.
            password: what was typed.
            old_sessions: values of the browser's session cookies; these sessions end, so that
                a value that somebody else planted there is worth nothing.

        Returns:
            The new cookie's value.

        Raises:
            LockedOutError: ``FAILURES`` wrong passwords within ``FAILURE_WINDOW`` have locked
                this address for ``LOCK_DURATION``, whether it has an account or not.
            WrongLoginError: they do not belong together.
        """
        agent_id = self._verify(_folded(email), password)
        value = secrets.token_urlsafe(_SECRET_BYTES)
        now = self._clock()
        session = {
            "key": _key(value),
            "agent_id": agent_id,
            "csrf_token": secrets.token_urlsafe(_SECRET_BYTES),
            "created_on": now,
            "last_seen_on": now,
        }
        with transaction(self._engine) as connection:
            ended = console_sessions.c.last_seen_on < now - IDLE_LIMIT
            ended |= console_sessions.c.key.in_([_key(old) for old in old_sessions])
            connection.execute(delete(console_sessions).where(ended))
            connection.execute(insert(console_sessions), session)
            self._audit.record(connection, agent_id, "log in", f"agent {agent_id}")
        return value

    def _verify(self, email: str, password: str) -> int:
        """Check a password and return the account's id, see ``log_in`` for what is raised."""
        self._count_attempt(email)
        query = select(agents).where(agents.c.email == email, agents.c.active.is_(True))
        with transaction(self._engine) as connection:
            row = connection.execute(query).first()
        if not self._matches(row.password_hash if row else self._nobody, password) or not row:
            with transaction(self._engine) as connection:
                if row:
                    self._audit.record(connection, None, "failed log in", f"agent {row.id}")
            raise WrongLoginError
        with transaction(self._engine) as connection:
            if self._hasher.check_needs_rehash(row.password_hash):
                renewed = self._hasher.hash(password)
                own = agents.c.id == row.id
                connection.execute(update(agents).where(own).values(password_hash=renewed))
            connection.execute(delete(login_failures).where(login_failures.c.email == email))
        return row.id

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return len(password) <= _MAX_PASSWORD and self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _count_attempt(self, email: str) -> None:
        """Count an attempt as a failure before it is tried, so that many at once count, too."""
        now = self._clock()
        old = login_failures.c.failed_on < now - LOCK_DURATION - FAILURE_WINDOW
        query = (
            select(login_failures.c.failed_on)
            .where(login_failures.c.email == email)
            .order_by(login_failures.c.failed_on.desc())
            .limit(FAILURES)
        )
        with transaction(self._engine) as connection:
            # Writing first takes the lock, so that nobody counts in between.
            connection.execute(delete(login_failures).where(old))
            times = list(connection.execute(query).scalars())
            close = len(times) == FAILURES and times[0] - times[-1] <= FAILURE_WINDOW
            if close and now - times[0] < LOCK_DURATION:
                raise LockedOutError
            connection.execute(insert(login_failures), {"email": email, "failed_on": now})

    def session(self, value: str, keep: bool = True) -> Session | None:
        """Return the session of a cookie's value; None when it is over.

        Args:
            value: the cookie's value.
            keep: whether this counts as use, from which the session's rest is counted anew.
        """
        now = self._clock()
        query = (
            select(agents, console_sessions.c.csrf_token, console_sessions.c.last_seen_on)
            .join_from(console_sessions, agents)
            .where(
                console_sessions.c.key == _key(value),
                console_sessions.c.last_seen_on > now - IDLE_LIMIT,
                console_sessions.c.created_on > now - LONGEST_SESSION,
                agents.c.active.is_(True),
            )
        )
        with transaction(self._engine) as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            if keep and now - row.last_seen_on > _TOUCH_EVERY:
                own = console_sessions.c.key == _key(value)
                connection.execute(update(console_sessions).where(own).values(last_seen_on=now))
        return Session(_agent(row), row.csrf_token)

    def log_out(self, value: str) -> None:
        """End the session of a cookie's value."""
        own = console_sessions.c.key == _key(value)
        with transaction(self._engine) as connection:
            ended = delete(console_sessions).where(own).returning(console_sessions.c.agent_id)
            agent_id = connection.execute(ended).scalar()
            if agent_id is not None:
                self._audit.record(connection, agent_id, "log out", f"agent {agent_id}")


def _folded(email: str) -> str:
    return email.strip().casefold()[:320]


def _key(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _agent(row) -> Agent:
    return Agent(row.id, row.name, row.email, Role.named(row.role), row.active)
