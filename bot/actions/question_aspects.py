"""What does a question ask of the thing it names?

The question is compared with typical ones by the sentence encoder, whatever language it is
in: a nearest-prototype classifier over sentence embeddings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from knowledge_base.encoder import Encoder


class QuestionAspects:
    """Tells which of some aspects a question asks for.

    Args:
        encoder: the sentence encoder.
        typical: aspect -> typical questions; those of "" ask for nothing in particular.
        lead: cosine by which the best aspect must lead.
    """

    def __init__(self, encoder: Encoder, typical: Mapping[str, Sequence[str]], lead: float) -> None:
        self._encoder = encoder
        self._questions = [question for group in typical.values() for question in group]
        self._aspects = [aspect for aspect, group in typical.items() for _ in group]
        self._lead = lead

    @cached_property
    def _vectors(self) -> np.ndarray:
        return self._encoder.encode_queries(self._questions)

    def asked(self, question: str) -> str | None:
        """Return the aspect a question asks for, None when it cannot be told.

        Args:
            question: a message about the thing.
        """
        similarities = self._vectors @ self._encoder.encode_queries([question])[0]
        best: dict[str, float] = {}
        for aspect, similarity in zip(self._aspects, similarities, strict=True):
            best[aspect] = max(float(similarity), best.get(aspect, -1.0))
        first, second = sorted(best, key=lambda aspect: -best[aspect])[:2]
        if best[first] - best[second] < self._lead:
            return None
        return first or None
