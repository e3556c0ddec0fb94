"""Which language a conversation goes on in, from its last one and what a message looks like."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from knowledge_base.languages import registry
from knowledge_base.languages.script import dominant_script

# Probability that a change of language needs: short messages are often taken for a relative.
_SURE = 0.5
_SURE_WHEN_SHORT = 0.8
_SHORT = 20  # characters that are no spaces
# Hindi and Urdu in Latin letters are one spoken language; a word or two tells little.
_SURE_AMONG_ONE_SPEECH = 0.95
# More people type Hindi: of unclear words at a conversation's start it is assumed.
_SURE_AT_START = 0.9


def settle_locale(previous: str | None, found: str, confidence: float, text: str) -> str | None:
    """Return the locale to go on in.

    Args:
        previous: locale of the conversation so far, None at its start.
        found: most probable locale of the message.
        confidence: its probability, 0 to 1.
        text: the message.

    Returns:
        ``found`` when it is sure enough, else ``previous``; at the start, or when the script
        changes, the language to assume for the message's script.
    """
    if found == previous:
        return found
    script = dominant_script(text)
    is_latin = script == "Latn"
    same_script = previous is not None and _script_of(previous) == _script_of(found)
    if not same_script and not is_latin:
        return found if confidence >= _SURE else registry.script_language(script or "")
    length = sum(not char.isspace() for char in text)
    needed = _SURE if length >= _SHORT or previous is None else _SURE_WHEN_SHORT
    speech = _speech_of(found)
    if speech is not None and (previous is None or _speech_of(previous) != speech):
        if registry.language_of(found) != speech and confidence < _SURE_AT_START:
            found = speech + registry.ROMANISED_SUFFIX
    elif speech is not None:
        needed = _SURE_AMONG_ONE_SPEECH
    return found if confidence >= needed else previous


def _script_of(locale: str) -> str:
    if registry.is_romanised(locale):
        return "Latn"
    return registry.languages()[locale].script


def _speech_of(locale: str) -> str | None:
    """Return the language a romanised locale is read in, None for others."""
    if not registry.is_romanised(locale):
        return None
    return registry.languages()[registry.language_of(locale)].romanised_reading


class ActionValidateSlotMappings(Action):
    """Check what a message's entities put into slots, before anything acts on them.

    Rasa asks for it by its name. rasa-sdk's ``ValidationAction`` would want the whole domain
    for that with every message.
    """

    def name(self) -> str:
        """Return the name of the action."""
        return "action_validate_slot_mappings"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Keep the language of the conversation unless the message is clear."""
        named = tracker.slots_to_validate()
        if "locale" not in named:
            return []
        found = registry.known_locale(named["locale"])
        previous = registry.known_locale(_before_this_message(tracker, "locale"))
        confidence = _confidence(tracker)
        if found is None:
            found = previous
        elif confidence is not None:
            text = tracker.latest_message.get("text") or ""
            found = settle_locale(previous, found, confidence, text)
        # Without a confidence it is named by a button, not guessed from words.
        return [SlotSet("locale", found)]


def _confidence(tracker: Tracker) -> float | None:
    for entity in tracker.latest_message.get("entities") or []:
        if entity["entity"] == "locale":
            return entity.get("confidence_entity")
    return None


def _before_this_message(tracker: Tracker, slot: str) -> Any:
    """Return a slot's value before the last message was read."""
    before = False
    for event in reversed(tracker.events):
        if event["event"] == "user":
            before = True
        elif before and event["event"] == "slot" and event["name"] == slot:
            return event["value"]
    return None
