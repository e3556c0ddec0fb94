"""Rasa channel of WhatsApp: the webhook of the Cloud API.

A message is written down, acknowledged with 200, and answered after that; Meta repeats
what is not acknowledged for up to seven days. Without an access token the channel is off.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks
"""

from __future__ import annotations

import json
import logging
from typing import Any, Awaitable, Callable, Dict, Optional, Text

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, text

from connectors.channels.bodies import read_body
from connectors.channels.conversations import Conversations
from connectors.channels.credentials import demand, settings_of
from connectors.channels.journal import JournalError
from connectors.channels.lifecycle import NotRunningError, run_with_server
from connectors.channels.whatsapp.addresses import CHANNEL
from connectors.channels.whatsapp.payloads import read
from connectors.channels.whatsapp.service import WhatsAppService, WhatsAppSettings
from connectors.channels.whatsapp.signature import is_genuine, is_handshake

logger = logging.getLogger(__name__)
# Meta's webhooks have up to 3 MB.
MAX_BYTES = 3 * 1024**2
_API = "https://graph.facebook.com/v25.0"
_SECRETS = ("app_secret", "verify_token", "phone_number_id")


class WhatsAppInput(InputChannel):
    """WhatsApp's input channel.

    Args:
        settings: how it runs; None when it is off.
    """

    def __init__(self, settings: Optional[WhatsAppSettings]) -> None:
        self._settings = settings

    @classmethod
    def name(cls) -> Text:
        """Return the name of the channel."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> WhatsAppInput:
        """Create the channel from its section in ``credentials.yml``.

        Raises:
            RasaException: there is an access token, but something else is missing.
        """
        given = settings_of(credentials)
        if not given.get("token"):
            return cls(None)
        missing = [f"SATHI_WHATSAPP_{name.upper()}" for name in _SECRETS if not given.get(name)]
        if missing:
            raise RasaException(f"WhatsApp needs {', '.join(missing)} beside its token")
        demand(cls, given, ("action_server", "journal"))
        return cls(
            WhatsAppSettings(
                token=given["token"],
                app_secret=given["app_secret"],
                verify_token=given["verify_token"],
                phone_number_id=given["phone_number_id"],
                api=(given.get("api") or _API).rstrip("/"),
                actions=given["action_server"],
                journal=given["journal"],
                template=given.get("template", ""),
                template_languages=tuple(given.get("template_languages", "").split()) or ("en",),
            )
        )

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the webhook's routes, and start and stop the channel with the server."""
        whatsapp = Blueprint("whatsapp_chat")
        settings = self._settings
        if settings is None:
            logger.info("WhatsApp is off: SATHI_WHATSAPP_TOKEN is not set")
            return whatsapp

        service = run_with_server(
            whatsapp,
            "WhatsApp",
            lambda app: WhatsAppService(settings, on_new_message, Conversations.of_app(app)),
        )

        @whatsapp.get("/webhook")
        async def shake_hands(request: Request) -> HTTPResponse:
            mode, token = request.args.get("hub.mode"), request.args.get("hub.verify_token")
            if not is_handshake(mode, token, settings.verify_token):
                return text("wrong verify token", status=403)
            return text(request.args.get("hub.challenge", ""))

        @whatsapp.post("/webhook", stream=True)
        async def receive(request: Request) -> HTTPResponse:
            body = await read_body(request, MAX_BYTES)
            if body is None:
                return text("too large", status=413)
            signature = request.headers.get("X-Hub-Signature-256")
            if not is_genuine(body, signature, settings.app_secret):
                return text("wrong signature", status=401)
            try:
                notification = read(json.loads(body), settings.phone_number_id)
            except (ValueError, RecursionError):
                return text("not a notification of the WhatsApp Cloud API", status=400)
            try:
                await service().take(notification)
            except (NotRunningError, JournalError):
                return text("try again", status=503)
            return text("")

        return whatsapp
