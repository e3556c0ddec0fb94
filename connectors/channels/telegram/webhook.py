"""Updates that Telegram posts: who may post them, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from sanic.request import Request

from connectors.channels.bodies import read_body

PATH = "/webhooks/telegram/webhook"
# An update with the longest text and all its entities stays below a tenth of it.
MAX_BYTES = 1024 * 1024
_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_LARGEST_ID = 2**63 - 1


class RefusedError(Exception):
    """A request is no update of Telegram's.

    Args:
        status: HTTP status to answer.
        reason: why, for the log and the sender.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def secret_of(token: str) -> str:
    """Return the secret that Telegram sends along with each update.

    It follows from the bot's token, so that every process knows it and nobody has to set it;
    the token does not follow from it.
    """
    return hmac.new(token.encode(), b"sathi telegram webhook", hashlib.sha256).hexdigest()


async def read_update(request: Request, secret: str) -> dict[str, Any]:
    """Return the update of a request whose body has not been read yet.

    Args:
        request: what was posted; the handler must be a streaming one.
        secret: what Telegram sends along.

    Raises:
        RefusedError: it does not come from Telegram, is too large, or is no update.
    """
    sent = request.headers.get(_HEADER, "").encode()
    if not hmac.compare_digest(sent, secret.encode()):
        raise RefusedError(401, "wrong secret")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusedError(415, "expected application/json")
    body = await read_body(request, MAX_BYTES)
    if body is None:
        raise RefusedError(413, "too large")
    try:
        update = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "malformed JSON") from error
    number = update.get("update_id") if isinstance(update, dict) else None
    if type(number) is not int or not 0 <= number <= _LARGEST_ID:
        raise RefusedError(400, "expected an update")
    return update
