"""What channels look up in Rasa's conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

from rasa.shared.core.events import BotUttered, UserUttered
from sanic import Sanic

from knowledge_base.languages import registry

if TYPE_CHECKING:
    from rasa.core.tracker_store import TrackerStore

_LOCALE_SLOTS = ("chosen_locale", "locale")


class Conversations:
    """Read the conversations that Rasa keeps.

    Args:
        store: returns Rasa's tracker store, None while there is none.
    """

    def __init__(self, store: Callable[[], Optional[TrackerStore]]) -> None:
        self._store = store

    @classmethod
    def of_app(cls, app: Sanic) -> Conversations:
        """Read those of a running Rasa server."""

        def store() -> Optional[TrackerStore]:
            agent = getattr(app.ctx, "agent", None)
            return agent.tracker_store if agent else None

        return cls(store)

    async def said_to(self, sender_id: str, message_id: str) -> Optional[list[dict[str, Any]]]:
        """Return what the bot has said to a message.

        Args:
            sender_id: id of the conversation.
            message_id: id the channel gave the message.

        Returns:
            The bot's messages as ``WholeMessageOutput`` collects them, empty when it meant to
            say nothing; None if there are none.
        """
        found: list[dict[str, Any]] = []
        is_silent = False
        for event in reversed(await self._events(sender_id)):
            if isinstance(event, BotUttered):
                data = event.data or {}
                if (data.get("custom") or {}).get("silent"):
                    is_silent = True
                    continue
                found.append(
                    {
                        "text": event.text or "",
                        "buttons": data.get("buttons") or [],
                        "custom": data.get("custom") or {},
                    }
                )
            elif isinstance(event, UserUttered):
                if event.message_id == message_id:
                    return found[::-1] if found or is_silent else None
                found.clear()
                is_silent = False
        return None

    async def locale(self, sender_id: str) -> Optional[str]:
        """Return the locale of a conversation, None if it is not known yet."""
        store = self._store()
        tracker = await store.retrieve(sender_id) if store else None
        slots = tracker.current_slot_values() if tracker else {}
        locales = (registry.known_locale(slots.get(slot)) for slot in _LOCALE_SLOTS)
        return next((locale for locale in locales if locale), None)

    async def _events(self, sender_id: str) -> list[Any]:
        store = self._store()
        tracker = await store.retrieve(sender_id) if store else None
        return list(tracker.events) if tracker else []
