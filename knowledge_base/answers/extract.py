"""The sentences of a passage that answer a question, in the passage's own words.

Sentences are scored by their cosine with the question and by the rare words they share with it
("answer sentence selection", Yang, Yih and Meek 2015, "WikiQA"). What is given is the run of
neighbouring sentences with the greatest sum of scores above a bar that follows from the best
sentence (the maximum-sum segment of Bentley 1984, "Programming pearls: algorithm design
techniques", of at most four sentences).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from knowledge_base.languages.normalise import normalise
from knowledge_base.romanise import phonetic_tokens
from knowledge_base.sentences import Sentence, split_sentences

MOST_SENTENCES = 4
# Weight of the shared words against the cosine, and how far below the best a neighbour may
# stand and still belong to the answer; chosen on the practice questions of the catalogue
# (``python -m knowledge_base.evaluate.extracts``): half of a passage holds 95 of 100 answers,
# and a missing answer is worse than a sentence too many.
_LEXICAL = 0.1
_MARGIN = 0.1
# A shorter sentence ("It is free.") is not understood without the one before it.
_ALONE = 45


@dataclass(frozen=True)
class Extract:
    """A part of a passage.

    Attributes:
        text: neighbouring sentences, unchanged.
        start: position of its first character in the passage.
        end: position after its last one.
        score: score of its best sentence; comparable between passages for one question.
        vector: mean of its sentences' vectors, length 1; None when they are not known.
    """

    text: str
    start: int
    end: int
    score: float
    vector: np.ndarray | None


class Extractor:
    """Finds the sentences that answer.

    Args:
        rarity: how telling a word is by its phonetic key, see ``SearchIndex.rarity``.
    """

    def __init__(self, rarity: Callable[[str], float]) -> None:
        self._rarity = rarity

    def extract(
        self, question: str, question_vector: np.ndarray, passage: str, vectors: np.ndarray | None
    ) -> Extract:
        """Return the part of a passage that answers a question best.

        Args:
            question: text as typed.
            question_vector: shape (dimension,), length 1.
            passage: text of a passage.
            vectors: of its sentences, shape (sentences, dimension), rows of length 1; without
                them shared words decide, and when there are none the whole passage is given.
        """
        sentences = split_sentences(passage)
        overlap = self._overlap(question, sentences)
        if vectors is None:
            if not overlap.any():
                return Extract(passage, 0, len(passage), 0.0, None)
            scores = _LEXICAL * overlap
        else:
            scores = vectors @ question_vector + _LEXICAL * overlap
        first, last = _best_run(scores, sentences)
        start, end = sentences[first].start, sentences[last].end
        vector = None if vectors is None else _unit(vectors[first : last + 1].mean(axis=0))
        return Extract(passage[start:end], start, end, float(scores.max()), vector)

    def _overlap(self, question: str, sentences: Sequence[Sentence]) -> np.ndarray:
        """Return the share of the question's words in each sentence, rare ones counting more."""
        weights = {key: self._rarity(key) for key in word_keys(question)}
        total = sum(weights.values()) or 1.0
        return np.array(
            [
                sum(weight for key, weight in weights.items() if key in word_keys(sentence.text))
                for sentence in sentences
            ],
            dtype=np.float32,
        ) / np.float32(total)


@lru_cache(maxsize=8192)
def word_keys(text: str) -> frozenset[str]:
    """Return the phonetic keys of a text's words."""
    return frozenset(phonetic_tokens(normalise(text)))


def _best_run(scores: np.ndarray, sentences: Sequence[Sentence]) -> tuple[int, int]:
    """Return the first and the last sentence of the answer."""
    gains = scores - (scores.max() - _MARGIN)
    runs = [
        (float(gains[first : first + length].sum()), -length, first)
        for length in range(1, MOST_SENTENCES + 1)
        for first in range(len(sentences) - length + 1)
    ]
    _, length, first = max(runs)
    last = first - length - 1
    is_short = sentences[last].end - sentences[first].start < _ALONE
    return (first - 1 if is_short and first else first), last


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
