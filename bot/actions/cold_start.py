"""What to ask somebody of whom nothing is known, and what they answered.

At most two questions are asked, the role first; each can be skipped, and any other message
is simply answered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import Turn
from bot.actions.conversation import answered, entity_values, message_text
from bot.actions.learner_profile import first_role
from bot.actions.views import View, competency_view
from knowledge_base.competencies import EntryKind
from knowledge_base.languages.script import has_letters
from knowledge_base.recommend.profile import LearnerProfile, QuestionKind
from knowledge_base.search import Verdict

_CHOICES = 6
_TOPIC_COURSES = 3
_MOST_INTERESTS = 5
_SLOT = "said_profile"


@dataclass(frozen=True)
class SaidProfile:
    """What was said in this chat about oneself.

    Attributes:
        role: id of a FRAC role.
        interests: ids of competencies and courses.
        asked: questions asked so far.
        open: the question that waits for its answer.
    """

    role: str | None = None
    interests: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    open: str | None = None

    @classmethod
    def of(cls, tracker: Tracker) -> SaidProfile:
        """Read it from the conversation."""
        stored: dict[str, Any] = tracker.get_slot(_SLOT) or {}
        lists = {name: tuple(stored.get(name, ())) for name in ("interests", "asked")}
        return cls(role=stored.get("role"), open=stored.get("open"), **lists)

    def to_event(self) -> SlotSet:
        """Return the event that stores it."""
        return SlotSet(_SLOT, asdict(self))


def role_named(turn: Turn) -> str | None:
    """Return the role that a button or the words of the message name."""
    guide = turn.knowledge_base.competencies
    by_button = (key for key in entity_values(turn.tracker, "role") if guide.role(key))
    return next(by_button, None) or first_role(turn.names_found, guide)


def competencies_named(turn: Turn) -> list[str]:
    """Return the competencies that a button or the words of the message name.

    A sub-theme names those it is part of; an area names none, it has too many.
    """
    known = turn.services.recommender.table.competency_ids
    guide = turn.knowledge_base.competencies
    named = list(entity_values(turn.tracker, "competency"))
    for match in turn.names_found:
        if guide.kind(match.id) in (EntryKind.THEME, EntryKind.SUB_THEME):
            named += guide.themes_of(match.id)
    return [key for key in dict.fromkeys(named) if key in known]


def question_open(turn: Turn) -> QuestionKind | None:
    """Return the question that the message may answer: the one asked just before it."""
    said = SaidProfile.of(turn.tracker)
    if said.open not in set(QuestionKind) or last_action(turn.tracker) != "action_recommend":
        return None
    return QuestionKind(said.open)


def last_action(tracker: Tracker) -> str | None:
    """Return the last action before the message, waiting for it not counted."""
    before = False
    for event in reversed(tracker.events):
        if event["event"] == "user":
            before = True
        elif before and event["event"] == "action" and event["name"] != "action_listen":
            return event["name"]
    return None


def note_answer(turn: Turn, question: QuestionKind | None) -> SaidProfile:
    """Return what is known after this message.

    Args:
        turn: the turn.
        question: what the message answers, None when nothing was asked.
    """
    said = replace(SaidProfile.of(turn.tracker), open=None)
    role = role_named(turn)
    if role is not None:
        said = replace(said, role=role)
    interests = _interests(turn, question is not None and role is None)
    newest_first = tuple(dict.fromkeys((*interests, *said.interests)))
    return replace(said, interests=newest_first[:_MOST_INTERESTS])


def _interests(turn: Turn, is_answer: bool) -> list[str]:
    """Return the competencies a message names, and for an answer the courses it fits."""
    interests = competencies_named(turn)
    text = message_text(turn.tracker)
    if is_answer and not interests and has_letters(text) and not text.startswith("/"):
        result = turn.knowledge_base.search_courses(text, turn.query_locale, _TOPIC_COURSES)
        if turn.verdict(result) is not Verdict.NO_ANSWER:
            interests = [hit.target for hit in result.hits]
    return interests


def ask(turn: Turn, said: SaidProfile, profile: LearnerProfile) -> list[EventType] | None:
    """Ask the next question if one is needed and has not been asked.

    Args:
        turn: the turn.
        said: what was said so far.
        profile: all that is known.

    Returns:
        Events, or None when nothing has to be asked.
    """
    needed = turn.services.recommender.questions_needed(profile)
    question = next((kind for kind in needed if kind.value not in said.asked), None)
    if question is None:
        return None
    if question is QuestionKind.ROLE:
        turn.reply("utter_ask_role", choices=views(turn, _roles(turn)))
    else:
        turn.reply("utter_ask_interest", choices=views(turn, common_competencies(turn)))
    asked = replace(said, asked=(*said.asked, question.value), open=question.value)
    return [asked.to_event(), *answered()]


def views(turn: Turn, keys: list[str]) -> list[View]:
    """Return entries of the competency model to choose from."""
    return [competency_view(turn.knowledge_base, key, turn.locale) for key in keys]


def common_competencies(turn: Turn) -> list[str]:
    """Return the competencies that the most courses build, the most common first."""
    known = turn.services.recommender.table.competency_ids
    courses = turn.knowledge_base.catalogue.courses.values()
    counts = Counter(key for course in courses for key in course.competencies if key in known)
    return [key for key, _ in counts.most_common(_CHOICES)]


def _roles(turn: Turn) -> list[str]:
    model = turn.knowledge_base.catalogue.competency_model
    return [role.id for role in model.roles][:_CHOICES] if model else []
