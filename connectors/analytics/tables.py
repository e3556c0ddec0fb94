"""The table of turns, which the assistant writes and the console reads.

It is a database of its own: the assistant has SQLAlchemy 1.4, the action server 2.x, and
what is in it can be lost without harm.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DBAPIError

_metadata = sa.MetaData()
_TRIES = 3

turns = sa.Table(
    "turns",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("chat_key", sa.String(64), nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("started_on", sa.Float, nullable=False),  # seconds since 1970
    sa.Column("day", sa.Date, nullable=False),  # in Asia/Kolkata
    sa.Column("starts_conversation", sa.Boolean, nullable=False),
    sa.Column("locale", sa.String),
    sa.Column("intent", sa.String),
    sa.Column("intent_confidence", sa.Float),
    sa.Column("action", sa.String),
    sa.Column("response", sa.String),
    sa.Column("outcome", sa.String),  # see Outcome in turns.py
    sa.Column("answer_confidence", sa.Float),
    sa.Column("courses", sa.JSON, nullable=False),  # ids of those that were shown
    sa.Column("hand_off", sa.Boolean, nullable=False),
    sa.Column("milliseconds", sa.Integer, nullable=False),  # from understanding to the end
    sa.Index("ix_turns_chat_key", "chat_key"),
    sa.Index("ix_turns_day", "day"),
)


def open_events(url: str) -> Engine:
    """Open the database of turns; its table is made if it is missing.

    Args:
        url: SQLAlchemy URL, e.g. ``sqlite:///var/events.db`` or ``postgresql://...``, which
            each process opens with the driver that it has.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be used.
    """
    address = make_url(url)
    options = {}
    if address.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": 5.0, "check_same_thread": False}
        if address.database and address.database != ":memory:":
            # SQLAlchemy 1.4 opens a file anew for every statement if it is not told otherwise.
            options["poolclass"] = sa.pool.QueuePool
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        address, future=True, hide_parameters=True, pool_pre_ping=True, **options
    )
    if options:
        sa.event.listen(engine, "connect", _set_up_sqlite)
    for left in reversed(range(_TRIES)):
        try:
            _metadata.create_all(engine)
        except DBAPIError:
            # The other process made it in the same moment.
            if not left:
                raise
            time.sleep(0.2)
        else:
            break
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # A loss of power may cost the last turns, no more; otherwise each would wait for the disk.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
