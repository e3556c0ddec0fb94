"""Measure search on a file of questions: ``python -m knowledge_base.evaluate --queries FILE``.

A line of the file is ``{"query": ..., "language": ..., "relevant": [course ids]}``; with
``course/passage`` ids the search for the passage that answers is measured instead.
Success@k is the share of questions with a relevant course in the first k (what users call
recall@k here, where one right course is enough); MRR is over the first 10. Both are
computed by ir-measures (MacAvaney, Macdonald, Ounis 2022).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import ir_measures
from ir_measures import RR, Qrel, ScoredDoc, Success
from rich.console import Console
from rich.progress import track
from rich.table import Table

from knowledge_base.knowledge_base import KnowledgeBase, open_knowledge_base
from knowledge_base.passages import Kind
from knowledge_base.search import query_locale

MEASURES = {
    "recall@1": Success @ 1,
    "recall@3": Success @ 3,
    "recall@10": Success @ 10,
    "mrr": RR @ 10,
}
_DEPTH = 10


class QueryFileError(ValueError):
    """A question file is broken; the message names the line."""


@dataclass(frozen=True)
class Question:
    """A test question and the ids of all courses, or of all passages, that answer it."""

    query: str
    language: str
    relevant: tuple[str, ...]

    @property
    def about_passages(self) -> bool:
        """Whether passages are to be found, not courses."""
        return any("/" in identifier for identifier in self.relevant)


def read_questions(path: Path) -> list[Question]:
    """Read a question file.

    Raises:
        QueryFileError: a line is no JSON or lacks a field.
    """
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            questions.append(Question(row["query"], row["language"], tuple(row["relevant"])))
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise QueryFileError(
                f"{path}, line {number}: {error!r}; a line is "
                '{"query": "...", "language": "...", "relevant": ["course id"]}'
            ) from error
    return questions


def evaluate(knowledge_base: KnowledgeBase, questions: list[Question]) -> dict[str, dict]:
    """Search every question and measure by language.

    Args:
        knowledge_base: the opened knowledge base.
        questions: questions of any languages.

    Returns:
        language -> {"questions": number, "recall@1": share, ..., "mrr": mean}.
    """
    qrels: dict[str, list[Qrel]] = defaultdict(list)
    runs: dict[str, list[ScoredDoc]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for number, question in enumerate(track(questions, "Searching", console=Console(stderr=True))):
        identifier = f"q-{number}"
        counts[question.language] += 1
        qrels[question.language] += [Qrel(identifier, course, 1) for course in question.relevant]
        runs[question.language] += [
            ScoredDoc(identifier, found, score) for found, score in find(knowledge_base, question)
        ]
    results = {}
    for language, judged in qrels.items():
        values = ir_measures.calc_aggregate(MEASURES.values(), judged, runs[language])
        named = {name: round(float(values[measure]), 4) for name, measure in MEASURES.items()}
        results[language] = {"questions": counts[language], **named}
    return results


def find(knowledge_base: KnowledgeBase, question: Question) -> list[tuple[str, float]]:
    """Return (id, score) of the courses or passages found, as the assistant would find them."""
    locale = query_locale(question.query, question.language)
    if question.about_passages:
        hits = knowledge_base.search(question.query, locale, [Kind.CONTENT], _DEPTH).hits
        return [(f"{hit.target}/{hit.entry.passage}", hit.score) for hit in hits]
    hits = knowledge_base.search_courses(question.query, locale, _DEPTH).hits
    return [(hit.target, hit.score) for hit in hits]


def print_table(results: dict[str, dict]) -> None:
    """Print the figures, one language a row."""
    table = Table("language", "questions", *MEASURES)
    for language, row in results.items():
        values = (f"{row[name]:.3f}" for name in MEASURES)
        table.add_row(language, str(row["questions"]), *values)
    Console().print(table)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.evaluate", description=__doc__)
    parser.add_argument("--queries", type=Path, nargs="+", required=True, help="JSONL files")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args(arguments)
    try:
        questions = [q for path in options.queries for q in read_questions(path)]
    except (QueryFileError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    results = evaluate(open_knowledge_base(), questions)
    print_table(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
