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
from sanic.response import HTTPResponse, json, raw
from sqlalchemy.exc import SQLAlchemyError

from connectors.channels.action_server import ActionServer
from connectors.channels.credentials import demand, settings_of
from connectors.channels.journal import Journal, JournalError
from connectors.channels.observed_agent import ObservedAgent
from connectors.observability.logs import LogFormatError, format_logs
from connectors.observability.metrics import CONTENT_TYPE, exposition, may_read, set_queue_depths
from connectors.observability.request_id import (
    HEADER,
    current_request_id,
    known_or_new,
    set_request_id,
)

logger = logging.getLogger(__name__)
# Above the largest webhook, WhatsApp's of 3 MB; more is not even read.
MAX_BODY = 4 * 1024**2
_CHECK_SECONDS = 3.0


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
            RasaException: a setting is missing.
        """
        given = settings_of(credentials)
        demand(cls, given, ("action_server", "journal"))
        try:
            # Rasa's command line has put a format of its own over that of logging.yml.
            format_logs("assistant")
        except LogFormatError as error:
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
            ObservedAgent.install(app)

        @operations.listener("before_server_stop")
        async def stop(_: Sanic, __: Any) -> None:
            self._is_stopping = True

        @operations.get("/health")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @operations.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            checks = await self._checks(request.app)
            is_ready = all(checks.values())
            status = "ready" if is_ready else "not ready"
            return json({"status": status, "checks": checks}, status=200 if is_ready else 503)

        @operations.get("/metrics")
        async def metrics(request: Request) -> HTTPResponse:
            if not may_read(request.ip, request.headers):
                return json({"error": "not for you"}, status=403)
            try:
                depths = await asyncio.to_thread(lambda: self._opened_journal().depths())
            except JournalError:
                logger.warning("metrics: the journal's queues are not counted now")
            else:
                for queue, by_channel in depths.items():
                    set_queue_depths(queue, by_channel)
            return raw(exposition(), content_type=CONTENT_TYPE)

        return operations

    async def _checks(self, app: Sanic) -> Dict[Text, bool]:
        """Return what is needed to answer messages, and whether it is well."""
        agent = getattr(app.ctx, "agent", None)
        has_model = agent is not None and agent.is_ready()
        actions, conversations, journal = await asyncio.gather(
            self._actions.is_ready(),
            _in_time(lambda: _check_store(agent.tracker_store) if has_model else None),
            _in_time(lambda: self._opened_journal().check_writable()),
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


async def _in_time(check: Callable[[], None]) -> bool:
    """Tell whether a check that blocks passes before the operator loses patience."""
    try:
        await asyncio.wait_for(asyncio.to_thread(check), _CHECK_SECONDS)
    except (JournalError, SQLAlchemyError, asyncio.TimeoutError) as error:
        logger.warning("not ready: %s", type(error).__name__)
        return False
    return True


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
