"""What the actions need to know of a conversation, read from and written to its slots."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from connectors.platform.linking import Chat
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.recommend.profile import RecommendationFilters

_FALLBACK = "nlu_fallback"
ItemKind = Literal["course", "faq", "competency", "enrolment", "certificate"]


def reply_locale(slots: Mapping[str, Any]) -> str:
    """Return the locale to reply in: the chosen one, else that of the conversation."""
    for slot in ("chosen_locale", "locale"):
        locale = registry.known_locale(slots.get(slot))
        if locale:
            return locale
    return registry.DEFAULT_LOCALE


def query_locale(tracker: Tracker) -> str:
    """Return the locale the last message is written in, as far as known."""
    locale = registry.known_locale(tracker.get_slot("locale"))
    return locale or registry.DEFAULT_LOCALE


def message_text(tracker: Tracker) -> str:
    """Return what the user typed last."""
    return (tracker.latest_message.get("text") or "").strip()


def typed_text(tracker: Tracker) -> str:
    """Return what the user typed last as they typed it: a thumb as a thumb.

    ``bot/nlu/command_interpreter.py`` makes commands of thumbs and stop words; what a button
    or a command sends begins with a slash here, too.
    """
    typed = (event for event in reversed(tracker.events) if event["event"] == "user")
    return (next(typed, {}).get("text") or "").strip()


def chat_of(tracker: Tracker) -> Chat:
    """Return the chat a message came from; channels mark groups in the message's metadata."""
    metadata = tracker.latest_message.get("metadata") or {}
    channel = tracker.get_latest_input_channel() or ""
    return Chat(channel, tracker.sender_id, is_group=bool(metadata.get("is_group")))


def entity_values(tracker: Tracker, entity: str) -> list[Any]:
    """Return the values of an entity in the last message, in order."""
    found = tracker.latest_message.get("entities") or []
    return [item["value"] for item in found if item["entity"] == entity]


def intent_probabilities(tracker: Tracker) -> dict[str, float]:
    """Return the intents that the last message may have, the most probable first."""
    ranking = tracker.latest_message.get("intent_ranking") or []
    # Falling back is no intent of the user.
    return {one["name"]: one["confidence"] for one in ranking if one["name"] != _FALLBACK}


def text_without(tracker: Tracker, entities: Collection[str]) -> str:
    """Return the last message in lower case, blanks where some entities stand.

    Args:
        tracker: the conversation.
        entities: names of the entities to leave out.
    """
    # Entities refer to the normalised text.
    text = normalise(message_text(tracker)).lower()
    for entity in tracker.latest_message.get("entities") or []:
        if entity["entity"] in entities:
            start, end = entity["start"], entity["end"]
            text = text[:start] + " " * (end - start) + text[end:]
    return text


@dataclass(frozen=True)
class Item:
    """Something in a shown list: its kind and id."""

    kind: ItemKind
    id: str


@dataclass(frozen=True)
class Query:
    """What was searched for.

    Attributes:
        text: as typed.
        locale: locale of the text.
    """

    text: str
    locale: str


@dataclass(frozen=True)
class RunningSearch:
    """The list the user is looking at.

    Attributes:
        items: everything found that fits the filters, best first.
        shown: how many of them have been shown.
        filters: what the courses had to meet; None when nothing was asked of them.
        opened: the item of the list that was opened last.
        found: what stood there before it was narrowed down; empty for recommendations, which
            are made anew for other filters.
        query: what was searched for, None for other lists.
        rejected: ids of courses that the user does not want in it.
    """

    items: Sequence[Item] = field(default_factory=tuple)
    shown: int = 0
    filters: RecommendationFilters | None = None
    opened: Item | None = None
    found: Sequence[Item] = field(default_factory=tuple)
    query: Query | None = None
    rejected: Sequence[str] = field(default_factory=tuple)

    @classmethod
    def of(cls, tracker: Tracker) -> RunningSearch:
        """Read the running search of a conversation, empty if there is none."""
        stored = tracker.get_slot("search")
        if not stored:
            return cls()
        filters, opened = stored.get("filters"), stored.get("opened")
        query = stored.get("query")
        return cls(
            tuple(Item(**item) for item in stored["items"]),
            stored["shown"],
            None if filters is None else RecommendationFilters(**filters),
            None if opened is None else Item(**opened),
            # A conversation may be older than these fields.
            tuple(Item(**item) for item in stored.get("found", ())),
            None if query is None else Query(**query),
            tuple(stored.get("rejected", ())),
        )

    def next_page(self, size: int) -> RunningSearch:
        """Return the search with one page more shown."""
        return replace(self, shown=min(len(self.items), self.shown + size))

    def without(self, item: Item) -> RunningSearch:
        """Return the search without an item, nothing of it shown yet."""
        items, found = (
            tuple(i for i in listed if i != item) for listed in (self.items, self.found)
        )
        return self.with_items(items, found=found, rejected=(*self.rejected, item.id))

    def with_items(self, items: Sequence[Item], **changes: Any) -> RunningSearch:
        """Return the search with another list, nothing of it shown yet.

        Args:
            items: the list.
            changes: other attributes that change with it.
        """
        return replace(self, items=tuple(items), shown=0, opened=None, **changes)

    @property
    def is_recommended(self) -> bool:
        """Whether the courses were recommended, not searched for."""
        return self.filters is not None and not self.found

    @property
    def has_more(self) -> bool:
        """Whether there are items not yet shown."""
        return self.shown < len(self.items)

    def to_event(self) -> SlotSet:
        """Return the event that stores the search."""
        return SlotSet("search", asdict(self) if self.items else None)


class Pending(StrEnum):
    """What Sathi has asked and the user has not yet said yes or no to."""

    NOTHING = "nothing"
    HUMAN = "human"
    LINK = "link"
    FORGET = "forget"


def pending(question: Pending) -> SlotSet:
    """Return the event that remembers what was asked."""
    return SlotSet("pending", question.value)


def answered() -> list[SlotSet]:
    """Return the events after a question that was answered."""
    return [SlotSet("failures", 0.0), pending(Pending.NOTHING)]
