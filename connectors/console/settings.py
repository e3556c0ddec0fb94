"""Settings of the console, from the environment or a ``.env`` file."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from connectors.console.translator import LibreTranslator, NoTranslator, Translator


class ConsoleSettings(BaseSettings):
    """What the console uses besides the database.

    Attributes:
        translate_url: address of a server with LibreTranslate's API; empty for no gloss.
        translate_api_key: its key.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_", env_file=".env", extra="ignore")

    translate_url: str = ""
    translate_api_key: SecretStr = SecretStr("")

    def translator(self) -> Translator:
        """Return the translator that is configured."""
        if not self.translate_url:
            return NoTranslator()
        return LibreTranslator(self.translate_url, self.translate_api_key.get_secret_value())
