"""Files of questions about the catalogue, one JSON object a line.

``{"query": ..., "language": ..., "relevant": [course ids]}``; with ``course/passage`` ids the
passage that answers is to be found. ``"form"`` tells ``native``, ``romanised`` and
``code_mixed`` wordings of a question apart.
"""

from __future__ import annotations

import json
from pathlib import Path

from knowledge_base.evaluate.collection import FORMS, CollectionError, Query
from knowledge_base.languages import registry
from knowledge_base.search import query_locale

_EXAMPLE = '{"query": "...", "language": "hi", "relevant": ["course id"]}'


def read_questions(path: Path) -> list[Query]:
    """Read a question file.

    Raises:
        CollectionError: a line is no JSON, lacks a field or has an unknown language or form.
        OSError: the file cannot be read.
    """
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line), f"{path}:{number}"))
        except (ValueError, KeyError, TypeError) as error:
            raise CollectionError(
                f"{path}, line {number}: {error!r}; a line is {_EXAMPLE}"
            ) from error
    return questions


def _question(row: dict, identifier: str) -> Query:
    language, form = row["language"], row.get("form")
    if registry.known_locale(language) is None:
        raise ValueError(f"unknown language {language!r}")
    if form is not None and form not in FORMS:
        raise ValueError(f"unknown form {form!r}, not one of {', '.join(FORMS)}")
    return Query(
        id=identifier,
        text=row["query"],
        language=language,
        locale=query_locale(row["query"], language),
        relevant=dict.fromkeys(row["relevant"], 1),
        form=form,
    )


def about_passages(question: Query) -> bool:
    """Tell whether a question asks for passages, not courses."""
    return any("/" in identifier for identifier in question.relevant)
