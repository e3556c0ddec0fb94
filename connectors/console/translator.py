"""An English gloss of what learners write, where a translator is configured."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import httpx

from connectors.log_redaction import redact
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
_TARGET = "en"
_TIMEOUT_SECONDS = 8.0
_KEPT = 2048


class TranslationError(RuntimeError):
    """The translator gave no translation."""


class Translator(Protocol):
    """Translate into English."""

    def gloss(self, texts: Sequence[str], locale: str) -> list[str | None]:
        """Return the English of texts, None for those there is none of.

        Args:
            texts: texts of one locale.
            locale: their locale.
        """


class NoTranslator:
    """The default: texts stand as they are."""

    def gloss(self, texts: Sequence[str], locale: str) -> list[str | None]:
        """Return nothing for every text."""
        return [None] * len(texts)


class LibreTranslator:
    """A server with LibreTranslate's API (https://docs.libretranslate.com).

    It gets the texts without what could be personal in them.

    Args:
        url: address of the server, without ``/translate``.
        api_key: its key, empty for none.
    """

    def __init__(self, url: str, api_key: str = "") -> None:
        self._url = url.rstrip("/")
        self._api_key = api_key
        self._translate = lru_cache(maxsize=_KEPT)(self._ask)

    def gloss(self, texts: Sequence[str], locale: str) -> list[str | None]:
        """Return the English of texts; a fault of the server leaves them without."""
        if registry.language_of(locale) == _TARGET:
            return [None] * len(texts)
        # Servers know languages in their own script; the rest they have to guess.
        source = "auto" if registry.is_romanised(locale) else locale
        found: list[str | None] = []
        for text in texts:
            try:
                found.append(self._translate(redact(text), source))
            except TranslationError as error:
                logger.warning("translator: %s", error)
                return [*found, *[None] * (len(texts) - len(found))]
        return found

    def _ask(self, text: str, source: str) -> str:
        body = {"q": text, "source": source, "target": _TARGET, "format": "text"}
        if self._api_key:
            body["api_key"] = self._api_key
        try:
            answer = httpx.post(f"{self._url}/translate", json=body, timeout=_TIMEOUT_SECONDS)
            answer.raise_for_status()
            translated = answer.json()["translatedText"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise TranslationError(type(error).__name__) from error
        if not isinstance(translated, str):
            raise TranslationError("the answer holds no text")
        return translated
