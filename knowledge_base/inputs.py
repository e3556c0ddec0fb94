"""Hashes of what an index is made from, to tell what must be made anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from knowledge_base.content import store_digest
from knowledge_base.encoder import model_name
from knowledge_base.settings import KnowledgeBaseSettings

_PACKAGE = Path(__file__).parent
# What decides the texts, words, vectors and the calibration that stand in an index; a change of
# anything else in the package leaves it as it is.
_PROGRAM = (
    "acronyms",
    "attributes",
    "calibration",
    "centring",
    "encoder",
    "entry_table",
    "filters",
    "fusion",
    "lexical",
    "noisy_channel",
    "passages",
    "phrases",
    "question_words",
    "romanise",
    "search",
    "spelling_units",
    "transliterate",
    "transliterators",
)


def program_hash() -> str:
    """Return a hash of the code that decides what stands in an index."""
    modules = [_PACKAGE / f"{name}.py" for name in _PROGRAM]
    return _hash([*modules, *(_PACKAGE / "languages").rglob("*")])


def questions_hash(settings: KnowledgeBaseSettings) -> str:
    """Return a hash of what the calibration and the lexicons are made from besides."""
    return _hash(settings.calibration_queries.rglob("nlu.yml"))


def content_hash(settings: KnowledgeBaseSettings) -> str:
    """Return a hash of all an index is made from: content, questions, code and model.

    Raises:
        ContentStoreError: the content store cannot be used.
    """
    catalogue = _hash(settings.catalogue.rglob("*.yaml"))
    parts = (
        model_name(settings),
        settings.passage_prompt,
        catalogue,
        store_digest(settings),
        questions_hash(settings),
        program_hash(),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def sentences_hash(content: str) -> str:
    """Return a hash of all that the passages' sentences and their vectors are made from.

    Args:
        content: see ``content_hash``.
    """
    parts = (content, _hash([_PACKAGE / "sentences.py"]))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _hash(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(p for p in paths if p.is_file() and p.suffix != ".pyc"):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
