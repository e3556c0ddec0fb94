"""Tables of the embedded learning platform, and those that Sathi keeps for itself.

The platform's tables may be filled by the seed or from another system. Sathi's own tables
refer to learners and courses by id only, because with Sunbird those live elsewhere; a chat
is known by the keyed hash of its address, never by the address.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

from connectors.platform.records import Availability, ResourceKind


def utc_now() -> datetime:
    """Return the current moment."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: stored in UTC, time-zone-aware on both sides."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC; one without a time zone is an error of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give a stored moment its time zone back (SQLite keeps none)."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, values: type[Availability] | type[ResourceKind]) -> CheckConstraint:
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _learner_key() -> Column[str]:
    return Column("learner_id", ForeignKey("learners.id"), primary_key=True)


# The platform's tables

departments = Table(
    "departments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)

designations = Table(
    "designations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
)

learners = Table(
    "learners",
    metadata,
    Column("id", String, primary_key=True),
    Column("first_name", String, nullable=False),
    Column("last_name", String, nullable=False),
    Column("department_id", ForeignKey("departments.id"), nullable=False),
    Column("designation_id", ForeignKey("designations.id")),
    Column("languages", JSON, nullable=False),  # codes, the preferred one first
    Column("target_minutes", Integer, nullable=False),
)

courses = Table(
    "courses",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("availability", String, nullable=False),
    Column("language", String, nullable=False),
    Column("minutes", Integer, nullable=False),
    _one_of("availability", Availability),
)

# Departments whose learners may see a moderated course.
course_access = Table(
    "course_access",
    metadata,
    Column("course_id", ForeignKey("courses.id"), primary_key=True),
    Column("department_id", ForeignKey("departments.id"), primary_key=True),
    sqlite_with_rowid=False,
)

# Whom the others can ask for access to it.
course_administrators = Table(
    "course_administrators",
    metadata,
    Column("course_id", ForeignKey("courses.id"), primary_key=True),
    Column("name", String, primary_key=True),
    sqlite_with_rowid=False,
)

resources = Table(
    "resources",
    metadata,
    Column("id", String, primary_key=True),
    Column("course_id", ForeignKey("courses.id"), nullable=False),
    Column("module", String, nullable=False),
    Column("position", Integer, nullable=False),  # within the course, from 0
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("pass_mark", Float),  # percent
    Column("max_attempts", Integer),
    Index(None, "course_id", "position", unique=True),
    _one_of("kind", ResourceKind),
)

enrolments = Table(
    "enrolments",
    metadata,
    _learner_key(),
    Column("course_id", ForeignKey("courses.id"), primary_key=True),
    Column("status", Integer, nullable=False),
    Column("percentage", Float, nullable=False),
    Column("enrolled_on", UtcDateTime, nullable=False),
    Column("completed_on", UtcDateTime),
    Column("last_active", UtcDateTime),
    CheckConstraint("status IN (0, 1, 2)", name="status"),
    CheckConstraint("percentage BETWEEN 0 AND 100", name="percentage"),
    sqlite_with_rowid=False,
)

# A resource that the learner has not opened has no row.
resource_states = Table(
    "resource_states",
    metadata,
    _learner_key(),
    Column("resource_id", ForeignKey("resources.id"), primary_key=True),
    Column("status", Integer, nullable=False),
    Column("score", Float),  # best result, percent
    Column("attempts", Integer, nullable=False),
    CheckConstraint("status IN (0, 1, 2)", name="status"),
    CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    sqlite_with_rowid=False,
)

certificates = Table(
    "certificates",
    metadata,
    Column("number", String, primary_key=True),
    Column("learner_id", ForeignKey("learners.id"), nullable=False),
    Column("course_id", ForeignKey("courses.id"), nullable=False),
    Column("issued_on", UtcDateTime, nullable=False),
    Column("language", String, nullable=False),
    Column("url", String),
    Index(None, "learner_id", "issued_on"),
)

# Prescribed to one learner, or to a department, a designation, or a designation in a
# department.
plan_items = Table(
    "plan_items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("learner_id", ForeignKey("learners.id"), index=True),
    Column("department_id", ForeignKey("departments.id"), index=True),
    Column("designation_id", ForeignKey("designations.id"), index=True),
    Column("course_id", ForeignKey("courses.id"), nullable=False),
    Column("deadline", Date, nullable=False),
    Column("apar", Boolean, nullable=False),
    CheckConstraint(
        "(learner_id IS NULL) <> (department_id IS NULL AND designation_id IS NULL)",
        name="scope",
    ),
)

learning_days = Table(
    "learning_days",
    metadata,
    _learner_key(),
    Column("day", Date, primary_key=True),  # in Asia/Kolkata
    Column("minutes", Integer, nullable=False),
    CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes"),
    sqlite_with_rowid=False,
)

karma_points = Table(
    "karma_points",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("learner_id", ForeignKey("learners.id"), nullable=False),
    Column("course_id", ForeignKey("courses.id")),
    Column("reason", String, nullable=False),
    Column("points", Integer, nullable=False),
    Column("earned_on", UtcDateTime, nullable=False),
    Index(None, "learner_id", "earned_on"),
)

# Sathi's own tables

links = Table(
    "links",
    metadata,
    Column("channel", String, nullable=False),
    Column("chat_key", String, primary_key=True),  # so that a chat has one learner
    Column("learner_id", String, nullable=False, index=True),
    Column("linked_on", UtcDateTime, nullable=False),
)

link_tokens = Table(
    "link_tokens",
    metadata,
    Column("jti", String, primary_key=True),
    Column("learner_id", String, nullable=False),
    Column("issued_on", UtcDateTime, nullable=False),
    Column("used_on", UtcDateTime),
)

# Conversations to delete. The sender's id is kept only until that is done.
erasures = Table(
    "erasures",
    metadata,
    Column("sender_id", String, primary_key=True),
    Column("due_on", UtcDateTime, nullable=False),
)

token_failures = Table(
    "token_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_key", String, nullable=False),
    Column("failed_on", UtcDateTime, nullable=False),
    Index(None, "chat_key", "failed_on"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("learner_id", String, index=True),
    Column("chat_key", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("target", String, nullable=False),
    Column("value", String, nullable=False),
    Column("created_on", UtcDateTime, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", String, primary_key=True),
    Column("chat_key", String, nullable=False, index=True),
    Column("learner_id", String, index=True),
    Column("subject", String, nullable=False),
    Column("course_id", String),
    Column("facts", JSON, nullable=False),
    Column("status", String, nullable=False),
    Column("created_on", UtcDateTime, nullable=False),
)

reminders = Table(
    "reminders",
    metadata,
    Column("chat_key", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("learner_id", String, nullable=False, unique=True),  # reminded in one chat only
    Column("locale", String, nullable=False),
    Column("enabled_on", UtcDateTime, nullable=False),
    # Day in Asia/Kolkata on which it was last found out whether something is due.
    Column("checked_on", Date),
)

sent_reminders = Table(
    "sent_reminders",
    metadata,
    Column("learner_id", String, primary_key=True),
    Column("key", String, primary_key=True),  # what it reminded of
    Column("chat_key", String, nullable=False, index=True),
    Column("day", Date, nullable=False),  # in Asia/Kolkata
    Column("sent_on", UtcDateTime, nullable=False),
)

# Messages that chats fetch. Ids only grow, also after rows were deleted, so that a chat knows
# by the last id it has seen what is new to it.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_key", String, nullable=False, index=True),
    Column("learner_id", String, nullable=False),
    Column("day", Date, nullable=False),  # in Asia/Kolkata
    Column("message", JSON, nullable=False),
    Column("created_on", UtcDateTime, nullable=False),
    UniqueConstraint("learner_id", "day"),  # one a day, whatever crashes or runs twice
    sqlite_autoincrement=True,
)

# Courses of the catalogue and since when Sathi has known them.
known_courses = Table(
    "known_courses",
    metadata,
    Column("course_id", String, primary_key=True),
    Column("first_seen", UtcDateTime, nullable=False),
)

quiz_results = Table(
    "quiz_results",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("learner_id", String, index=True),
    Column("chat_key", String, nullable=False, index=True),
    Column("competency", String, nullable=False),
    Column("correct", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("taken_on", UtcDateTime, nullable=False),
)
