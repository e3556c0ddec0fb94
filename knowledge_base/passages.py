"""What is put into the index: one *entry* a text that a query may hit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from knowledge_base.attributes import Attributes
from knowledge_base.catalogue import Catalogue, Course, FaqEntry, Module, Passage
from knowledge_base.filters import CourseFacts
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise


class Kind(StrEnum):
    """What an entry stands for."""

    COURSE = "course"
    CONTENT = "content"
    FAQ = "faq"
    COMPETENCY = "competency"


class View(StrEnum):
    """Which side of its target an entry shows; each is ranked by itself.

    Texts of one form resemble one another: a question is nearer to other questions than to
    the passage that answers it.
    """

    NAME = "name"
    SUMMARY = "summary"
    SITUATION = "situation"
    PASSAGE = "passage"
    HEADING = "heading"
    QUESTION = "question"
    ANSWER = "answer"
    DEFINITION = "definition"


@dataclass(frozen=True)
class Entry:
    """A text in the index.

    Attributes:
        kind: what it stands for.
        target: id of the course, question or competency it leads to.
        module: id of the module, content only.
        passage: id of the passage, content only.
        view: which side of it the text shows.
        locale: language of the text.
        text: what is embedded and matched, normalised.
        facts: of the course it belongs to, if any.
    """

    kind: Kind
    view: View
    target: str
    locale: str
    text: str
    module: str = ""
    passage: str = ""
    facts: CourseFacts | None = None

    @property
    def id(self) -> int:
        """Number made from all that the entry is, 0 to 2^63 - 1: what changes gets another."""
        parts = (self.kind, self.view, self.target, self.locale, self.module, self.passage)
        content = "\0".join((*parts, self.text, repr(self.facts)))
        return int.from_bytes(hashlib.sha256(content.encode()).digest()[:8], "big") >> 1

    @property
    def unit(self) -> str:
        """What is found when passages are wanted for themselves."""
        return f"{self.target}/{self.passage}" if self.kind is Kind.CONTENT else self.target

    @property
    def attributes(self) -> Attributes:
        """What the entry is selected by."""
        return Attributes(
            self.kind.value, self.view.value, self.locale, self.target, self.unit, self.facts
        )

    def normalised(self) -> Entry:
        """Return the entry with its text normalised."""
        return replace(self, text=normalise(self.text))


def raw_entries(catalogue: Catalogue) -> list[Entry]:
    """Build the entries of a catalogue in a fixed order, their texts not normalised yet."""
    entries = [*_courses(catalogue), *_content(catalogue), *_questions(catalogue)]
    facts = {course.id: course_facts(catalogue, course) for course in catalogue.courses.values()}
    entries = [replace(entry, facts=facts[entry.target]) for entry in entries]
    return [*entries, *_faq(catalogue.faq), *_competencies(catalogue)]


def build_entries(catalogue: Catalogue) -> list[Entry]:
    """Build the entries of a catalogue, in a fixed order."""
    return [entry.normalised() for entry in raw_entries(catalogue)]


def course_facts(catalogue: Catalogue, course: Course) -> CourseFacts:
    """Return what filters know of a course."""
    return CourseFacts(
        tuple(catalogue.course_languages(course.id)),
        course.provider,
        course.competencies,
        course.duration_seconds,
        course.level,
        course.mandatory,
    )


def build_faq_entries(faq: Mapping[str, Mapping[str, FaqEntry]]) -> list[Entry]:
    """Build the entries of platform questions, given by locale and id."""
    return [entry.normalised() for entry in _faq(faq)]


def _courses(catalogue: Catalogue) -> Iterator[Entry]:
    for course in catalogue.courses.values():
        words, language = ", ".join(course.keywords), course.language
        modules = ". ".join(module.title for module in course.modules)
        yield Entry(Kind.COURSE, View.NAME, course.id, language, f"{course.title}. {words}")
        text = f"{course.title}. {course.summary} {modules}"
        yield Entry(Kind.COURSE, View.SUMMARY, course.id, language, text)
    for language, situations in catalogue.situations.items():
        for course_id, sentences in situations.items():
            for sentence in sentences:
                yield Entry(Kind.COURSE, View.SITUATION, course_id, language, sentence)
    for language, titles in catalogue.titles.items():
        for course_id, title in titles.items():
            text = f"{title.title}. {', '.join(title.keywords)}"
            yield Entry(Kind.COURSE, View.NAME, course_id, language, text)
    for language, translations in catalogue.translations.items():
        for course_id, translation in translations.items():
            text = f"{translation.title}. {translation.summary}"
            yield Entry(Kind.COURSE, View.SUMMARY, course_id, language, text)


def _content_entries(
    course_id: str, language: str, title: str, module: Module, passage: Passage
) -> Iterator[Entry]:
    """Yield a passage with its headings, and the headings alone, which are near to questions."""
    headings = f"{title}: {module.title}. {passage.heading}."
    for view, text in (
        (View.PASSAGE, f"{headings} {passage.text}"),
        (View.HEADING, headings),
    ):
        yield Entry(Kind.CONTENT, view, course_id, language, text, module.id, passage.id)


def _content(catalogue: Catalogue) -> Iterator[Entry]:
    for course in catalogue.courses.values():
        for module in course.modules:
            for passage in module.passages:
                language = passage.language or course.language
                yield from _content_entries(course.id, language, course.title, module, passage)
    for language, translations in catalogue.translations.items():
        for translation in translations.values():
            for module in translation.modules:
                for passage in module.passages:
                    yield from _content_entries(
                        translation.id, language, translation.title, module, passage
                    )


def _questions(catalogue: Catalogue) -> Iterator[Entry]:
    module_of = {
        (course.id, passage.id): module.id
        for course in catalogue.courses.values()
        for module in course.modules
        for passage in module.passages
    }
    for language, courses in catalogue.questions.items():
        for course_id, passages in courses.items():
            for passage_id, questions in passages.items():
                module_id = module_of[course_id, passage_id]
                for question in questions:
                    yield Entry(
                        Kind.CONTENT,
                        View.QUESTION,
                        course_id,
                        language,
                        question,
                        module_id,
                        passage_id,
                    )


def _faq(faq: Mapping[str, Mapping[str, FaqEntry]]) -> Iterator[Entry]:
    for language, entries in faq.items():
        if registry.is_romanised(language):
            # Romanised questions are searched in the language's own script.
            continue
        for entry in entries.values():
            for wording in (entry.question, *entry.variants):
                yield Entry(Kind.FAQ, View.QUESTION, entry.id, language, wording)
            text = f"{entry.question} {entry.answer}"
            yield Entry(Kind.FAQ, View.ANSWER, entry.id, language, text)


def _competencies(catalogue: Catalogue) -> Iterator[Entry]:
    for language, names in catalogue.competency_names.items():
        for key, name in names.items():
            if not name.definition:
                continue
            text = f"{', '.join((name.name, *name.aliases))}. {name.definition}"
            yield Entry(Kind.COMPETENCY, View.DEFINITION, key, language, text)
