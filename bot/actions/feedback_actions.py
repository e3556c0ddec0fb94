"""Feedback: thanks, opinions on courses, and suggestions for the helpdesk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import regex
from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import Turn
from bot.actions.conversation import (
    Pending,
    RunningSearch,
    answered,
    entity_values,
    pending,
    typed_text,
)
from bot.actions.course_actions import item_meant, item_named, open_or_only
from bot.actions.course_lists import courses_of
from bot.actions.detail_actions import courses_named
from bot.actions.free_text import FreeTextAction
from connectors.platform.feedback import Opinion
from knowledge_base.languages.normalise import normalise

# "4/5", "8 out of 10", "५ में से ४": two numbers close together.
_PAIR = regex.compile(r"(?<!\d)(\d{1,2})(?:[.]\d)?[^\d,.;:!?]{1,12}(\d{1,2})(?!\d)")
_SCALES = (5, 10)
_STARS = regex.compile("[⭐★]")
_THUMBS = {"👍": 1.0, "👎": 0.0}
# Share of the scale: four of five is praise, two of five is none.
_PRAISE, _BLAME = 0.8, 0.4
# A rating with no more words holds no suggestion.
_WORDS_OF_RATING = 5


def rating_by_sign(text: str) -> float | None:
    """Return the rating that thumbs or stars give.

    Args:
        text: the message as typed.

    Returns:
        Share of the best rating, 0 to 1; None without such a sign.
    """
    for thumb, share in _THUMBS.items():
        if thumb in text:
            return share
    stars = len(_STARS.findall(text))
    return min(1.0, stars / _SCALES[0]) if stars else None


def rating_by_number(text: str, numbers: Sequence[int] = ()) -> float | None:
    """Return the rating that a pair of numbers gives.

    Args:
        text: the message as typed.
        numbers: numbers it names, in words or digits, in their order.

    Returns:
        Share of the best rating, 0 to 1; None when it gives none.
    """
    pairs = [(int(a), int(b)) for a, b in _PAIR.findall(normalise(text))]
    for pair in (*pairs, *pairwise(numbers)):
        # Languages differ in which of the two comes first.
        score, scale = sorted(pair)
        if scale in _SCALES and score >= 0:
            return score / scale
    return None


class ActionFeedback(FreeTextAction):
    """Thank for feedback; nothing is sent to anybody without a yes."""

    may_be_topic = False

    def name(self) -> str:
        """Return the name of the action."""
        return "action_feedback"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Keep a clear opinion of a course, and offer to pass the words on."""
        text = typed_text(turn.tracker)
        opinion = _keep_opinion(turn, text)
        if opinion is not None:
            liked = opinion is Opinion.LIKED
            turn.reply("utter_item_liked" if liked else "utter_item_rejected")
            if len(text.split()) <= _WORDS_OF_RATING:
                return answered()
        turn.reply("utter_feedback")
        return [SlotSet("failures", 0.0), pending(Pending.HUMAN)]


def _keep_opinion(turn: Turn, text: str) -> Opinion | None:
    """Keep what a rating says of the course that is meant, if it rates one clearly."""
    numbers = [v for v in entity_values(turn.tracker, "item_number") if isinstance(v, int)]
    by_sign = rating_by_sign(text)
    share = rating_by_number(text, numbers) if by_sign is None else by_sign
    if share is None or _BLAME < share < _PRAISE:
        return None
    course_id = _course_rated(turn, numbers_choose=by_sign is not None)
    if course_id is None:
        return None
    opinion = Opinion.LIKED if share >= _PRAISE else Opinion.DISLIKED
    key = turn.services.links.chat_key(turn.chat)
    turn.services.feedback.add(key, turn.learner_id, course_id, opinion)
    return opinion


def _course_rated(turn: Turn, numbers_choose: bool) -> str | None:
    """Return the course that is named or open; the numbers of a rating choose none."""
    search = RunningSearch.of(turn.tracker)
    named = courses_named(turn)
    if numbers_choose:
        item = item_meant(turn, search)
    else:
        item = item_named(turn, search) or open_or_only(search)
    if item is not None and item in courses_of(turn, search):
        return item.id
    return named[0] if named else None
