"""An English gloss of what learners write, where a translator is configured."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol

import httpx

from connectors.log_redaction import redact
from knowledge_base.languages import registry
from knowledge_base.languages.script import has_letters

logger = logging.getLogger(__name__)
_TARGET = "en"
_GUESSED = "auto"
_TIMEOUT_SECONDS = 8.0
# A page that waits longer than this is shown without the glosses that are not there yet.
_PAGE_SECONDS = 8.0
# A server that does not answer would hold up every page of the console.
_PAUSE_SECONDS = 60.0
_KEPT = 2048
# A text, and its locale as far as that is known.
Text = tuple[str, str | None]


class TranslationError(RuntimeError):
    """The translator gave no translation."""


class Translator(Protocol):
    """Translate into English."""

    def gloss(self, texts: Sequence[Text]) -> list[str | None]:
        """Return the English of texts, None for those there is none of.

        Args:
            texts: (text, locale) of each; the locale is None where it has to be guessed.
        """


class NoTranslator:
    """The default: texts stand as they are."""

    def gloss(self, texts: Sequence[Text]) -> list[str | None]:
        """Return nothing for every text."""
        return [None] * len(texts)


class LibreTranslator:
    """A server with LibreTranslate's API (https://docs.libretranslate.com).

    It gets the texts without what could be personal in them. Threads may share it.

    Args:
        url: address of the server, without ``/translate``.
        api_key: its key, empty for none.
        clock: returns a number of seconds that only grows.
    """

    def __init__(
        self, url: str, api_key: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url.rstrip("/")
        self._api_key = api_key
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = threading.Lock()
        self._asked_again_at = clock()

    def gloss(self, texts: Sequence[Text]) -> list[str | None]:
        """Return the English of texts; a fault of the server leaves them without."""
        end = self._clock() + _PAGE_SECONDS
        found: list[str | None] = [None] * len(texts)
        # The newest first: they are what somebody is about to answer.
        for position in reversed(range(len(texts))):
            text, locale = texts[position]
            if has_letters(text) and not (locale and registry.language_of(locale) == _TARGET):
                english = self._english(redact(text), _source(locale), end)
                is_same = english is not None and english.casefold() == text.casefold()
                found[position] = None if is_same else english
        return found

    def _english(self, text: str, source: str, end: float) -> str | None:
        """Return a translation that is known, or that the server gives before ``end``."""
        key = (text, source)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            if not self._asked_again_at <= self._clock() < end:
                return None
        try:
            english = self._ask(text, source)
        except TranslationError as error:
            logger.warning("translator: %s", error)
            with self._lock:
                self._asked_again_at = self._clock() + _PAUSE_SECONDS
            return None
        with self._lock:
            self._known[key] = english
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return english

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


def _source(locale: str | None) -> str:
    """Return the server's name of a locale; it knows languages in their own script only."""
    if locale is None or registry.is_romanised(locale):
        return _GUESSED
    return locale
