"""Which passages answer a question together: the best one, and what others add to it.

Further sources are chosen by maximal marginal relevance (Carbonell and Goldstein 1998, "The
use of MMR, diversity-based reranking"): near to the question and unlike what is given already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from knowledge_base.answers.extract import Extract, Extractor
from knowledge_base.answers.sentence_vectors import SentenceVectors
from knowledge_base.knowledge_base import KnowledgeBase, LocalPassage
from knowledge_base.passages import Entry
from knowledge_base.search import Hit, SearchResult

MOST_SOURCES = 3
# Passages that are looked at for sentences that answer.
MOST_PASSAGES = 5
# A further source must be found nearly as well as the first, its best sentence answer as well,
# and its sentences not say the same again. When this was chosen, a tenth of 80 practice
# questions, which one passage answers, got a further source so, and half of nine topics.
_STRENGTH = 0.75
_SCORE_MARGIN = 0.01
_ALIKE = 0.94
# What nearness to the question counts for, against unlikeness to what is given already.
_RELEVANCE = 0.7


@dataclass(frozen=True)
class Source:
    """A passage with the part of it that answers.

    Attributes:
        entry: what was found.
        local: the passage in the reader's language, or the nearest there is.
        strength: its score in the search, as a share of the best one's.
        find_extract: finds its sentences that answer.
    """

    entry: Entry
    local: LocalPassage
    strength: float
    find_extract: Callable[[], Extract]

    @cached_property
    def extract(self) -> Extract:
        """Its sentences that answer, looked for when first asked: most are not shown."""
        return self.find_extract()


class SourceFinder:
    """Takes from found passages what answers.

    Args:
        knowledge_base: the opened knowledge base.
        vectors: of the passages' sentences.
    """

    def __init__(self, knowledge_base: KnowledgeBase, vectors: SentenceVectors) -> None:
        self._knowledge_base = knowledge_base
        self._vectors = vectors
        self._extractor = Extractor(knowledge_base.rarity)

    def find(
        self,
        question: str,
        question_locale: str,
        result: SearchResult,
        reader_locale: str,
    ) -> list[Source]:
        """Return the passages that may answer, the best first.

        Args:
            question: text as typed.
            question_locale: locale it is written in.
            result: a search of passages for it, sure enough to answer.
            reader_locale: locale to show passages in where they exist in it.

        Returns:
            One to ``MOST_PASSAGES`` of them; ``complements`` tells which to show besides the
            first.
        """
        vector = self._knowledge_base.question_vector(question, question_locale)
        best = result.hits[0].score
        return [
            self._source(
                question, vector, hit, hit.score / best if best > 0 else 0.0, reader_locale
            )
            for hit in result.hits[:MOST_PASSAGES]
        ]

    def _source(
        self, question: str, vector: np.ndarray, hit: Hit, strength: float, reader_locale: str
    ) -> Source:
        entry = hit.entry
        local = self._knowledge_base.passage(
            entry.target, entry.module, entry.passage, reader_locale
        )
        text = local.passage.text

        def extract() -> Extract:
            return self._extractor.extract(question, vector, text, self._vectors.of(text))

        return Source(entry, local, strength, extract)


def complements(first: Source, others: Sequence[Source]) -> list[Source]:
    """Return what adds to the first source, the most telling first.

    Args:
        first: the source that is given in any case.
        others: further ones. Those whose sentences are not encoded yet are left out, since it
            cannot be told what they add, and so are those in another language, whose scores
            do not compare.
    """
    if first.extract.vector is None:
        return []
    left = [source for source in others if _may_add(first, source)]
    chosen = [first]
    while left and len(chosen) < MOST_SOURCES:
        given = np.array([source.extract.vector for source in chosen])
        likeness = [float((given @ source.extract.vector).max()) for source in left]
        worth = [
            _RELEVANCE * source.extract.score - (1 - _RELEVANCE) * alike
            for source, alike in zip(left, likeness, strict=True)
        ]
        best = int(np.argmax(worth))
        if likeness[best] < _ALIKE:
            chosen.append(left[best])
        del left[best]
    return chosen[1:]


def _may_add(first: Source, source: Source) -> bool:
    return (
        source.local.language == first.local.language
        and source.strength >= _STRENGTH
        and source.extract.vector is not None
        and source.extract.score >= first.extract.score - _SCORE_MARGIN
    )
