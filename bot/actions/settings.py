"""Settings of the action server, environment variables with the prefix ``SATHI_``."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

REPOSITORY = Path(__file__).parent.parent.parent
# Rasa's older SQLAlchemy takes psycopg2 by the plain name; here psycopg 3 serves all databases.
_DRIVERS = {"postgresql": "postgresql+psycopg"}


class ActionSettings(BaseSettings):
    """How the action server runs and decides.

    Attributes:
        action_host: address to listen on; it has no authentication, so keep it local.
        action_port: port to listen on.
        helpdesk_contact: e-mail or phone shown to those who want a person.
        answer_threshold: probability above which a found answer is given.
        sure_threshold: probability above which even a question that seems out of scope is
            answered.
        suggest_threshold: probability above which a find is offered as a guess.
        page_size: results shown at a time.
        max_message_characters: longer messages are declined.
        state_directory: folder for what must survive a restart.
        tracker_dialect: SQLAlchemy dialect of Rasa's conversations, as in ``endpoints.yml``.
        tracker_db: their database; a file for SQLite.
        tracker_host: its server, empty for SQLite.
        tracker_port: port of the server, 0 for the dialect's own.
        tracker_username: who signs in there.
        tracker_password: with which password.
        verify_link: address where a certificate is verified, ``{number}`` for its number.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_", env_file=".env", extra="ignore")

    action_host: str = "127.0.0.1"
    action_port: int = 5055
    helpdesk_contact: str = "support@igotkarmayogi.gov.in"
    answer_threshold: float = 0.5
    sure_threshold: float = 0.9
    suggest_threshold: float = 0.25
    page_size: int = 5
    max_message_characters: int = 1000
    state_directory: Path = REPOSITORY / "var"
    tracker_dialect: str = "sqlite"
    tracker_db: str = str(REPOSITORY / "var" / "conversations.db")
    tracker_host: str = ""
    tracker_port: int = 0
    tracker_username: str = ""
    tracker_password: SecretStr = SecretStr("")
    verify_link: str = "https://portal.igotkarmayogi.gov.in/certs/{number}"

    @property
    def tracker_store_url(self) -> URL:
        """Where Rasa keeps the conversations."""
        return URL.create(
            _DRIVERS.get(self.tracker_dialect, self.tracker_dialect),
            username=self.tracker_username or None,
            password=self.tracker_password.get_secret_value() or None,
            host=self.tracker_host or None,
            port=self.tracker_port or None,
            database=self.tracker_db,
        )

    @property
    def recommender_directory(self) -> Path:
        """Folder of what was fitted to the enrolments."""
        return self.state_directory / "recommender"
