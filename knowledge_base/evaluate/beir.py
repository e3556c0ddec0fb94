"""Test collections in the layout of BEIR (Thakur et al. 2021, arXiv:2104.08663).

``corpus.jsonl`` has a document a line, ``{"_id", "title", "text"}``, ``queries.jsonl`` a
query, ``{"_id", "text"}``, and ``qrels/test.tsv`` under a header line the columns query id,
document id and grade. ``"language"`` of a document or query, by itself or in ``"metadata"``,
is optional.
"""

from __future__ import annotations

import csv
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.evaluate.collection import CollectionError, Query
from knowledge_base.languages import registry
from knowledge_base.search import query_locale

logger = logging.getLogger(__name__)
_COLUMNS = 3

Detector = Callable[[str], str]


@dataclass(frozen=True)
class Document:
    """A document of a collection.

    Attributes:
        id: its id.
        text: title and text.
        language: code of its language.
    """

    id: str
    text: str
    language: str


def check_layout(folder: Path) -> None:
    """Check that the files of a collection are there, before anything else is done.

    Raises:
        CollectionError: one is missing.
    """
    for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv"):
        if not (folder / name).is_file():
            raise CollectionError(
                f"{folder / name} is missing; a BEIR collection has corpus.jsonl, "
                "queries.jsonl and qrels/test.tsv"
            )


def read_corpus(folder: Path, detect: Detector) -> list[Document]:
    """Read ``corpus.jsonl``.

    Args:
        folder: folder of the collection.
        detect: tells the language of a text that does not name its own.

    Raises:
        CollectionError: the file is empty, or a line of it is broken.
    """
    documents = []
    for row, where in _rows(folder / "corpus.jsonl"):
        title, text = row.get("title") or "", _string(row, "text", where)
        whole = f"{title}. {text}" if title else text
        language = _language(row, where) or detect(whole)
        documents.append(Document(row["_id"], whole, registry.language_of(language)))
    return documents


def read_queries(folder: Path, detect: Detector, language: str | None = None) -> list[Query]:
    """Read ``queries.jsonl`` with ``qrels/test.tsv``.

    Queries that are judged in another split only are left out; those in none are questions
    that nothing answers.

    Args:
        folder: folder of the collection.
        detect: tells the locale of a text that does not name its own.
        language: language of all queries, if it is known.

    Raises:
        CollectionError: a file is empty, or a line of it is broken.
    """
    judged = _read_qrels(folder / "qrels" / "test.tsv")
    elsewhere = {
        query
        for path in (folder / "qrels").glob("*.tsv")
        if path.stem != "test"
        for query in _read_qrels(path)
    }
    queries = []
    for row, where in _rows(folder / "queries.jsonl"):
        identifier, text = row["_id"], _string(row, "text", where)
        if identifier not in judged and identifier in elsewhere:
            continue
        locale = query_locale(text, language or _language(row, where) or detect(text))
        relevant = {
            found: grade for found, grade in judged.get(identifier, {}).items() if grade > 0
        }
        queries.append(Query(identifier, text, locale, locale, relevant))
    unknown = len(judged.keys() - {query.id for query in queries})
    if unknown:
        logger.warning("%d judged queries are not in queries.jsonl and are left out", unknown)
    return queries


def _rows(path: Path) -> Iterator[tuple[dict, str]]:
    """Yield the objects of a JSONL file, each with where it stands."""
    seen: set[str] = set()
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise CollectionError(f"{where}: no JSON ({error}); mend or drop it") from error
            if not isinstance(row, dict) or not isinstance(row.get("_id"), (str, int)):
                raise CollectionError(f'{where}: no "_id"; a line is {{"_id": "1", "text": "..."}}')
            row["_id"] = str(row["_id"])
            if row["_id"] in seen:
                raise CollectionError(f'{where}: a second "{row["_id"]}"; ids must be unique')
            seen.add(row["_id"])
            yield row, where
    if not seen:
        raise CollectionError(f"{path} is empty; write one JSON object a line")


def _string(row: dict, name: str, where: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise CollectionError(f'{where}: "{name}" is no text; a line is {{"_id", "{name}", ...}}')
    return value


def _language(row: dict, where: str) -> str | None:
    metadata = row.get("metadata")
    found = row.get("language") or (
        metadata.get("language") if isinstance(metadata, dict) else None
    )
    if not found:
        return None
    locale = registry.known_locale(found)
    if locale is None:
        raise CollectionError(
            f"{where}: unknown language {found!r}; known are {', '.join(registry.locales())}"
        )
    return locale


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Return query id -> document id -> grade."""
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(rows, [])
        if len(header) != _COLUMNS or _grade(header) is not None:
            raise CollectionError(
                f"{path}, line 1: no header; write query-id, corpus-id and score between tabs"
            )
        for row in rows:
            if not row:
                continue
            grade = _grade(row)
            if grade is None:
                raise CollectionError(
                    f"{path}, line {rows.line_num}: {row!r} is not query id, document id and a "
                    "whole number between tabs"
                )
            judged[row[0]][row[1]] = grade
    return dict(judged)


def _grade(row: list[str]) -> int | None:
    if len(row) != _COLUMNS:
        return None
    try:
        return int(row[2])
    except ValueError:
        return None
