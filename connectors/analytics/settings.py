"""Settings of analytics, from the environment or a ``.env`` file."""

from __future__ import annotations

from pydantic_settings import BaseSettings, SettingsConfigDict


class AnalyticsSettings(BaseSettings):
    """Where turns are kept and how long questions are.

    Attributes:
        events_database: SQLAlchemy URL of the database of turns, see ``endpoints.yml``.
        unanswered_days: how long unanswered questions are kept, in days.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_", env_file=".env", extra="ignore")

    events_database: str = "sqlite:///var/events.db"
    unanswered_days: int = 180
