"""What desks elsewhere tell Sathi: ``POST /helpdesk/chatwoot/<secret>``.

The assistant passes calls on, see ``connectors.channels.helpdesk_hook``.
"""

from __future__ import annotations

import asyncio
import logging

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.helpdesk.chatwoot_hook import BadPayloadError, HookCall, WrongSecretError
from connectors.helpdesk.desk import HelpdeskError
from connectors.helpdesk.factory import Helpdesk
from connectors.platform.records import PlatformError

logger = logging.getLogger(__name__)


def helpdesk_routes(helpdesk: Helpdesk) -> Blueprint:
    """Return the routes of the desk that is configured; without one there is nothing."""
    routes = Blueprint("helpdesk", url_prefix="/helpdesk")

    @routes.post("/chatwoot/<secret:str>")
    async def chatwoot(request: Request, secret: str) -> HTTPResponse:
        if helpdesk.hook is None:
            return json({"error": "Chatwoot is not the helpdesk"}, status=404)
        call = HookCall(
            secret,
            request.body,
            request.headers.get("X-Chatwoot-Signature", ""),
            request.headers.get("X-Chatwoot-Timestamp", ""),
        )
        try:
            await asyncio.to_thread(helpdesk.hook.receive, call)
        except WrongSecretError:
            return json({"error": "wrong secret or signature"}, status=401)
        except BadPayloadError as error:
            return json({"error": str(error)}, status=400)
        except HelpdeskError as error:
            # Chatwoot shows the agent that the message did not arrive.
            logger.info("not passed on: %s", type(error).__name__)
            return json({"error": "the ticket is closed"}, status=409)
        except PlatformError:
            return json({"error": "try again later"}, status=503)
        return json({"status": "ok"})

    return routes
