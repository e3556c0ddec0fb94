"""Messages in free words: they may answer what Sathi has just asked, or change a list."""

from __future__ import annotations

from abc import abstractmethod

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.cold_start import SaidProfile, competencies_named, note_answer, question_open
from bot.actions.narrowing import narrow_by_message
from bot.actions.planning import make_plan, plan_question_open
from bot.actions.recommending import recommend_next
from knowledge_base.recommend.profile import QuestionKind


def answer_to_question(turn: Turn, may_be_topic: bool) -> list[EventType] | None:
    """Take a message for the answer to what was asked just before it, if it is one.

    A message that names no role, after the question for it, is what it seems to be: a
    search, a question. After the question for a topic any text is a topic.

    Args:
        turn: the turn.
        may_be_topic: whether the message can be a topic by its intent.

    Returns:
        Events, or None when the message is no answer.
    """
    if plan_question_open(turn):
        named = competencies_named(turn)
        return make_plan(turn, named[0]) if named else None
    question = question_open(turn)
    if question is None:
        return None
    said = note_answer(turn, question)
    if question is QuestionKind.ROLE and said.role == SaidProfile.of(turn.tracker).role:
        return None
    named_anything = said.role is not None or (may_be_topic and said.interests)
    if question is QuestionKind.TOPIC and not named_anything:
        return None
    return recommend_next(turn, question)


class FreeTextAction(SathiAction):
    """Act on what was typed, unless it answers what Sathi has asked.

    Attributes:
        may_be_topic: whether the message may be a topic; a role can look like anything.
        may_narrow: whether a message that names a level or a provider and no topic ("and for
            beginners?") narrows the shown list.
    """

    may_be_topic = True
    may_narrow = False

    def act(self, turn: Turn) -> list[EventType]:
        """Look for an answer first, then for a wish that changes the list."""
        events = answer_to_question(turn, self.may_be_topic)
        if events is None and self.may_narrow:
            events = narrow_by_message(turn)
        return events if events is not None else self.act_on_text(turn)

    @abstractmethod
    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Reply to a message that stands for itself, and return the events that follow."""
