"""What operators ask of the assistant: ``/health``, ``/ready`` and ``/metrics``.

It is a channel without messages, because channels are how Rasa takes routes.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Awaitable, Callable, Dict, Optional, Text

import sqlalchemy as sa
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json
from sqlalchemy.exc import SQLAlchemyError

from connectors.channels.action_server import ActionServer
from connectors.channels.credentials import demand, settings_of
from connectors.channels.journal import Journal, JournalError
from connectors.channels.observed_agent import ObservedAgent
from connectors.observability.interpreter import keep_what_stands, take_turns_quickly
from connectors.observability.logs import LogFormatError, format_logs
from connectors.observability.operator_routes import add_operator_routes, passes
from connectors.observability.request_id import (
    HEADER,
    current_request_id,
    known_or_new,
    set_request_id,
)
from connectors.observability.tracing import TracingSettingError, start_tracing, stop_tracing

logger = logging.getLogger(__name__)
# Above the largest webhook, WhatsApp's of 3 MB; more is not even read.
MAX_BODY = 4 * 1024**2
_FAULTS = (JournalError, SQLAlchemyError)


class Operations(InputChannel):
    """Tell operators how the assistant is.

    Args:
        actions: address of the action server, e.g. ``http://127.0.0.1:5055``.
        journal: SQLAlchemy URL of the channels' journal.
    """

    def __init__(self, actions: Text, journal: Text) -> None:
        self._actions = ActionServer(actions)
        self._journal_url = journal
        self._journal: Optional[Journal] = None
        self._is_stopping = False

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return "operations"

    def url_prefix(self) -> Text:
        """Return where the routes are, instead of below ``/webhooks``."""
        return "/"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> Operations:
        """Create the channel from its section in ``credentials.yml``.

        Raises:
            RasaException: a setting is missing or wrong.
        """
        given = settings_of(credentials)
        demand(cls, given, ("action_server", "journal"))
        try:
            # Rasa's command line has put a format of its own over that of logging.yml.
            format_logs("assistant")
            start_tracing("assistant")
        except (LogFormatError, TracingSettingError) as error:
            raise RasaException(str(error)) from error
        return cls(given["action_server"], given["journal"])

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes, and have messages counted and named while the server runs."""
        operations = Blueprint("operations")

        @operations.listener("before_server_start")
        async def prepare(app: Sanic, _: Any) -> None:
            app.config.REQUEST_MAX_SIZE = MAX_BODY
            app.register_middleware(_name_request, "request")
            app.register_middleware(_return_name, "response")

        @operations.listener("after_server_start")
        async def observe(app: Sanic, _: Any) -> None:
            take_turns_quickly()
            ObservedAgent.install(app)
            keep_what_stands()

        @operations.listener("after_server_stop")
        async def end(app: Sanic, _: Any) -> None:
            if isinstance(app.ctx.agent, ObservedAgent):
                await app.ctx.agent.close()
            await stop_tracing()

        @operations.listener("before_server_stop")
        async def stop(_: Sanic, __: Any) -> None:
            self._is_stopping = True

        @operations.get("/health")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok"})

        add_operator_routes(
            operations,
            lambda request: self._checks(request.app),
            lambda: self._opened_journal().depths(),
            (JournalError,),
        )
        return operations

    async def _checks(self, app: Sanic) -> Dict[Text, bool]:
        """Return what is needed to answer messages, and whether it is well."""
        agent = getattr(app.ctx, "agent", None)
        has_model = agent is not None and agent.is_ready()
        actions, conversations, journal = await asyncio.gather(
            self._actions.is_ready(),
            passes(lambda: _check_store(agent.tracker_store) if has_model else None, _FAULTS),
            passes(lambda: self._opened_journal().check_writable(), _FAULTS),
        )
        return {
            "running": not self._is_stopping,
            "model": has_model,
            "action_server": actions,
            "conversations": has_model and conversations,
            "journal": journal,
        }

    def _opened_journal(self) -> Journal:
        """Return the journal, opened with the first question.

        Raises:
            JournalError: it cannot be used.
        """
        if self._journal is None:
            journal = Journal(self._journal_url)
            journal.prepare()
            self._journal = journal
        return self._journal


def _check_store(store: Any) -> None:
    """Check that conversations can be written, where they are kept in SQL.

    Raises:
        SQLAlchemyError: they cannot.
    """
    # Rasa wraps its stores, and names no way to the one inside.
    while not isinstance(store, SQLTrackerStore):
        store = getattr(store, "_tracker_store", None)
        if store is None:
            return
    events = SQLTrackerStore.SQLEvent.__table__
    # It changes nothing and still needs the right and the lock to write.
    nothing = sa.update(events).where(sa.false()).values(sender_id=events.c.sender_id)
    with store.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(nothing)
        transaction.rollback()


async def _name_request(request: Request) -> None:
    """Give a request the id that its log lines carry."""
    set_request_id(known_or_new(request.headers.get(HEADER)))


async def _return_name(request: Request, response: HTTPResponse) -> None:
    identifier = current_request_id()
    if identifier:
        response.headers[HEADER] = identifier
