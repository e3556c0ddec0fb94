"""Settings of the action server, environment variables with the prefix ``SATHI_``."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

REPOSITORY = Path(__file__).parent.parent.parent


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
    verify_link: str = "https://portal.igotkarmayogi.gov.in/certs/{number}"

    @property
    def tracker_store_url(self) -> URL:
        """Where Rasa keeps the conversations."""
        return URL.create(self.tracker_dialect, database=self.tracker_db)
