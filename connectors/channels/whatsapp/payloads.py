"""What a webhook of the WhatsApp Cloud API says: messages of users and failed deliveries.

Format: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

logger = logging.getLogger(__name__)
# "LINK <token>" is what https://wa.me/<number>?text=LINK%20<token> puts into the message box.
_LINK = re.compile(r"\s*link[\s:]+(?P<token>[A-Za-z0-9_-]{20,64})\s*", re.IGNORECASE)
# WhatsApp's types of messages that hold no words -> what the reply calls them.
_KINDS = {
    **dict.fromkeys(("audio", "voice"), "voice"),
    **dict.fromkeys(("image", "video"), "photo"),
    "sticker": "sticker",
    "document": "document",
    "location": "location",
    "contacts": "contact",
}
# Events about a chat, not messages in it.
_SILENT = frozenset({"reaction", "revoke", "system"})


class PayloadError(ValueError):
    """The webhook's body is no notification of a WhatsApp business account."""


@dataclass(frozen=True)
class Incoming:
    """A message that a user sent.

    Attributes:
        id: id of the message ("wamid..."), unique for ever.
        chat_id: the user: their business-scoped id ("IN.1410..."), which outlives a hidden
            phone number, or the number where WhatsApp gives no such id.
        sent_at: when it was sent, Unix time in seconds.
        text: what the bot reads; for a choice the id that ``rendering`` gave it.
        is_choice: whether a button or a row of a list was chosen.
        quotes: id of the message the reply has to quote: that of an edited message.
    """

    id: str
    chat_id: str
    sent_at: int
    text: str
    is_choice: bool = False
    quotes: Optional[str] = None


@dataclass(frozen=True)
class Failure:
    """A message that WhatsApp accepted and could not deliver.

    Attributes:
        chat_id: the user it was meant for.
        code: WhatsApp's error code, 0 if it gives none.
    """

    chat_id: str
    code: int


@dataclass(frozen=True)
class Notification:
    """What one webhook says.

    Attributes:
        messages: messages of users, oldest first.
        failures: messages that did not arrive.
        tags: tags of the messages that it reports on: WhatsApp has taken them.
    """

    messages: list[Incoming]
    failures: list[Failure]
    tags: list[str]


def read(body: Any, phone_number_id: str) -> Notification:
    """Read the body of a webhook.

    Args:
        body: decoded JSON.
        phone_number_id: the business number that this Sathi answers for; what other numbers
            of the same account receive is left out.

    Raises:
        PayloadError: it is no notification of a WhatsApp business account.
    """
    messages: list[Incoming] = []
    failures: list[Failure] = []
    tags: list[str] = []
    for value in _values(body):
        metadata = value.get("metadata")
        if not isinstance(metadata, dict) or metadata.get("phone_number_id") != phone_number_id:
            continue
        contacts = _items(value, "contacts")
        for message in _items(value, "messages"):
            messages += _guarded(_incoming, message, contacts)
        for status in _items(value, "statuses"):
            failures += _guarded(_failure, status, contacts)
            tags += _guarded(_tag, status, contacts)
    return Notification(sorted(messages, key=lambda message: message.sent_at), failures, tags)


def _values(body: Any) -> Iterator[dict[str, Any]]:
    try:
        if body["object"] != "whatsapp_business_account":
            raise PayloadError("not about a WhatsApp business account")
        for entry in body["entry"]:
            for change in entry["changes"]:
                if change["field"] == "messages":
                    yield dict(change["value"])
    except (KeyError, TypeError, ValueError) as error:
        raise PayloadError("not a notification of the WhatsApp Cloud API") from error


def _items(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _guarded(
    reader: Callable[[Mapping[str, Any], list[Any]], Iterator[Any]],
    item: Mapping[str, Any],
    contacts: list[Any],
) -> list[Any]:
    """Read one item; one that is not as documented must not cost the others."""
    try:
        return list(reader(item, contacts))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        logger.warning("an item of a WhatsApp webhook is not as documented: %r", type(error))
        return []


def _incoming(message: Mapping[str, Any], contacts: list[Any]) -> Iterator[Incoming]:
    if message["type"] in _SILENT or message.get("group_id"):
        return
    chat_id = message.get("from_user_id") or _contact_id(contacts) or message["from"]
    quotes = None
    content = message
    if message["type"] == "edit":
        quotes, content = message["edit"]["original_message_id"], message["edit"]["message"]
    choice = _choice(content)
    text = _text(content) if choice is None else choice
    sent_at = int(message["timestamp"])
    yield Incoming(message["id"], chat_id, sent_at, text, choice is not None, quotes)


def _contact_id(contacts: list[Any]) -> Optional[str]:
    """Return the business-scoped id of the only contact a webhook names."""
    return contacts[0].get("user_id") if len(contacts) == 1 else None


def _choice(message: Mapping[str, Any]) -> Optional[str]:
    """Return the id of what was chosen, None if the message is no choice."""
    content = message.get("interactive") or {}
    if content.get("type") in ("button_reply", "list_reply"):
        return content[content["type"]]["id"]
    return None


def _text(message: Mapping[str, Any]) -> str:
    """Return what the bot reads of a message that is no choice."""
    kind = message["type"]
    content = message.get(kind) or {}
    if kind == "text":
        return _command(content["body"])
    if kind == "button":  # of a template
        return _command(content.get("payload") or content["text"])
    if kind == "request_welcome":
        return "/greet"
    if isinstance(content, dict) and content.get("caption"):  # of a picture, a video, a file
        return _command(content["caption"])
    return "/unsupported_message" + json.dumps({"kind": _KINDS.get(kind, "other")})


def _command(text: str) -> str:
    match = _LINK.fullmatch(text)
    return f"/link {match['token']}" if match else text


def _failure(status: Mapping[str, Any], contacts: list[Any]) -> Iterator[Failure]:
    if status["status"] != "failed":
        return
    chat_id = status.get("recipient_user_id") or _contact_id(contacts) or status["recipient_id"]
    errors = status.get("errors") or [{}]
    yield Failure(chat_id, int(errors[0].get("code", 0)))


def _tag(status: Mapping[str, Any], _: list[Any]) -> Iterator[str]:
    tag = status.get("biz_opaque_callback_data")
    if tag:
        yield str(tag)
