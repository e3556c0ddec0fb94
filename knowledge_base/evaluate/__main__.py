"""Measure search on questions about the catalogue, or on a collection in the layout of BEIR.

``python -m knowledge_base.evaluate --queries FILE.jsonl`` searches the catalogue's index,
``--beir FOLDER`` indexes the folder's documents in the same way first. Both compare BM25
alone, the embedding alone and the assistant's hybrid search on the same queries.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from knowledge_base.evaluate.collection import CollectionError, Query
from knowledge_base.evaluate.measures import RECALL, SUCCESS
from knowledge_base.evaluate.questions import read_questions
from knowledge_base.evaluate.report import (
    Figures,
    answering,
    figures,
    print_answering,
    print_forms,
    print_systems,
)
from knowledge_base.evaluate.run import run_beir, run_questions
from knowledge_base.index import SearchIndexError
from knowledge_base.languages import registry
from knowledge_base.loader import CatalogueError
from knowledge_base.model_weights import ModelWeightsError
from knowledge_base.settings import KnowledgeBaseSettings

# From here on the assistant gives what it found as the answer.
_ANSWER_THRESHOLD = 0.5


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.evaluate", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--queries", type=Path, nargs="+", help="JSONL files of questions")
    source.add_argument("--beir", type=Path, help="folder in the layout of BEIR")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--query-language",
        choices=registry.locales(),
        metavar="LANGUAGE",
        help="with --beir: the language of all queries (en, hi, hi_Latn ...), else what a query "
        "names, else by script and spelling",
    )
    parser.add_argument(
        "--exclude-own-id",
        action="store_true",
        help="with --beir: leave a document out of what is found for the query of the same id",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=_ANSWER_THRESHOLD,
        help="with --beir: probability from which the first find counts as an answer",
    )
    return parser


def _questions(paths: list[Path], settings: KnowledgeBaseSettings) -> Figures:
    questions: list[Query] = [question for path in paths for question in read_questions(path)]
    report = figures(questions, run_questions(questions, settings), SUCCESS)
    print_systems(report, SUCCESS)
    print_forms(report)
    return report


def _beir(options: argparse.Namespace, settings: KnowledgeBaseSettings) -> Figures:
    queries, results = run_beir(
        options.beir, settings, options.query_language, options.exclude_own_id
    )
    report = figures(queries, results, RECALL)
    if report:
        print_systems(report, RECALL)
    answers = answering(queries, results, options.threshold)
    if answers:
        print_answering(answers)
    return {"languages": report, "answering": answers}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    options = _parser().parse_args(arguments)
    settings = KnowledgeBaseSettings()
    try:
        report = _beir(options, settings) if options.beir else _questions(options.queries, settings)
    except (CollectionError, CatalogueError, SearchIndexError, ModelWeightsError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        options.json.write_text(json.dumps(report, indent=2, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
