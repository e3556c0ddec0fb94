"""A language that the message names: that of the replies, or that of the courses.

"In Hindi please" can mean both. The classifier decides when it is sure; when it is not, the
list that the user is looking at does. Either reply offers the other reading as a button.
"""

from __future__ import annotations

import logging
from enum import StrEnum

from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import Turn
from bot.actions.conversation import (
    RunningSearch,
    entity_values,
    intent_probabilities,
    message_text,
)
from bot.actions.course_lists import courses_of, find_courses
from bot.actions.narrowing import narrow, narrow_or_say
from bot.actions.recommending import EVERYTHING
from connectors.platform.records import PlatformError
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
# Share of the probability of both readings that one of them needs.
_SURE = 0.8
# "in Tamil please": with so few further words no topic is named.
_WORDS_WITHOUT_TOPIC = 3


class Wish(StrEnum):
    """What shall be in the language; the values are the intents."""

    REPLIES = "choose_language"
    COURSES = "courses_in_language"


def grant(turn: Turn, understood: Wish) -> list[EventType]:
    """Do what is wished of a language.

    Args:
        turn: the turn.
        understood: the intent of the message.
    """
    if _is_sure(turn):
        return _courses_in(turn) if understood is Wish.COURSES else choose_language(turn)
    return _by_context(turn)


def grant_unclear(turn: Turn) -> list[EventType] | None:
    """Do what is wished of a language when the two intents are too close for the classifier.

    Returns:
        Events, or None when the message names no language or may mean something else.
    """
    first_two = list(intent_probabilities(turn.tracker))[:2]
    if set(first_two) != set(Wish) or _code_named(turn) is None:
        return None
    return _by_context(turn)


def choose_language(turn: Turn) -> list[EventType]:
    """Reply in the language that the message names, or offer those there are.

    "Only the mandatory ones" is said like "only Tamil", but is about courses.
    """
    code = _code_named(turn)
    if code is None:
        if turn.filters_named and not turn.topic_words:
            return narrow_or_say(turn, RunningSearch.of(turn.tracker), turn.filters_named)
        turn.reply("utter_choose_language")
        return []
    # Who asks for Hindi in Latin letters wants Hindi as they type it.
    is_theirs = code == registry.language_of(turn.query_locale)
    locale = turn.query_locale if is_theirs else code
    _remind_in(turn, locale)
    has_courses = bool(courses_of(turn, RunningSearch.of(turn.tracker)))
    turn.reply("utter_language_changed", chosen_locale=locale, has_courses=has_courses)
    return [SlotSet("chosen_locale", locale)]


def _is_sure(turn: Turn) -> bool:
    """Tell whether one reading is much more probable; of a button's there is but one."""
    probabilities = intent_probabilities(turn.tracker)
    both = [probabilities.get(wish, 0.0) for wish in Wish]
    return max(both) >= _SURE * sum(both)


def _by_context(turn: Turn) -> list[EventType]:
    """Narrow the list if there is one with courses in the language, else change the replies."""
    search, code = RunningSearch.of(turn.tracker), _code_named(turn)
    if code is None or not courses_of(turn, search):
        return choose_language(turn)
    events = _narrow_to(turn, search, code)
    return choose_language(turn) if events is None else events


def _courses_in(turn: Turn) -> list[EventType]:
    """Narrow the list; without one, search, or change the language of the replies."""
    code = _code_named(turn)
    if code is None:
        return choose_language(turn)
    search = RunningSearch.of(turn.tracker)
    if not courses_of(turn, search):
        found = _search(turn)
        if found is None:
            return choose_language(turn)
        search = found
    events = _narrow_to(turn, search, code)
    if events is None:
        turn.reply("utter_none_in_language", **_facts(code))
        return []
    return events


def _narrow_to(turn: Turn, search: RunningSearch, code: str) -> list[EventType] | None:
    wanted = {"language": code, **turn.filters_named}
    return narrow(turn, search, "utter_courses_in_language", wanted, **_facts(code))


def _facts(code: str) -> dict[str, str]:
    return {"language": registry.languages()[code].endonym, "language_code": code}


def _code_named(turn: Turn) -> str | None:
    """Return the code of the first language that the message names."""
    named = entity_values(turn.tracker, "language_name")
    # Who makes up a command may put anything there.
    return next((c for c in named if isinstance(c, str) and c in registry.languages()), None)


def _search(turn: Turn) -> RunningSearch | None:
    """Return what the message searches for, None when it names a language only."""
    text = message_text(turn.tracker)
    if text.startswith("/") or len(text.split()) <= _WORDS_WITHOUT_TOPIC:
        return None
    found, probability = find_courses(turn)
    if probability < turn.settings.suggest_threshold:
        return RunningSearch(filters=EVERYTHING)
    return found


def _remind_in(turn: Turn, locale: str) -> None:
    """Word the chat's reminders in the language, too; its replies change in any case."""
    try:
        turn.services.reminders.set_locale(turn.services.links.chat_key(turn.chat), locale)
    except PlatformError as error:
        logger.warning("reminders keep their language: %s", type(error).__name__)
