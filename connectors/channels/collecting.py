"""An output channel that keeps each of the bot's messages whole."""

from __future__ import annotations

from typing import Any, Dict, Text

from rasa.core.channels.channel import CollectingOutputChannel


class WholeMessageOutput(CollectingOutputChannel):
    """Collect bot messages as they are: text, buttons and card data together.

    A turn that means to say nothing, as while a person holds the conversation, says so by a
    message with ``{"custom": {"silent": true}}``, which is not collected; a turn without
    any message has failed.

    Args:
        channel: name of the channel the messages go to.

    Attributes:
        is_silent: whether the turn meant to say nothing.
    """

    def __init__(self, channel: Text) -> None:
        super().__init__()
        self._channel = channel
        self.is_silent = False

    def name(self) -> Text:
        """Return the name of the channel; Rasa asks instances only."""
        return self._channel

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Keep what channels need of a message."""
        custom = message.get("custom") or {}
        if custom.get("silent"):
            self.is_silent = True
            return
        self.messages.append(
            {
                "text": message.get("text") or "",
                "buttons": message.get("buttons") or [],
                "custom": custom,
            }
        )
