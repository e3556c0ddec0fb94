"""What replies are worded from: plain dictionaries of facts, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.actions.conversation import Item
from knowledge_base.answers.locations import clock_time, is_slide, place_link
from knowledge_base.answers.sources import Source
from knowledge_base.catalogue import Location, QuizQuestion
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.languages import registry
from knowledge_base.languages.registry import is_romanised
from knowledge_base.recommend.profile import RecommendationFilters
from knowledge_base.romanise import romanise

View = dict[str, Any]


def course_title(knowledge_base: KnowledgeBase, course_id: str, locale: str) -> str:
    """Return a course's title as the reader expects it.

    Who types in Latin letters gets the English title: it is full of English terms, which
    no transliteration gives back ("saibar" for "cyber").
    """
    wanted = registry.DEFAULT_LOCALE if is_romanised(locale) else locale
    return knowledge_base.course_title(course_id, wanted)


def course_view(knowledge_base: KnowledgeBase, course_id: str, locale: str) -> View:
    """Return the facts of a course for a list.

    Args:
        knowledge_base: the opened knowledge base.
        course_id: id of the course.
        locale: locale of the reader.
    """
    course = knowledge_base.catalogue.courses[course_id]
    return {
        "id": course.id,
        "title": course_title(knowledge_base, course.id, locale),
        "provider": course.provider,
        "minutes": round(course.duration_seconds / 60),
        "level": course.level,
        "mandatory": course.mandatory,
        "languages": knowledge_base.catalogue.course_languages(course.id),
        "link": knowledge_base.course_link(course.id),
    }


def course_detail_view(knowledge_base: KnowledgeBase, course_id: str, locale: str) -> View:
    """Return the facts of a course for its own card."""
    course = knowledge_base.catalogue.courses[course_id]
    summary, language = knowledge_base.course_summary(course_id, locale)
    translation = knowledge_base.catalogue.translations.get(language, {}).get(course_id)
    modules = (translation or course).modules
    competencies = [competency_name(knowledge_base, key, locale) for key in course.competencies]
    return {
        **course_view(knowledge_base, course_id, locale),
        "summary": local_text(summary, locale),
        "source_language": language,
        "modules": [local_text(module.title, locale) for module in modules],
        "competencies": competencies,
    }


def filters_view(filters: RecommendationFilters | None) -> View:
    """Return what the courses of a list had to meet."""
    wanted = filters or RecommendationFilters()
    facts = {
        "language": wanted.language,
        "minutes": wanted.max_minutes,
        "level": wanted.level,
        "provider": wanted.provider,
        "mandatory": wanted.mandatory,
    }
    return {name: value for name, value in facts.items() if value is not None}


def quote_view(knowledge_base: KnowledgeBase, source: Source, locale: str) -> View:
    """Return the part of a passage that answers, with what to cite it by."""
    body = local_text(source.extract.text, locale)
    return {**source_view(knowledge_base, source, locale), "body": body, "translated": False}


def source_view(knowledge_base: KnowledgeBase, source: Source, locale: str) -> View:
    """Return what to cite a passage by."""
    entry, local = source.entry, source.local
    # Translations need not repeat what stands with the original.
    original = knowledge_base.passage(
        entry.target, entry.module, entry.passage, local.course.language
    ).passage
    location = local.passage.location or original.location
    return {
        "heading": local_text(local.passage.heading, locale),
        "reference": local.passage.reference or original.reference,
        "course_id": local.course.id,
        "course": course_title(knowledge_base, local.course.id, locale),
        "module": local_text(local.module.title, locale),
        "source_language": local.language,
        "place": _place(location),
        "link": (location and place_link(location)) or knowledge_base.course_link(local.course.id),
    }


def _place(location: Location | None) -> View | None:
    """Return where in its document a passage stands: a page, a slide or a moment."""
    if location is None:
        return None
    if location.seconds is not None:
        return {"kind": "time", "at": clock_time(location.seconds)}
    if location.page is not None:
        return {"kind": "slide" if is_slide(location) else "page", "at": location.page}
    return None


def faq_view(knowledge_base: KnowledgeBase, faq_id: str, locale: str) -> View:
    """Return a platform question with its answer."""
    entry, source = knowledge_base.faq(faq_id, locale)
    return {
        "id": faq_id,
        "question": local_text(entry.question, locale),
        "body": local_text(entry.answer, locale),
        "source_language": registry.language_of(source),
    }


def quiz_view(question: QuizQuestion, locale: str) -> View:
    """Return a practice question without its answer."""
    return {
        "question": local_text(question.question, locale),
        "options": [local_text(option, locale) for option in question.options],
        "explanation": local_text(question.explanation, locale),
    }


def competency_name(knowledge_base: KnowledgeBase, key: str, locale: str) -> str:
    """Return what an entry of the competency model is called; English in Latin letters."""
    wanted = registry.DEFAULT_LOCALE if is_romanised(locale) else locale
    return knowledge_base.competencies.name(key, wanted).name


def competency_view(knowledge_base: KnowledgeBase, key: str, locale: str) -> View:
    """Return an entry of the competency model with its definition."""
    definition = knowledge_base.competencies.name(key, locale).definition
    return {
        "id": key,
        "name": competency_name(knowledge_base, key, locale),
        "body": local_text(definition or "", locale),
    }


def item_titles(knowledge_base: KnowledgeBase, items: Sequence[Item], locale: str) -> list[View]:
    """Return number-ready titles of list items of any kind."""
    titles = []
    for item in items:
        if item.kind in ("course", "enrolment"):
            known = item.id in knowledge_base.catalogue.courses
            title = course_title(knowledge_base, item.id, locale) if known else item.id
        elif item.kind == "certificate":
            title = item.id
        elif item.kind == "faq":
            title = knowledge_base.faq(item.id, locale)[0].question
        else:
            title = competency_name(knowledge_base, item.id, locale)
        titles.append({"kind": item.kind, "id": item.id, "title": local_text(title, locale)})
    return titles


def local_text(text: str, locale: str) -> str:
    """Return a text in the reader's letters: Latin ones for a romanised locale."""
    return romanise(text) if is_romanised(locale) else text
