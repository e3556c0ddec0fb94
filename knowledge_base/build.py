"""Build the index if its inputs changed: ``python -m knowledge_base.build``."""

from __future__ import annotations

import argparse
import errno
import logging
import random
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from knowledge_base.answers.sentence_vectors import encode_sentences, passage_sentences
from knowledge_base.calibration import Evidence, fit
from knowledge_base.catalogue import Catalogue
from knowledge_base.content import load_content
from knowledge_base.content_store import ContentStoreError
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.encoder import Encoder, load_encoder
from knowledge_base.indexing import IndexBuilder, IndexSource
from knowledge_base.inputs import (
    content_hash,
    program_hash,
    questions_hash,
    sentences_hash,
)
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.loader import CatalogueError
from knowledge_base.model_weights import ModelWeightsError
from knowledge_base.passages import Kind, raw_entries
from knowledge_base.search import Searcher
from knowledge_base.settings import KnowledgeBaseSettings
from knowledge_base.snapshots import read_manifest
from knowledge_base.vector_store import VectorStoreError
from knowledge_base.vector_store_factory import VectorStores

logger = logging.getLogger(__name__)
# Which intent asks for which kind; its examples are the questions inside the domain.
_INSIDE = {
    Kind.COURSE: "find_course",
    Kind.CONTENT: "ask_content",
    Kind.FAQ: "platform_help",
    Kind.COMPETENCY: "ask_competency",
}
_OUTSIDE = "out_of_scope"
_QUESTIONS_PER_LOCALE = 6


def build(settings: KnowledgeBaseSettings, force: bool = False) -> bool:
    """Build the index and the sentences' vectors, unless they are made from the same inputs.

    Args:
        settings: where the inputs are.
        force: build the index in any case.

    Returns:
        Whether the index was built.

    Raises:
        CatalogueError: a catalogue file is broken.
        ContentStoreError: the content store cannot be used.
        ModelWeightsError: the bundled model is missing.
        VectorStoreError: the vectors cannot be kept where the settings say.
    """
    digest = content_hash(settings)
    of_sentences = sentences_hash(digest)
    manifest = read_manifest(settings.index_directory)
    stores = VectorStores.of(settings)
    current = manifest and (manifest["content_hash"], manifest.get("vectors"))
    has_index = current == (digest, stores.place) and not force
    noted = settings.sentence_vectors.with_suffix(".digest")
    has_sentences = (
        settings.sentence_vectors.is_file()
        and noted.is_file()
        and noted.read_text() == of_sentences
    )
    if has_index and has_sentences:
        return False
    catalogue = load_content(settings)
    encoder = load_encoder(settings)
    if not has_index:
        _build_index(settings, catalogue, encoder, stores, digest, force)
    if not has_sentences:
        # The index serves already; answers are whole passages until this is done.
        _build_sentences(settings, catalogue, encoder)
        noted.write_text(of_sentences)
    return not has_index


def _build_index(
    settings: KnowledgeBaseSettings,
    catalogue: Catalogue,
    encoder: Encoder,
    stores: VectorStores,
    digest: str,
    anew: bool,
) -> None:
    entries = raw_entries(catalogue)
    # Read when they are wanted, and once.
    examples = lru_cache(maxsize=1)(lambda: training_texts(settings.calibration_queries))
    cache = EmbeddingCache(settings.embedding_cache, encoder.namespace)
    with _progress() as progress:
        task = progress.add_task("Indexing the catalogue", total=len(entries))
        builder = IndexBuilder(
            settings.index_directory,
            encoder,
            stores,
            cache,
            lambda done: progress.advance(task, done),
        )
        source = IndexSource(
            entries,
            digest,
            program_hash(),
            questions_hash(settings),
            vocabulary=examples,
            questions_asked=examples,
            calibrate=lambda index: _calibrate(Searcher(index, encoder), settings),
        )
        folder = builder.build(source, anew=anew)
    cache.close()
    logger.info("index of %d entries in %s", len(entries), folder)


def _build_sentences(
    settings: KnowledgeBaseSettings, catalogue: Catalogue, encoder: Encoder
) -> None:
    """Make the vectors of the passages' sentences, as far as they are missing."""
    with _progress() as progress:
        task = progress.add_task(
            "Encoding sentences of passages", total=len(passage_sentences(catalogue))
        )
        encode_sentences(
            catalogue,
            encoder,
            settings.sentence_vectors,
            progress=lambda done: progress.advance(task, done),
        )


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))


def _calibrate(searcher: Searcher, settings: KnowledgeBaseSettings) -> dict[str, dict]:
    questions = list(_questions(settings.calibration_queries))
    calibration = {}
    for kind, intent in _INSIDE.items():
        kinds = [kind, Kind.CONTENT] if kind is Kind.COURSE else [kind]
        evidence: dict[str, list[Evidence]] = {intent: [], _OUTSIDE: []}
        for label, locale, text in questions:
            if label in evidence:
                found = searcher.search(text, locale, kinds, 1, kind is Kind.COURSE).evidence
                if found:
                    evidence[label].append(found)
        # A catalogue may have nothing of a kind.
        if all(evidence.values()):
            calibration[kind.value] = asdict(fit(evidence[intent], evidence[_OUTSIDE]))
    return calibration


def training_texts(folder: Path) -> dict[str, list[str]]:
    """Return the training examples by locale."""
    return {
        path.parent.name: [normalise(text) for _, text in _examples(path)]
        for path in sorted(folder.glob("*/nlu.yml"))
        if path.parent.name in registry.locales()
    }


def _examples(path: Path) -> Iterator[tuple[str, str]]:
    for block in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["nlu"]:
        for line in block["examples"].splitlines():
            if line.strip():
                yield block["intent"], line[2:]


def _questions(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (intent, locale, text), a fixed few of each intent and locale."""
    choose = random.Random(0)  # noqa: S311 - a fixed sample, not a secret
    for path in sorted(folder.glob("*/nlu.yml")):
        locale = registry.known_locale(path.parent.name)
        if locale is None:
            continue
        examples = defaultdict(list)
        for intent, text in _examples(path):
            examples[intent].append(text)
        for intent, texts in examples.items():
            for text in choose.sample(texts, min(len(texts), _QUESTIONS_PER_LOCALE)):
                yield intent, locale, text


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m knowledge_base.build", description=__doc__)
    parser.add_argument("--force", action="store_true", help="build although nothing changed")
    options = parser.parse_args(arguments)
    settings = KnowledgeBaseSettings()
    try:
        built = build(settings, options.force)
    except (CatalogueError, ContentStoreError, ModelWeightsError, VectorStoreError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(
            f"the disk that holds {settings.build_directory} is full; free 1 GB, or set "
            "SATHI_BUILD_DIRECTORY to another disk. The old index goes on serving.",
            file=sys.stderr,
        )
        return 2
    print("Index built." if built else "Index is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
