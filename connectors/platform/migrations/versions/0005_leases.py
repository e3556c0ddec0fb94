"""Messages are leased to channels until these confirm them; channels erase what they keep."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Extend the outbox and make the table of erasures."""
    op.add_column("outbox", sa.Column("lease", sa.String()))
    op.add_column("outbox", sa.Column("leased_until", sa.DateTime(timezone=True)))
    op.create_table(
        "channel_erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("sender_id", sa.String(), nullable=False),
        sa.Column("requested_on", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_erasures")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_channel_erasures_channel"), "channel_erasures", ["channel"])


def downgrade() -> None:
    """Go back to messages that are handed out for good at once."""
    op.drop_table("channel_erasures")
    op.drop_column("outbox", "leased_until")
    op.drop_column("outbox", "lease")
