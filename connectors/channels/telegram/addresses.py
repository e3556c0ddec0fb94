"""How a Telegram chat, or a member of a group, is named to Rasa."""

from __future__ import annotations

import re
from typing import Optional, Union

CHANNEL = "telegram"
_SENDER = re.compile(rf"{CHANNEL}-(?P<chat>-?\d+)(?:-(?P<member>-?\d+))?")


def sender_id(chat_id: Union[int, str], member: Optional[int] = None) -> str:
    """Return the id of a conversation.

    The name of the channel is part of it, since Rasa keeps the conversations of all channels
    side by side.

    Args:
        chat_id: id of the chat.
        member: id of the member in a group, where each has a conversation of their own.
    """
    return f"{CHANNEL}-{chat_id}" if member is None else f"{CHANNEL}-{chat_id}-{member}"


def chat_of(sender: str) -> Optional[str]:
    """Return the chat of a conversation, None if it is none of Telegram's."""
    match = _SENDER.fullmatch(sender)
    return match["chat"] if match else None


def is_group(chat_id: str) -> bool:
    """Tell whether a chat is a group; Telegram gives groups negative ids."""
    return chat_id.startswith("-")
