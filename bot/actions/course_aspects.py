"""Which fact of a course does a question ask for?

The question is compared with typical ones by the sentence encoder, whatever language it is
in: a nearest-prototype classifier over sentence embeddings.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from knowledge_base.encoder import Encoder

UNKNOWN = "unknown"
# Typical questions by what they ask for; the catalogue has nothing on the last.
_TYPICAL = {
    "duration": (
        "how long does the course take",
        "how many hours is the course",
        "duration of the course",
    ),
    "provider": (
        "which institute or ministry offers the course",
        "who made the course",
        "course provider",
    ),
    "languages": ("in which languages is the course available", "medium of the course"),
    "level": (
        "what level is the course",
        "is the course for beginners or advanced",
        "how difficult is the course",
    ),
    "modules": (
        "what topics does the course cover",
        "number of modules in the course",
        "syllabus of the course",
    ),
    UNKNOWN: (
        "is there an exam or test at the end of the course",
        "will I get a certificate",
        "passing marks of the assessment",
        "is the course mandatory",
        "is the course free",
        "when was the course updated",
    ),
}
# How general questions look; they ask for nothing in particular.
_GENERAL = ("tell me about this course", "give me details of the course")
# Cosine by which the best must lead. Of 42 questions in five languages 31 have such a lead, and
# all of these are read correctly.
_LEAD = 0.015


class CourseAspects:
    """Tells which fact a question asks for.

    Args:
        encoder: the sentence encoder.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._names = [name for name, questions in _TYPICAL.items() for _ in questions]
        self._names += [""] * len(_GENERAL)

    @cached_property
    def _vectors(self) -> np.ndarray:
        questions = [question for group in _TYPICAL.values() for question in group]
        return self._encoder.encode_queries([*questions, *_GENERAL])

    def asked(self, question: str) -> str | None:
        """Return what a question asks for.

        Args:
            question: a message about a course.

        Returns:
            A fact of the course's view, ``UNKNOWN`` for one the catalogue does not have, None
            when it cannot be told.
        """
        similarities = self._vectors @ self._encoder.encode_queries([question])[0]
        best: dict[str, float] = {}
        for name, similarity in zip(self._names, similarities, strict=True):
            best[name] = max(float(similarity), best.get(name, -1.0))
        first, second = sorted(best, key=lambda name: -best[name])[:2]
        if best[first] - best[second] < _LEAD:
            return None
        return first or None
