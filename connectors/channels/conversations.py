"""What channels look up in Rasa's conversations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Optional

from rasa.shared.core.events import BotUttered, Restarted, UserUttered
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
                message = _message(event)
                if message["custom"].get("silent"):
                    is_silent = True
                else:
                    found.append(message)
            elif isinstance(event, UserUttered):
                if event.message_id == message_id:
                    return found[::-1] if found or is_silent else None
                found.clear()
                is_silent = False
        return None

    async def entries(self, sender_id: str, most: int) -> list[dict[str, Any]]:
        """Return the end of what was said, to show it again.

        A pressed button is quoted by its title; commands that no button stands for, such as
        the token of a link, are left out.

        Args:
            sender_id: id of the conversation.
            most: how many entries at most, 1 or more.

        Returns:
            Entries ``{"user": text}`` and ``{"bot": message}``, oldest first.
        """
        found: list[dict[str, Any]] = []
        titles: dict[str, str] = {}
        store = self._store()
        # Not of the last session alone, which two hours of silence end.
        tracker = await store.retrieve_full_tracker(sender_id) if store else None
        for event in tracker.events if tracker else ():
            if isinstance(event, Restarted):
                found.clear()
            elif isinstance(event, BotUttered):
                message = _message(event)
                titles.update(_titles(message))
                if not message["custom"].get("silent"):
                    found.append({"bot": message})
            elif isinstance(event, UserUttered) and event.text:
                is_command = event.text.startswith("/")
                shown = titles.get(event.text) if is_command else event.text
                if shown:
                    found.append({"user": shown})
        return found[-most:]

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


def _message(event: BotUttered) -> dict[str, Any]:
    """Return what the bot said as ``WholeMessageOutput`` collects it."""
    data = event.data or {}
    return {
        "text": event.text or "",
        "buttons": data.get("buttons") or [],
        "custom": data.get("custom") or {},
    }


def _titles(message: dict[str, Any]) -> dict[str, str]:
    """Return the payload of each button and card of a message with what it shows."""
    pressed = [*message["buttons"], *(message["custom"].get("courses") or [])]
    return {one["payload"]: one["title"] for one in pressed if one.get("payload")}
