"""Analytics as the settings choose it."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from connectors.analytics.queries import Analytics
from connectors.analytics.settings import AnalyticsSettings
from connectors.analytics.tables import open_events
from connectors.platform.records import PlatformUnavailableError
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.languages import registry


def open_analytics(
    settings: AnalyticsSettings, engine: Engine, knowledge_base: KnowledgeBase
) -> Analytics:
    """Open what counts what happened.

    Args:
        settings: where turns are kept.
        engine: the platform's migrated database.
        knowledge_base: knows the competencies of courses.

    Raises:
        PlatformUnavailableError: the database of turns cannot be used.
    """
    try:
        events = open_events(settings.events_database)
    except (SQLAlchemyError, ImportError, OSError) as error:
        raise PlatformUnavailableError(
            f"SATHI_EVENTS_DATABASE cannot be used ({type(error).__name__}); set it to something "
            "like sqlite:///var/events.db"
        ) from error
    return Analytics(events, engine, _competencies(knowledge_base))


def _competencies(knowledge_base: KnowledgeBase) -> dict[str, list[str]]:
    """Return the English names of each course's competencies."""
    guide = knowledge_base.competencies
    return {
        key: [guide.name(c, registry.DEFAULT_LOCALE).name for c in course.competencies]
        for key, course in knowledge_base.catalogue.courses.items()
    }
