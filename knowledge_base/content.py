"""All content there is: the catalogue's files and the courses that were taken in."""

from __future__ import annotations

import logging

from knowledge_base.catalogue import Catalogue, Course
from knowledge_base.content_store import open_filled_store
from knowledge_base.loader import load_catalogue
from knowledge_base.settings import KnowledgeBaseSettings

logger = logging.getLogger(__name__)


def load_content(settings: KnowledgeBaseSettings) -> Catalogue:
    """Load the catalogue's files and add the courses of the content store.

    A course that the files have is theirs: translations, questions and quizzes refer to its
    passages. Of courses that several sources have, the first source's counts, in the order of
    their names.

    Args:
        settings: where files and store are.

    Raises:
        CatalogueError: a file is broken, incomplete or contradicts another.
        ContentStoreError: the store cannot be used.
    """
    catalogue = load_catalogue(settings.catalogue)
    store = open_filled_store(settings.content_database)
    if store is None:
        return catalogue
    model = catalogue.competency_model
    competencies = {competency.id for competency in model.competencies} if model else set()
    try:
        for course in store.courses():
            if course.id not in catalogue.courses:
                catalogue.courses[course.id] = _with_known(course, competencies)
    finally:
        store.close()
    return catalogue


def store_digest(settings: KnowledgeBaseSettings) -> str:
    """Return a hash of the content store's courses, empty if nothing was ever taken in.

    Raises:
        ContentStoreError: the store cannot be used.
    """
    store = open_filled_store(settings.content_database)
    if store is None:
        return ""
    try:
        return store.digest()
    finally:
        store.close()


def _with_known(course: Course, competencies: set[str]) -> Course:
    """Leave out competencies that the catalogue's model does not have (any more)."""
    known = tuple(key for key in course.competencies if key in competencies)
    if known == course.competencies:
        return course
    logger.info("course %s names competencies that the model does not have", course.id)
    return course.model_copy(update={"competencies": known})
