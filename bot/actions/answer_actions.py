"""Answers from course content, the platform questions and the competency model."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.certificate_actions import explain_certificate, explain_name
from bot.actions.competency_answers import explain_competency
from bot.actions.conversation import Item, RunningSearch, answered, message_text
from bot.actions.course_lists import show_courses
from bot.actions.fallback_actions import not_answered
from bot.actions.free_text import FreeTextAction
from bot.actions.progress_actions import (
    explain_access,
    explain_claps,
    explain_stuck,
    show_plan,
)
from bot.actions.views import View, course_view, faq_view, quote_view, source_view
from connectors.platform.records import PlatformError
from knowledge_base.answers.sources import complements
from knowledge_base.passages import Kind
from knowledge_base.search import SearchResult, Verdict

logger = logging.getLogger(__name__)
_RELATED = 3
# A wrong guess of the intent must not hide the right answer; another kind of source is
# taken when it is surer by this much.
_SWITCH_MARGIN = 0.15


def answer(turn: Turn, kinds: Sequence[Kind], threshold: float) -> list[EventType] | None:
    """Answer from the source that is surest; earlier kinds are preferred when about even.

    Args:
        turn: the turn.
        kinds: kinds to search, the one the intent names first.
        threshold: probability an answer needs.

    Returns:
        Events, or None when nothing is sure enough.
    """
    results = {kind: turn.search(kind) for kind in kinds}
    first = kinds[0]
    best = max(
        kinds, key=lambda kind: results[kind].probability + (_SWITCH_MARGIN * (kind == first))
    )
    if results[best].probability < threshold:
        return None
    return _GIVE[best](turn, results[best])


def answer_surely(turn: Turn) -> list[EventType] | None:
    """Answer a question taken for out of scope, only when a source is very sure."""
    if not message_text(turn.tracker):
        return None
    kinds = [Kind.FAQ, Kind.CONTENT, Kind.COMPETENCY, Kind.COURSE]
    return answer(turn, kinds, turn.settings.sure_threshold)


def answer_anything(turn: Turn) -> list[EventType]:
    """Answer a question of unknown intent, or offer what it may have meant."""
    kinds = [Kind.COURSE, Kind.CONTENT, Kind.FAQ, Kind.COMPETENCY]
    events = answer(turn, kinds, turn.settings.answer_threshold)
    return events if events is not None else not_answered(turn, _guesses(turn, kinds))


def _guesses(turn: Turn, kinds: Sequence[Kind]) -> list[Item]:
    """Return the best of each kind that is not hopeless, surest first."""
    found = []
    for kind in kinds:
        result = turn.search(kind)
        if turn.verdict(result) is not Verdict.NO_ANSWER and _has_words_of(turn, result):
            item_kind = "course" if kind is Kind.CONTENT else kind.value
            found.append((result.probability, Item(item_kind, result.hits[0].entry.target)))
    found.sort(key=lambda pair: -pair[0])
    return list(dict.fromkeys(item for _, item in found))


def _has_words_of(turn: Turn, result: SearchResult) -> bool:
    """Tell whether a message has a word of what was found, or of any topic: no mere letters."""
    evidence = result.evidence
    return bool(turn.topic_words) or (evidence is not None and evidence.overlap > 0)


def _nearest_courses(turn: Turn) -> list[Item]:
    """Return the courses that come nearest to a question that nothing answers.

    Without a topic that the catalogue knows none is near.
    """
    if not turn.topic_words:
        return []
    found = turn.knowledge_base.search_courses(
        message_text(turn.tracker), turn.query_locale, _RELATED
    )
    return [Item("course", hit.target) for hit in found.hits]


def _give_content(turn: Turn, result: SearchResult) -> list[EventType]:
    question = message_text(turn.tracker)
    sources = turn.services.sources.find(question, turn.query_locale, result, turn.locale)
    courses = list(dict.fromkeys(hit.entry.target for hit in result.hits))[:_RELATED]
    search = RunningSearch(tuple(Item("course", c) for c in courses), len(courses))
    views = [course_view(turn.knowledge_base, course, turn.locale) for course in courses]
    given = [sources[0], *complements(sources[0], sources[1:])]
    quotes = [quote_view(turn.knowledge_base, source, turn.locale) for source in given]

    async def reply() -> None:
        wording = turn.services.wording
        written = await wording.write(question, turn.locale, sources)
        if written is not None:
            shown = [
                {**source_view(turn.knowledge_base, source, turn.locale), "number": number}
                for number, source in written.cited.items()
            ]
        else:
            translations = await wording.translate(given, turn.locale)
            shown = [_translated(*pair) for pair in zip(quotes, translations, strict=True)]
        turn.reply(
            "utter_content_source",
            sources=shown,
            written=written.text if written else None,
            courses=views,
            start=0,
            confidence=result.probability,
        )

    turn.finish_with(reply)
    return [search.to_event(), *answered()]


def _translated(view: View, translation: str | None) -> View:
    return view if translation is None else {**view, "body": translation, "translated": True}


def _give_faq(turn: Turn, result: SearchResult) -> list[EventType]:
    faq = faq_view(turn.knowledge_base, result.hits[0].target, turn.locale)
    turn.reply("utter_faq_source", faq=faq, confidence=result.probability)
    related = tuple(Item("faq", hit.target) for hit in result.hits[1 : 1 + _RELATED])
    return [RunningSearch(related).to_event(), *answered()]


def _give_course(turn: Turn, result: SearchResult) -> list[EventType]:
    items = tuple(Item("course", hit.target) for hit in result.hits)
    search = RunningSearch(items).next_page(turn.settings.page_size)
    return show_courses(turn, "utter_courses_found", search, start=0, confidence=result.probability)


def _give_competency(turn: Turn, result: SearchResult) -> list[EventType]:
    return explain_competency(turn, result.hits[0].target)


_GIVE = {
    Kind.CONTENT: _give_content,
    Kind.FAQ: _give_faq,
    Kind.COURSE: _give_course,
    Kind.COMPETENCY: _give_competency,
}


class ActionAnswerContent(FreeTextAction):
    """Answer a question with the passage of a course that answers it."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_answer_content"

    def act_on_text(self, turn: Turn) -> list[EventType]:
        """Give the passage, its course and module; else courses on the topic."""
        kinds = [Kind.CONTENT, Kind.FAQ, Kind.COMPETENCY, Kind.COURSE]
        events = answer(turn, kinds, turn.settings.answer_threshold)
        if events is not None:
            return events
        guesses = _guesses(turn, kinds)
        if any(guess.kind != "course" for guess in guesses):
            return not_answered(turn, guesses)
        nearest = list(dict.fromkeys((*guesses, *_nearest_courses(turn))))[:_RELATED]
        return not_answered(turn, nearest, "utter_not_in_courses")


# Questions whose answer lies in the learner's own records, when the chat is linked.
_FROM_RECORDS: dict[str, Callable[[Turn, str], list[EventType] | None]] = {
    **dict.fromkeys(
        (
            "progress-stuck",
            "progress-not-synced",
            "scorm-not-completing",
            "pdf-or-video-not-counting",
            "assessment-failed",
            "attempts-used-up",
        ),
        explain_stuck,
    ),
    "certificate-not-issued": explain_certificate,
    "wrong-name-on-certificate": explain_name,
    "weekly-claps": explain_claps,
    **dict.fromkeys(("apar-courses", "apar-deadline"), show_plan),
    **dict.fromkeys(("course-not-found", "moderated-course"), explain_access),
}


class ActionAnswerPlatform(SathiAction):
    """Answer a question about the platform, from the learner's records if they tell more."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_answer_platform"

    def act(self, turn: Turn) -> list[EventType]:
        """Give the answer of the question that fits; else offer the nearest ones."""
        events = self._from_records(turn)
        if events is not None:
            return events
        kinds = [Kind.FAQ, Kind.CONTENT]
        events = answer(turn, kinds, turn.settings.answer_threshold)
        if events is not None:
            return events
        nearest = [Item("faq", hit.target) for hit in turn.search(Kind.FAQ).hits[:_RELATED]]
        return not_answered(turn, nearest)

    @staticmethod
    def _from_records(turn: Turn) -> list[EventType] | None:
        """Return the events of a personal answer, or None when general help serves better."""
        result = turn.search(Kind.FAQ)
        if turn.verdict(result) is not Verdict.ANSWERS:
            return None
        explain = _FROM_RECORDS.get(result.hits[0].target)
        try:
            if explain is None or turn.learner_id is None:
                return None
            return explain(turn, turn.learner_id)
        except PlatformError as error:
            # The general answer is right without the platform, too.
            logger.warning("records not available: %s", type(error).__name__)
            return None
