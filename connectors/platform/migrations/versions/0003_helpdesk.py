"""The helpdesk: what a ticket carries, its messages, and what waits for remote desks and chats."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATUSES = "status IN ('open', 'held', 'pending', 'closed')"
_tickets = sa.table("tickets", sa.column("id"), sa.column("facts"), sa.column("locale"))


def upgrade() -> None:
    """Extend tickets and the outbox, and make the other tables."""
    _extend_tickets()
    _make_tables()
    _open_outbox()


def _extend_tickets() -> None:
    """Add columns; those that may not be empty start with a value of their own."""
    with op.batch_alter_table("tickets") as batch:
        batch.alter_column("created_on", new_column_name="opened_on")
        for name, start in (
            ("channel", ""),
            ("priority", "normal"),
            ("locale", "en"),
        ):
            batch.add_column(sa.Column(name, sa.String(), nullable=False, server_default=start))
        for name in ("summary", "attempts"):
            batch.add_column(sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(
            sa.Column("converses", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        for name in ("intent", "held_by", "remote_contact", "remote_id"):
            batch.add_column(sa.Column(name, sa.String()))
        for name in ("held_until", "closed_on"):
            batch.add_column(sa.Column(name, sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("satisfaction", sa.Integer()))
        batch.create_check_constraint(op.f("ck_tickets_status"), _STATUSES)
        batch.create_check_constraint(op.f("ck_tickets_satisfaction"), "satisfaction IN (0, 1)")
    _move_locales()
    with op.batch_alter_table("tickets") as batch:
        batch.drop_column("facts")
        for name in ("channel", "priority", "locale", "summary", "attempts", "converses"):
            batch.alter_column(name, server_default=None)
    op.create_index(op.f("ix_tickets_remote_id"), "tickets", ["remote_id"])
    op.create_index(op.f("ix_tickets_status_opened_on"), "tickets", ["status", "opened_on"])


def _move_locales() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_tickets.c.id, _tickets.c.facts)).all():
        facts = json.loads(row.facts) if isinstance(row.facts, str) else row.facts
        if facts.get("locale"):
            own = _tickets.c.id == row.id
            connection.execute(sa.update(_tickets).where(own).values(locale=facts["locale"]))


def _make_tables() -> None:
    op.create_table(
        "ticket_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("author", sa.String()),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("is_note", sa.Boolean(), nullable=False),
        sa.Column("was_sent", sa.Boolean(), nullable=False),
        sa.Column("sent_on", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remote_id", sa.String()),
        sa.CheckConstraint(
            "sender IN ('learner', 'bot', 'agent', 'system')",
            name=op.f("ck_ticket_messages_sender"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_ticket_messages_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_messages")),
        sa.UniqueConstraint(
            "ticket_id", "remote_id", name=op.f("uq_ticket_messages_ticket_id_remote_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_ticket_messages_chat_key"), "ticket_messages", ["chat_key"])
    op.create_index(op.f("ix_ticket_messages_ticket_id_id"), "ticket_messages", ["ticket_id", "id"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("message_id", sa.Integer()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('open', 'message', 'close')", name=op.f("ck_deliveries_kind")),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_deliveries_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["ticket_messages.id"],
            name=op.f("fk_deliveries_message_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_deliveries_chat_key"), "deliveries", ["chat_key"])
    op.create_index(op.f("ix_deliveries_ticket_id_id"), "deliveries", ["ticket_id", "id"])
    op.create_table(
        "chats",
        sa.Column("chat_key", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("chat_key", name=op.f("pk_chats")),
    )
    op.create_index(op.f("ix_chats_channel"), "chats", ["channel"])


def _open_outbox() -> None:
    """Let messages in that are no reminders; ids go on where they were."""
    last = _last_outbox_id()
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.alter_column("learner_id", nullable=True)
        batch.alter_column("day", nullable=True)
        batch.add_column(sa.Column("handed_out_on", sa.DateTime(timezone=True)))
    if last is not None:
        # The table was made anew, and its count with it.
        connection = op.get_bind()
        connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = 'outbox'"))
        row = {"last": last}
        connection.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', :last)"), row
        )


def _last_outbox_id() -> int | None:
    """Return the last id that SQLite gave out; other databases keep count by themselves."""
    if op.get_bind().dialect.name != "sqlite":
        return None
    query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
    return op.get_bind().execute(query).scalar()


def downgrade() -> None:
    """Go back to tickets that only say what they are about."""
    op.execute("DELETE FROM outbox WHERE learner_id IS NULL OR day IS NULL")
    with op.batch_alter_table("outbox", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_column("handed_out_on")
        batch.alter_column("day", nullable=False)
        batch.alter_column("learner_id", nullable=False)
    for table in ("chats", "deliveries", "ticket_messages"):
        op.drop_table(table)
    op.drop_index(op.f("ix_tickets_status_opened_on"), "tickets")
    op.drop_index(op.f("ix_tickets_remote_id"), "tickets")
    with op.batch_alter_table("tickets") as batch:
        batch.drop_constraint(op.f("ck_tickets_satisfaction"), type_="check")
        batch.drop_constraint(op.f("ck_tickets_status"), type_="check")
        batch.add_column(sa.Column("facts", sa.JSON(), nullable=False, server_default="{}"))
        batch.alter_column("opened_on", new_column_name="created_on")
        for name in (
            *("channel", "priority", "locale", "intent", "summary", "attempts", "converses"),
            *("held_by", "held_until", "closed_on", "satisfaction", "remote_contact", "remote_id"),
        ):
            batch.drop_column(name)
    with op.batch_alter_table("tickets") as batch:
        batch.alter_column("facts", server_default=None)
