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
    LargeBinary,
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

# Chats whose channel has to erase what it keeps of them; done, a row is deleted.
channel_erasures = Table(
    "channel_erasures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("channel", String, nullable=False, index=True),
    Column("sender_id", String, nullable=False),
    Column("requested_on", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,  # what is confirmed late erases no later request
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
    Column("channel", String, nullable=False),
    Column("learner_id", String, index=True),
    Column("subject", String, nullable=False),
    Column("course_id", String),
    Column("status", String, nullable=False),
    Column("priority", String, nullable=False),
    Column("locale", String, nullable=False),
    Column("intent", String),
    Column("summary", JSON, nullable=False),  # what was said before
    Column("attempts", JSON, nullable=False),  # what Sathi tried
    Column("converses", Boolean, nullable=False),  # whether the chat's messages go to it
    Column("opened_on", UtcDateTime, nullable=False),
    Column("held_by", String),  # the agent who took it last
    Column("held_until", UtcDateTime),
    Column("closed_on", UtcDateTime),
    Column("satisfaction", Integer),
    Column("remote_contact", String),
    Column("remote_id", String, index=True),
    Index(None, "status", "opened_on"),
    CheckConstraint("status IN ('open', 'held', 'pending', 'closed')", name="status"),
    CheckConstraint("satisfaction IN (0, 1)", name="satisfaction"),
)

ticket_messages = Table(
    "ticket_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("chat_key", String, nullable=False, index=True),
    Column("sender", String, nullable=False),
    Column("author", String),  # name of the agent
    Column("text", String, nullable=False),
    Column("is_note", Boolean, nullable=False),  # seen by agents only
    Column("was_sent", Boolean, nullable=False),  # to the learner's chat
    Column("sent_on", UtcDateTime, nullable=False),
    Column("remote_id", String),
    UniqueConstraint("ticket_id", "remote_id"),
    Index(None, "ticket_id", "id"),
    CheckConstraint("sender IN ('learner', 'bot', 'agent', 'system')", name="sender"),
    sqlite_autoincrement=True,
)

# What a remote helpdesk has to be told yet; told, a row is deleted.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("chat_key", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("message_id", ForeignKey("ticket_messages.id", ondelete="CASCADE")),
    Column("attempts", Integer, nullable=False),
    Column("due_on", UtcDateTime, nullable=False),
    Index(None, "ticket_id", "id"),
    CheckConstraint("kind IN ('open', 'message', 'close')", name="kind"),
    sqlite_autoincrement=True,
)

# Addresses of chats that Sathi has to write to unasked: those with an open ticket, with
# messages that wait, or with reminders, on channels that do not fetch them.
chats = Table(
    "chats",
    metadata,
    Column("chat_key", String, primary_key=True),
    Column("channel", String, nullable=False, index=True),
    Column("recipient", String, nullable=False),
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
    Column("learner_id", String),  # whose data it may hold
    Column("day", Date),  # of a reminder, in Asia/Kolkata
    Column("message", JSON, nullable=False),
    Column("created_on", UtcDateTime, nullable=False),
    Column("lease", String),  # of the channel that is taking it over
    Column("leased_until", UtcDateTime),
    Column("handed_out_on", UtcDateTime),  # to a channel, which has confirmed it
    # One reminder a day, whatever crashes or runs twice.
    UniqueConstraint("learner_id", "day"),
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

# The helpdesk's console

agents = Table(
    "agents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("email", String, nullable=False, unique=True),  # in lower case
    Column("role", String, nullable=False),
    Column("password_hash", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_on", UtcDateTime, nullable=False),
    CheckConstraint("role IN ('agent', 'lead', 'admin')", name="role"),
    sqlite_autoincrement=True,  # an id in the audit log never means somebody else later
)

# Wrong passwords, by the address that was typed, whether or not it has an account.
login_failures = Table(
    "login_failures",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String, nullable=False),
    Column("failed_on", UtcDateTime, nullable=False),
    Index(None, "email", "failed_on"),
)

console_sessions = Table(
    "console_sessions",
    metadata,
    Column("key", String, primary_key=True),  # hash of the cookie's value
    Column("agent_id", ForeignKey("agents.id"), nullable=False, index=True),
    Column("csrf_token", String, nullable=False),
    Column("created_on", UtcDateTime, nullable=False),
    Column("last_seen_on", UtcDateTime, nullable=False),
)

# Who changed what: kinds and ids, never texts.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("agent_id", ForeignKey("agents.id")),
    Column("action", String, nullable=False),
    Column("target", String, nullable=False),
    Column("happened_on", UtcDateTime, nullable=False, index=True),
)

canned_answers = Table(
    "canned_answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String, nullable=False),
    Column("locale", String, nullable=False, index=True),
    Column("text", String, nullable=False),
)

# Platform questions that agents answered for good; live ones are found by the search.
faq_entries = Table(
    "faq_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("status", String, nullable=False, index=True),
    Column("author_id", ForeignKey("agents.id"), nullable=False),
    Column("reviewer_id", ForeignKey("agents.id")),
    Column("replaces_id", ForeignKey("faq_entries.id")),  # what goes when this one goes live
    Column("created_on", UtcDateTime, nullable=False),
    Column("reviewed_on", UtcDateTime),
    CheckConstraint("status IN ('review', 'live', 'rejected', 'retired')", name="status"),
    sqlite_autoincrement=True,  # conversations refer to entries by id
)

faq_texts = Table(
    "faq_texts",
    metadata,
    Column("entry_id", ForeignKey("faq_entries.id"), primary_key=True),
    Column("locale", String, primary_key=True),
    Column("question", String, nullable=False),
    Column("variants", JSON, nullable=False),  # other wordings of the question
    Column("answer", String, nullable=False),
    sqlite_with_rowid=False,
)

# One row, counted up with every change of what is live.
faq_version = Table(
    "faq_version",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    CheckConstraint("id = 1", name="single"),
)

# Questions that Sathi had no answer for, redacted.
unanswered_questions = Table(
    "unanswered_questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("chat_key", String, nullable=False, index=True),
    Column("locale", String, nullable=False),
    Column("text", String, nullable=False),
    Column("asked_on", UtcDateTime, nullable=False, index=True),
    Column("model", String),  # what the vector was made with
    Column("vector", LargeBinary),  # float32, of length 1
    Column("faq_id", ForeignKey("faq_entries.id")),  # the entry that was made for it
)
