"""Reminders: one chat a learner, what was sent, and the messages that wait in the outbox.

The tables of this name that the first version made were never written to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables anew; their indexes go with the old ones."""
    op.drop_table("sent_reminders")
    op.drop_table("reminders")
    op.create_table(
        "reminders",
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("enabled_on", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_on", sa.Date()),
        sa.PrimaryKeyConstraint("chat_key", name=op.f("pk_reminders")),
        sa.UniqueConstraint("learner_id", name=op.f("uq_reminders_learner_id")),
    )
    op.create_table(
        "sent_reminders",
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("learner_id", "key", name=op.f("pk_sent_reminders")),
    )
    op.create_index(op.f("ix_sent_reminders_chat_key"), "sent_reminders", ["chat_key"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("message", sa.JSON(), nullable=False),
        sa.Column("created_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("learner_id", "day", name=op.f("uq_outbox_learner_id_day")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_chat_key"), "outbox", ["chat_key"])
    op.create_table(
        "known_courses",
        sa.Column("course_id", sa.String(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_known_courses")),
    )


def downgrade() -> None:
    """Make the tables of the first version again, empty."""
    op.drop_table("known_courses")
    op.drop_table("outbox")
    op.drop_table("sent_reminders")
    op.drop_table("reminders")
    op.create_table(
        "reminders",
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("learner_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("enabled_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_key", name=op.f("pk_reminders")),
    )
    op.create_index(op.f("ix_reminders_learner_id"), "reminders", ["learner_id"])
    op.create_table(
        "sent_reminders",
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("chat_key", "key", name=op.f("pk_sent_reminders")),
    )
    op.create_index(op.f("ix_sent_reminders_chat_key_day"), "sent_reminders", ["chat_key", "day"])
