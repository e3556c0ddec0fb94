"""Translation of passages through Bhashini, the government's language platform."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.circuit_breaker import CircuitBreaker
from connectors.platform.bhashini_pipeline import (
    BhashiniPipeline,
    CredentialsRefusedError,
    Pair,
    TranslationError,
)
from connectors.platform.settings import BhashiniSettings
from connectors.retrying import TransientError
from knowledge_base.languages import registry
from knowledge_base.languages.script import has_letters
from knowledge_base.romanise import romanise
from knowledge_base.sentences import Sentence, split_sentences

_PAUSE_SECONDS = 60.0
# What one call is given at most: longer ones run into time-outs of the service.
_BATCH_SENTENCES = 20
_BATCH_CHARACTERS = 4000


@dataclass(frozen=True)
class Translation:
    """Texts in another language.

    Attributes:
        texts: the translations, in the order of the originals.
        source: locale of the originals.
        target: locale of the translations.
    """

    texts: tuple[str, ...]
    source: str
    target: str


class BhashiniTranslator:
    """Translates texts of courses over HTTP; to be used on one event loop.

    Texts go out sentence by sentence, since the models translate sentences; those translated
    before are kept. After a failure Bhashini is left alone for a minute.

    Args:
        settings: account, pipeline and limits.
        clock: returns a number of seconds that only grows.

    Raises:
        ValueError: the account is not set, or the address is not one of HTTP.
    """

    def __init__(
        self, settings: BhashiniSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._pipeline = BhashiniPipeline(settings, clock)
        self._breaker = CircuitBreaker(_PAUSE_SECONDS, clock)
        self._known: OrderedDict[tuple[str, Pair], str] = OrderedDict()

    async def close(self) -> None:
        """Close the connections."""
        await self._pipeline.close()

    async def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
        """Translate texts.

        Args:
            texts: texts without anything personal.
            source: language of the texts.
            target: locale to translate to, in its own script or in Latin letters.

        Raises:
            PairNotOfferedError: Bhashini does not translate between the two.
            TranslationError: it failed, took too long, or answered in another format.
        """
        pair = (source, registry.language_of(target))
        translated = list(texts) if pair[0] == pair[1] else await self._translated(texts, pair)
        if registry.is_romanised(target):
            # The loop's other calls need not wait for the transliteration.
            translated = [await asyncio.to_thread(romanise, text) for text in translated]
        return Translation(tuple(translated), source, target)

    async def _translated(self, texts: Sequence[str], pair: Pair) -> list[str]:
        sentences = [split_sentences(text) for text in texts]
        wanted = {s.text for text in sentences for s in text if has_letters(s.text)}
        known = self._recall(wanted, pair)
        missing = sorted(wanted - known.keys())
        if missing:
            known |= await self._ask(missing, pair)
            self._keep(known, pair)
        return [_put_together(*both, known) for both in zip(texts, sentences, strict=True)]

    async def _ask(self, sentences: Sequence[str], pair: Pair) -> dict[str, str]:
        """Translate sentences within the time there is."""
        if self._breaker.is_open:
            raise TranslationError("Bhashini: left alone after a failure")
        batches = list(_batches(sentences))
        try:
            async with asyncio.timeout(self._settings.timeout):
                answers = await asyncio.gather(
                    *(self._pipeline.compute(batch, pair) for batch in batches)
                )
        except TimeoutError:
            self._breaker.failed()
            problem = f"no answer within {self._settings.timeout:g} s"
            raise TranslationError(f"Bhashini: {problem}") from None
        except TransientError as error:
            self._breaker.failed()
            raise TranslationError(f"Bhashini: {error}") from None
        except CredentialsRefusedError:
            self._breaker.failed()
            raise
        return {
            sentence: text
            for batch, answer in zip(batches, answers, strict=True)
            for sentence, text in zip(batch, answer, strict=True)
        }

    def _recall(self, sentences: set[str], pair: Pair) -> dict[str, str]:
        found = {}
        for sentence in sentences:
            if (sentence, pair) in self._known:
                self._known.move_to_end((sentence, pair))
                found[sentence] = self._known[sentence, pair]
        return found

    def _keep(self, translated: Mapping[str, str], pair: Pair) -> None:
        for sentence, text in translated.items():
            self._known[sentence, pair] = text
            self._known.move_to_end((sentence, pair))
        while len(self._known) > self._settings.cached_sentences:
            self._known.popitem(last=False)


def _put_together(text: str, sentences: Sequence[Sentence], known: Mapping[str, str]) -> str:
    """Return a text with its sentences replaced; the space between them stays."""
    parts, end = [], 0
    for sentence in sentences:
        parts += [text[end : sentence.start], known.get(sentence.text, sentence.text)]
        end = sentence.end
    return "".join([*parts, text[end:]])


def _batches(sentences: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for sentence in sentences:
        full = len(batch) == _BATCH_SENTENCES or characters + len(sentence) > _BATCH_CHARACTERS
        if batch and full:
            yield batch
            batch, characters = [], 0
        batch.append(sentence)
        characters += len(sentence)
    if batch:
        yield batch
