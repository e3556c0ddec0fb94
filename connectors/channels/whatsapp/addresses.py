"""How a WhatsApp user is named to Rasa."""

from __future__ import annotations

from typing import Optional

CHANNEL = "whatsapp"
_PREFIX = f"{CHANNEL}-"


def sender_id(chat_id: str) -> str:
    """Return the id of a user's conversation.

    The name of the channel is part of it, since Rasa keeps the conversations of all channels
    side by side.

    Args:
        chat_id: business-scoped id or number of the user.
    """
    return _PREFIX + chat_id


def chat_of(sender: str) -> Optional[str]:
    """Return the user of a conversation, None if it is none of WhatsApp's."""
    return sender[len(_PREFIX) :] if sender.startswith(_PREFIX) else None
