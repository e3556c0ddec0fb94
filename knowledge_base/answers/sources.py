"""Which passages answer a question together: the best one, and what others add to it.

Further sources are chosen by maximal marginal relevance (Carbonell and Goldstein 1998, "The
use of MMR, diversity-based reranking"): near to the question and unlike what is given already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge_base.answers.extract import Extract, Extractor
from knowledge_base.answers.sentence_vectors import SentenceVectors
from knowledge_base.knowledge_base import KnowledgeBase, LocalPassage
from knowledge_base.passages import Entry
from knowledge_base.search import SearchResult

MOST_SOURCES = 3
# How far below the first one's score a further extract may stand, and how alike two may be:
# cosines, chosen on the practice questions, which one passage answers, and on headings of
# whole modules, which several do.
_SCORE_MARGIN = 0.02
_ALIKE = 0.92
# What nearness to the question counts for, against unlikeness to what is given already.
_RELEVANCE = 0.7


@dataclass(frozen=True)
class Source:
    """A passage with the part of it that answers.

    Attributes:
        entry: what was found.
        local: the passage in the reader's language, or the nearest there is.
        extract: its sentences that answer.
    """

    entry: Entry
    local: LocalPassage
    extract: Extract


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
        threshold: float,
    ) -> list[Source]:
        """Return the passages that may answer, each with the part that does, the best first.

        Args:
            question: text as typed.
            question_locale: locale it is written in.
            result: a search of passages for it, sure enough to answer.
            reader_locale: locale to show passages in where they exist in it.
            threshold: probability that further passages need to answer by themselves.

        Returns:
            The best passage and all others that are sure enough; ``complements`` tells which
            of them to show.
        """
        vector = self._knowledge_base.question_vector(question, question_locale)
        probabilities = self._knowledge_base.probabilities(question, result)
        likely = [
            hit.entry
            for place, (hit, probability) in enumerate(zip(result.hits, probabilities, strict=True))
            if place == 0 or probability >= threshold
        ]
        return [self._source(question, vector, entry, reader_locale) for entry in likely]

    def _source(
        self, question: str, vector: np.ndarray, entry: Entry, reader_locale: str
    ) -> Source:
        local = self._knowledge_base.passage(
            entry.target, entry.module, entry.passage, reader_locale
        )
        text = local.passage.text
        extract = self._extractor.extract(question, vector, text, self._vectors.of(text))
        return Source(entry, local, extract)


def complements(first: Source, others: Sequence[Source]) -> list[Source]:
    """Return what adds to the first source, the most telling first.

    Args:
        first: the source that is given in any case.
        others: further ones; those whose sentences are not encoded yet are left out, since it
            cannot be told what they add.
    """
    if first.extract.vector is None:
        return []
    bar = first.extract.score - _SCORE_MARGIN
    left = [s for s in others if s.extract.vector is not None and s.extract.score >= bar]
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
