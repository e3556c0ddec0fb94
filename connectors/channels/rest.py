"""Rasa's REST channel, which answers with an apology where Rasa's own answers with nothing."""

from __future__ import annotations

import logging
from typing import Any, Awaitable, Callable, Optional, Text

from rasa.core.channels import rest
from rasa.core.channels.channel import UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.channels.conversations import Conversations
from connectors.channels.strings import words
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
# A message may have 1,000 characters; a longer one is declined in words, one like this is not.
MAX_BODY = 64 * 1024
# What Rasa's tracker store takes.
_LONGEST_SENDER = 255
# How other channels name their conversations. Who may write here may write anything, and
# must not pass for somebody there.
_OTHER_CHANNELS = ("telegram-", "web-", "whatsapp-")


class RestInput(rest.RestInput):
    """``POST /webhooks/rest/webhook`` with ``{"sender": ..., "message": ...}``."""

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return Rasa's routes, with requests checked before and silence broken after."""
        conversations: Optional[Conversations] = None

        async def answer(message: UserMessage) -> None:
            try:
                await on_new_message(message)
            except Exception as error:
                # Its text may quote the message.
                logger.error("rest: a turn failed: %s", type(error).__name__)  # noqa: TRY400
            output = message.output_channel
            # A stream tells by itself that it ended; elsewhere no reply means a fault.
            if isinstance(output.messages, list) and not output.messages:
                locale = await conversations.locale(message.sender_id) if conversations else None
                text = words("try_again", locale or registry.DEFAULT_LOCALE)
                await output.send_text_message(message.sender_id, text)

        routes = super().blueprint(answer)

        @routes.listener("after_server_start")
        async def find_conversations(app: Sanic, _: Any) -> None:
            nonlocal conversations
            conversations = Conversations.of_app(app)

        @routes.middleware("request")
        async def check(request: Request) -> Optional[HTTPResponse]:
            return _refused(request) if request.method == "POST" else None

        return routes


def _refused(request: Request) -> Optional[HTTPResponse]:
    """Return the answer to what is no message, None for a message."""
    if len(request.body) > MAX_BODY:
        return json({"error": "larger than 64 kB"}, status=413)
    try:
        body = request.json
    except Exception:
        body = None
    texts = ("sender", "message", "input_channel")
    is_message = (
        isinstance(body, dict)
        and isinstance(body.get("message"), str)
        and all(isinstance(body.get(name), (str, type(None))) for name in texts)
        and isinstance(body.get("metadata"), (dict, type(None)))
    )
    if not is_message:
        return json({"error": _expected()}, status=400)
    sender, channel = body.get("sender") or "", body.get("input_channel")
    is_own = channel in (None, "", RestInput.name()) and not sender.startswith(_OTHER_CHANNELS)
    if not is_own:
        return json({"error": "the conversation belongs to another channel"}, status=403)
    if len(sender) > _LONGEST_SENDER:
        return json({"error": f"sender has more than {_LONGEST_SENDER} characters"}, status=400)
    return None


def _expected() -> Text:
    return 'expected JSON: {"sender": "<id of the conversation>", "message": "<text>"}'
