"""The knowledge base as its users see it: open it once, then ask."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from knowledge_base.calibration import Calibration
from knowledge_base.catalogue import (
    Catalogue,
    Course,
    FaqEntry,
    Module,
    Passage,
    QuizQuestion,
)
from knowledge_base.competencies import CompetencyGuide
from knowledge_base.content import load_content
from knowledge_base.encoder import Encoder, load_encoder, model_name
from knowledge_base.filters import EVERYTHING, Filters
from knowledge_base.index import SearchIndex, open_index
from knowledge_base.languages import registry
from knowledge_base.live_faq import LiveIndex
from knowledge_base.passages import Kind, build_faq_entries
from knowledge_base.search import Searcher, SearchResult
from knowledge_base.settings import KnowledgeBaseSettings
from knowledge_base.vector_store_factory import VectorStores

logger = logging.getLogger(__name__)
_PLATFORM_ID_PREFIX = "do_"


@dataclass(frozen=True)
class LocalPassage:
    """A passage in the best language there is for a reader."""

    course: Course
    course_title: str
    module: Module
    passage: Passage
    language: str


class KnowledgeBase:
    """Courses, questions and competencies, and the search over them.

    Args:
        catalogue: the loaded catalogue.
        index: the opened index over it.
        encoder: the model the index was built with.
        course_link: template of a course's page, see the settings.
    """

    def __init__(
        self, catalogue: Catalogue, index: SearchIndex, encoder: Encoder, course_link: str
    ) -> None:
        self.encoder = encoder
        self._course_link = course_link
        self._live_faq: Mapping[str, Mapping[str, FaqEntry]] = {}
        self._live_vectors: Mapping[str, np.ndarray] = {}
        self._changing = Lock()
        self._retired: SearchIndex | None = None
        self._take(catalogue, index)

    def _take(self, catalogue: Catalogue, index: SearchIndex) -> None:
        self._index = index
        searcher = self._searcher_over(index)
        self.competencies = CompetencyGuide(catalogue)
        # What can be found must be there to be shown.
        self.catalogue = catalogue
        self._searcher = searcher

    def _searcher_over(self, index: SearchIndex) -> Searcher:
        calibrations = {
            Kind(kind): Calibration(**values)
            for kind, values in index.manifest.get("calibration", {}).items()
        }
        if not self._live_faq:
            return Searcher(index, self.encoder, calibrations)
        entries = build_faq_entries(self._live_faq)
        live = LiveIndex(index, entries, self.encoder, self._live_vectors)
        self._live_vectors = live.by_text
        return Searcher(live, self.encoder, calibrations)

    @property
    def snapshot(self) -> Path:
        """Folder of the snapshot of the index in use."""
        return self._index.folder

    def take_over(self, catalogue: Catalogue, index: SearchIndex) -> None:
        """Go on with another catalogue and the index over it; live questions stay.

        Searches that run meanwhile end with what they began with.

        Args:
            catalogue: the loaded catalogue.
            index: the opened index over it.
        """
        with self._changing:
            retired, self._retired = self._retired, self._index
            self._take(catalogue, index)
        # Searches over the one before the last have long ended.
        if retired is not None:
            retired.close()

    def set_live_faq(self, faq: Mapping[str, Mapping[str, FaqEntry]]) -> None:
        """Set the platform questions that are found besides the catalogue's.

        Searches that run meanwhile end with those of before.

        Args:
            faq: by locale and id; ids differ from those of the catalogue.
        """
        with self._changing:
            # Before they can be found they can be shown.
            self._live_faq = {**faq}
            self._searcher = self._searcher_over(self._index)

    def search(
        self,
        query: str,
        locale: str,
        kinds: Sequence[Kind],
        limit: int = 10,
        filters: Filters = EVERYTHING.filters,
        variety: float = 0.0,
    ) -> SearchResult:
        """Search entries of some kinds, see ``Searcher.search``."""
        return self._searcher.search(query, locale, kinds, limit, filters=filters, variety=variety)

    def search_courses(
        self,
        query: str,
        locale: str,
        limit: int = 10,
        filters: Filters = EVERYTHING.filters,
        variety: float = 0.0,
    ) -> SearchResult:
        """Search courses by their descriptions and their passages, see ``Searcher.search``."""
        kinds = [Kind.COURSE, Kind.CONTENT]
        return self._searcher.search(query, locale, kinds, limit, True, filters, variety)

    def question_vector(self, question: str, locale: str) -> np.ndarray:
        """Return the vector of a question, shape (dimension,), length 1.

        Args:
            question: text as typed.
            locale: locale it is written in; in Latin letters it is read in its own script.
        """
        return self._searcher.question_vector(question, locale)

    def rarity(self, key: str) -> float:
        """Return how telling a word is, see ``LexicalIndex.rarity``."""
        return self._searcher.rarity(key)

    def course_title(self, course_id: str, locale: str) -> str:
        """Return a course's title in a locale, or the nearest there is."""
        course = self.catalogue.courses[course_id]
        for candidate in registry.fallback_locales(locale):
            if candidate == course.language:
                return course.title
            title = self.catalogue.titles.get(candidate, {}).get(course_id)
            if title:
                return title.title
        return course.title

    def course_summary(self, course_id: str, locale: str) -> tuple[str, str]:
        """Return a course's summary in the nearest language, and that language's code."""
        course = self.catalogue.courses[course_id]
        for candidate in registry.fallback_locales(locale):
            translation = self.catalogue.translations.get(candidate, {}).get(course_id)
            if translation:
                return translation.summary, candidate
            if candidate == course.language:
                break
        return course.summary, course.language

    def course_link(self, course_id: str) -> str | None:
        """Return the page of a course, or None for one that is not on the platform."""
        course = self.catalogue.courses[course_id]
        if course.link:
            return course.link
        if self._course_link and course_id.startswith(_PLATFORM_ID_PREFIX):
            return self._course_link.format(id=course_id)
        return None

    def passage(self, course_id: str, module_id: str, passage_id: str, locale: str) -> LocalPassage:
        """Return a passage in the asker's language if it exists there, else the nearest."""
        course = self.catalogue.courses[course_id]
        for candidate in registry.fallback_locales(locale):
            if candidate == course.language:
                break
            translation = self.catalogue.translations.get(candidate, {}).get(course_id)
            found = _find(translation.modules, module_id, passage_id) if translation else None
            if found:
                return LocalPassage(course, translation.title, *found, candidate)
            if candidate == course.language:
                break
        module, passage = _find(course.modules, module_id, passage_id)
        language = passage.language or course.language
        return LocalPassage(course, course.title, module, passage, language)

    def quiz_question(self, question_id: str, locale: str) -> tuple[QuizQuestion, str]:
        """Return a practice question in the nearest language, and that language's code."""
        for candidate in registry.fallback_locales(locale):
            question = self.catalogue.quiz.get(candidate, {}).get(question_id)
            if question:
                return question, candidate
        raise KeyError(question_id)

    def quiz_questions(self, courses: Sequence[str]) -> list[str]:
        """Return ids of the practice questions of some courses, in the order of the courses."""
        rank = {course: position for position, course in enumerate(courses)}
        bank = self.catalogue.quiz.get(registry.DEFAULT_LOCALE, {}).values()
        found = [question for question in bank if question.course in rank]
        return [q.id for q in sorted(found, key=lambda question: rank[question.course])]

    def faq(self, faq_id: str, locale: str) -> tuple[FaqEntry, str]:
        """Return a question with its answer in the nearest language, and its locale."""
        for candidate in registry.fallback_locales(locale):
            for source in (self.catalogue.faq, self._live_faq):
                entry = source.get(candidate, {}).get(faq_id)
                if entry:
                    return entry, candidate
        # What is written in one language only is better than nothing.
        for candidate, entries in self._live_faq.items():
            if faq_id in entries:
                return entries[faq_id], candidate
        raise KeyError(faq_id)


def _find(
    modules: Sequence[Module], module_id: str, passage_id: str
) -> tuple[Module, Passage] | None:
    for module in modules:
        for passage in module.passages:
            if module.id == module_id and passage.id == passage_id:
                return module, passage
    return None


def open_knowledge_base(settings: KnowledgeBaseSettings | None = None) -> KnowledgeBase:
    """Open the knowledge base with its built index.

    Raises:
        CatalogueError: a catalogue file is broken.
        ContentStoreError: the content store cannot be used.
        SearchIndexError: no index fits the settings.
        VectorStoreError: the index's vectors cannot be used.
        ModelWeightsError: the bundled model is missing.
    """
    settings = settings or KnowledgeBaseSettings()
    catalogue = load_content(settings)
    stores = VectorStores.of(settings)
    index = open_index(settings.index_directory, model_name(settings), stores)
    encoder = load_encoder(settings)
    return KnowledgeBase(catalogue, index, encoder, settings.course_link)
