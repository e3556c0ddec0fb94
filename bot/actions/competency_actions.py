"""Questions about the competency model."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import Turn
from bot.actions.competency_answers import explain_competency, explain_course, explain_level
from bot.actions.competency_aspects import OF_COURSE
from bot.actions.conversation import Item, RunningSearch, message_text
from bot.actions.course_actions import items_numbered, open_or_only
from bot.actions.detail_actions import courses_named
from bot.actions.free_text import FreeTextAction
from knowledge_base.competencies import EntryKind
from knowledge_base.passages import Kind
from knowledge_base.search import Verdict

_BUILT = (EntryKind.THEME, EntryKind.SUB_THEME)


class ActionAnswerCompetency(FreeTextAction):
    """Explain a competency, what a role needs, or what a course builds."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_answer_competency"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Look for names of the model and of courses first, then by meaning."""
        guide = turn.knowledge_base.competencies
        named = [match.id for match in turn.names_found]
        # "Competencies" is a word of most questions here, and seldom what they are about.
        telling = [key for key in named if guide.kind(key) is not EntryKind.CONCEPT]
        course = self._course(turn, bool(telling))
        if course is not None:
            return explain_course(turn, course)
        return self._explain(turn, telling or named) if named else self._by_meaning(turn)

    def _explain(self, turn: Turn, named: list[str]) -> list[EventType]:
        """Explain what is named: a role, what it needs of a competency, or an entry."""
        kind = turn.knowledge_base.competencies.kind
        role = next((key for key in named if kind(key) is EntryKind.ROLE), None)
        built = next((key for key in named if kind(key) in _BUILT), None)
        if role is not None and built is not None:
            return explain_level(turn, role, built)
        return explain_competency(turn, role or named[0], None if role else self._asked(turn))

    def _by_meaning(self, turn: Turn) -> list[EventType]:
        result = turn.search(Kind.COMPETENCY)
        if turn.verdict(result) is Verdict.ANSWERS:
            return explain_competency(turn, result.hits[0].target, self._asked(turn))
        turn.reply("utter_ask_competency_name")
        return []

    @staticmethod
    def _asked(turn: Turn) -> str | None:
        return turn.services.competency_aspects.asked(
            message_text(turn.tracker), turn.knowledge_base.competencies
        )

    def _course(self, turn: Turn, names_entry: bool) -> str | None:
        """Return the course whose competencies are asked for.

        Args:
            turn: the turn.
            names_entry: whether the message names an entry of the model; a course's name often
                holds one ("RTI").
        """
        search = RunningSearch.of(turn.tracker)
        numbered = next(map(_course_id, items_numbered(turn, search)), None)
        course = numbered or next(iter(courses_named(turn)), None)
        if numbered is not None or (course is not None and not names_entry):
            return numbered or course
        if course is None:
            opened = open_or_only(search)
            course = _course_id(opened) if opened is not None else None
        if course is None or course not in turn.knowledge_base.catalogue.courses:
            return None
        return course if self._asked(turn) == OF_COURSE else None


def _course_id(item: Item) -> str | None:
    return item.id if item.kind in ("course", "enrolment") else None
