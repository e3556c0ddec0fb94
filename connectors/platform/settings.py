"""Settings of the learning platform, from the environment or a ``.env`` file."""

from __future__ import annotations

from typing import Literal

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class PlatformSettings(BaseSettings):
    """Which platform Sathi asks, and where Sathi keeps its own tables.

    Attributes:
        database: SQLAlchemy URL of the database; a relative SQLite path starts at the
            working directory.
        platform: ``sql`` for the embedded platform, ``sunbird`` for a Sunbird installation.
        sunbird_url: where Sunbird's API is, without ``/api``.
        sunbird_api_key: key of the API gateway.
        sunbird_timeout_seconds: how long one request may take, in seconds.
        link_secret: secret that link tokens are signed and chats are hashed with.
        widget_secret: secret that a portal signs the identity of its learners with; empty
            where none does.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_", env_file=".env", extra="ignore")

    database: str = "sqlite:///var/sathi.db"
    platform: Literal["sql", "sunbird"] = "sql"
    sunbird_url: str = ""
    sunbird_api_key: SecretStr = SecretStr("")
    sunbird_timeout_seconds: float = 5
    link_secret: SecretStr = SecretStr("")
    widget_secret: SecretStr = SecretStr("")
