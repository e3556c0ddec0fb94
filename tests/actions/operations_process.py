"""A server as the action server's, with slow calls, run by ``test_operations``: PORT DATABASE."""

from __future__ import annotations

import asyncio
import sys

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.actions.operations import observe, operations_routes
from connectors.observability.request_id import current_request_id
from connectors.platform.database import migrate, open_database
from connectors.platform.outbox import Outbox
from connectors.platform.schema import utc_now

SLOW_SECONDS = 1.5


def main() -> None:
    engine = open_database(f"sqlite:///{sys.argv[2]}")
    migrate(engine)
    app = Sanic("operations", configure_logging=False)
    observe(app)
    app.blueprint(operations_routes(Outbox(engine, utc_now)))

    @app.post("/webhook")
    async def webhook(_: Request) -> HTTPResponse:
        await asyncio.sleep(SLOW_SECONDS)
        return json({"request_id": current_request_id()})

    @app.post("/nlg")
    async def nlg(_: Request) -> HTTPResponse:
        return json({"request_id": current_request_id()})

    app.run("127.0.0.1", int(sys.argv[1]), single_process=True, motd=False)


if __name__ == "__main__":
    main()
