"""Answers in the asker's own words and language, when a language model or Bhashini is set up.

Both are optional. What they do not do in time, or do wrongly, is left to the extracts of the
passages, which are there already.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.observability.metrics import count_error
from connectors.platform.answer_generation import ChatAnswerGenerator, GenerationError
from connectors.platform.bhashini import BhashiniTranslator
from connectors.platform.bhashini_pipeline import TranslationError
from connectors.platform.factory import PlatformSettingError
from connectors.platform.settings import BhashiniSettings, GenerationSettings
from knowledge_base.answers.citations import CitablePassage, RejectedAnswer
from knowledge_base.answers.sources import Source
from knowledge_base.encoder import Encoder
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WrittenAnswer:
    """An answer that a language model wrote and that rests on passages.

    Attributes:
        text: the answer, with citations like ``[1]``.
        cited: number -> the passage it cites by it, ascending.
    """

    text: str
    cited: dict[int, Source]


class AnswerWording:
    """Words answers as far as it is set up; its calls run on the server's event loop.

    Args:
        generator: writes answers, None for none.
        translator: translates extracts, None for none.
    """

    def __init__(
        self,
        generator: ChatAnswerGenerator | None = None,
        translator: BhashiniTranslator | None = None,
    ) -> None:
        self._generator = generator
        self._translator = translator

    async def write(
        self, question: str, locale: str, sources: Sequence[Source]
    ) -> WrittenAnswer | None:
        """Return an answer written from passages, None when there is none to rely on.

        Args:
            question: what was asked, as typed.
            locale: locale to answer in.
            sources: what was found, the best first.
        """
        if self._generator is None:
            return None
        numbered = dict(enumerate(sources, start=1))
        passages = [_citable(number, source) for number, source in numbered.items()]
        try:
            answer = await self._generator.generate(question, locale, passages)
        except GenerationError as error:
            logger.warning("no written answer: %s", error)
            count_error("generation")
            return None
        if isinstance(answer, RejectedAnswer):
            logger.info("a written answer is dropped: %s", answer.reason.value)
            return None
        return WrittenAnswer(answer.text, {number: numbered[number] for number in answer.citations})

    async def translate(self, sources: Sequence[Source], locale: str) -> list[str | None]:
        """Return the extracts in the reader's language, None for those to be shown as they are.

        Args:
            sources: what is shown.
            locale: locale of the reader.
        """
        return [await self._translated(source, locale) for source in sources]

    async def _translated(self, source: Source, locale: str) -> str | None:
        language = source.local.language
        if self._translator is None or language == registry.language_of(locale):
            return None
        try:
            translation = await self._translator.translate([source.extract.text], language, locale)
        except TranslationError as error:
            logger.warning("no translation: %s", error)
            count_error("translation")
            return None
        return translation.texts[0]

    async def close(self) -> None:
        """Close the connections."""
        for client in (self._generator, self._translator):
            if client is not None:
                await client.close()


def _citable(number: int, source: Source) -> CitablePassage:
    local = source.local
    title = f"{local.course_title}: {local.module.title}. {local.passage.heading}"
    return CitablePassage(number, title, local.passage.text, local.language)


def open_wording(
    generation: GenerationSettings, bhashini: BhashiniSettings, encoder: Encoder
) -> AnswerWording:
    """Return what words answers, as it is set up.

    Args:
        generation: where a language model is, if anywhere.
        bhashini: account of the translator, if there is one.
        encoder: compares written sentences with the passages they cite.

    Raises:
        PlatformSettingError: a setting is missing or wrong.
    """
    try:
        return AnswerWording(
            ChatAnswerGenerator(generation, encoder) if generation.url else None,
            BhashiniTranslator(bhashini) if bhashini.api_key.get_secret_value() else None,
        )
    except ValueError as error:
        raise PlatformSettingError(str(error)) from error
