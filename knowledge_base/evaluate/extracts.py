"""Do extracts hold the answer? ``python -m knowledge_base.evaluate.extracts`` tells.

The practice questions of the catalogue are asked, each of its own passage. The sentence that
answers is the one that shares the words of the right option which the question does not have
(distant supervision, Mintz et al. 2009); where no sentence stands out the question is left out.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from knowledge_base.answers.extract import Extractor, word_keys
from knowledge_base.answers.sentence_vectors import SentenceVectors
from knowledge_base.catalogue import QuizQuestion
from knowledge_base.content_store import ContentStoreError
from knowledge_base.index import SearchIndexError
from knowledge_base.knowledge_base import KnowledgeBase, open_knowledge_base
from knowledge_base.loader import CatalogueError
from knowledge_base.model_weights import ModelWeightsError
from knowledge_base.sentences import Sentence, split_sentences
from knowledge_base.settings import KnowledgeBaseSettings

# A sentence answers that holds so much of the right option's information, and so much more
# than the next one.
_HELD = 0.5
_AHEAD = 0.25


@dataclass(frozen=True)
class Labelled:
    """A practice question with the passage that answers it.

    Attributes:
        answer: the sentence that does.
    """

    language: str
    question: str
    passage: str
    answer: Sentence


def labelled_questions(knowledge_base: KnowledgeBase) -> Iterator[Labelled]:
    """Yield the practice questions whose answering sentence stands out."""
    for language, questions in knowledge_base.catalogue.quiz.items():
        for question in questions.values():
            passage = _passage(knowledge_base, question, language)
            answer = _answering(knowledge_base, question, passage) if passage else None
            if passage and answer:
                yield Labelled(language, question.question, passage, answer)


def _passage(knowledge_base: KnowledgeBase, question: QuizQuestion, language: str) -> str | None:
    modules = knowledge_base.catalogue.courses[question.course].modules
    module = next(m.id for m in modules if question.passage in {p.id for p in m.passages})
    found = knowledge_base.passage(question.course, module, question.passage, language)
    return found.passage.text if found.language == language else None


def _answering(
    knowledge_base: KnowledgeBase, question: QuizQuestion, passage: str
) -> Sentence | None:
    right = question.options[question.answer - 1]
    told = word_keys(right) - word_keys(question.question)
    weights = {token: knowledge_base.rarity(token) for token in told}
    total = sum(weights.values())
    ranked = sorted(
        (
            (sum(weights.get(t, 0.0) for t in word_keys(s.text)), -s.start, s)
            for s in split_sentences(passage)
        ),
        reverse=True,
    )
    held = [score for score, _, _ in ranked] + [0.0]
    stands_out = held[0] >= _HELD * total and held[0] - held[1] >= _AHEAD * total
    return ranked[0][2] if total and stands_out else None


def main() -> int:
    """Print by language in how many extracts the answer stands, and how long they are."""
    settings = KnowledgeBaseSettings()
    try:
        knowledge_base = open_knowledge_base(settings)
    except (CatalogueError, ContentStoreError, ModelWeightsError, SearchIndexError) as error:
        print(error, file=sys.stderr)
        return 2
    vectors = SentenceVectors(settings.sentence_vectors, knowledge_base.encoder)
    extractor = Extractor(knowledge_base.rarity)
    held: dict[str, list[bool]] = defaultdict(list)
    lengths: dict[str, list[float]] = defaultdict(list)
    for one in labelled_questions(knowledge_base):
        vector = knowledge_base.question_vector(one.question, one.language)
        extract = extractor.extract(one.question, vector, one.passage, vectors.of(one.passage))
        held[one.language].append(
            extract.start <= one.answer.start and one.answer.end <= extract.end
        )
        lengths[one.language].append((extract.end - extract.start) / len(one.passage))
    table = Table("language", "questions", "answer in extract", "share of the passage")
    for language, values in held.items():
        share = sum(lengths[language]) / len(values)
        table.add_row(
            language, str(len(values)), f"{sum(values) / len(values):.3f}", f"{share:.2f}"
        )
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
