"""Rasa channel of Telegram.

With ``public_url`` Telegram posts its updates to ``/webhooks/telegram/webhook``, without it
they are fetched by long polling. Without a token the channel is off.
"""

from __future__ import annotations

import logging
from typing import Any, Awaitable, Callable, Dict, Optional, Text

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from connectors.channels.conversations import Conversations
from connectors.channels.credentials import demand, settings_of
from connectors.channels.journal import JournalError
from connectors.channels.lifecycle import NotRunningError, run_with_server
from connectors.channels.telegram.addresses import CHANNEL
from connectors.channels.telegram.service import TelegramService, TelegramSettings
from connectors.channels.telegram.webhook import RefusedError

logger = logging.getLogger(__name__)
_API = "https://api.telegram.org"


class TelegramInput(InputChannel):
    """Telegram's input channel.

    Args:
        settings: how the bot runs; None when it is off.
    """

    def __init__(self, settings: Optional[TelegramSettings]) -> None:
        self._settings = settings

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> TelegramInput:
        """Create the channel from its section in ``credentials.yml``.

        Raises:
            RasaException: a setting is missing.
        """
        given = settings_of(credentials)
        if not given.get("token"):
            return cls(None)
        demand(cls, given, ("action_server", "journal"))
        public_url = given.get("public_url", "")
        if public_url and not public_url.startswith("https://"):
            raise RasaException("SATHI_PUBLIC_URL must begin with https:// for Telegram's webhook")
        api = (given.get("api") or _API).rstrip("/")
        return cls(
            TelegramSettings(
                given["token"], api, public_url, given["action_server"], given["journal"]
            )
        )

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the webhook's route, and start and stop the bot with the server."""
        telegram = Blueprint("telegram_chat")
        settings = self._settings
        if settings is None:
            logger.info("Telegram is off: TELEGRAM_BOT_TOKEN is not set")
            return telegram

        service = run_with_server(
            telegram,
            "Telegram",
            lambda app: TelegramService(settings, on_new_message, Conversations.of_app(app)),
        )

        @telegram.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            if not settings.by_webhook:
                return json({"error": "no webhook"}, status=404)
            try:
                await service().receive(request)
            except RefusedError as error:
                return json({"error": str(error)}, status=error.status)
            except (NotRunningError, JournalError):
                return json({"error": "try again"}, status=503)
            return json({})

        return telegram
