"""Running the systems: on questions about the catalogue, and on a BEIR collection."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import track

from knowledge_base.build import training_texts
from knowledge_base.calibration import Calibration
from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.encoder import load_encoder, model_name
from knowledge_base.evaluate.beir import Document, check_layout, read_corpus, read_queries
from knowledge_base.evaluate.collection import Query
from knowledge_base.evaluate.detect import LanguageDetector
from knowledge_base.evaluate.questions import about_passages
from knowledge_base.evaluate.systems import BM25, DENSE, HYBRID, Bm25, Dense, Found, Hybrid, System
from knowledge_base.index import open_index
from knowledge_base.indexing import IndexBuilder, IndexSource
from knowledge_base.knowledge_base import open_knowledge_base
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.loader import load_catalogue
from knowledge_base.passages import Entry, Kind, View, build_entries
from knowledge_base.search import Searcher, SearchResult
from knowledge_base.settings import KnowledgeBaseSettings
from knowledge_base.snapshots import read_manifest

Results = dict[str, list[Found]]
_DEPTH = 10
_BEIR_DEPTH = 100
_CACHE = "evaluation.sqlite"


def run_questions(questions: Sequence[Query], settings: KnowledgeBaseSettings) -> Results:
    """Let every system find courses, or passages, for questions about the catalogue.

    Args:
        questions: n questions.
        settings: where the catalogue and its index are.

    Returns:
        system -> n finds.

    Raises:
        CatalogueError, SearchIndexError, ModelWeightsError: see ``open_knowledge_base``.
    """
    knowledge_base = open_knowledge_base(settings)
    encoder = knowledge_base.encoder
    cache = EmbeddingCache(settings.embedding_cache, encoder.namespace)
    entries = build_entries(knowledge_base.catalogue)
    content = [entry for entry in entries if entry.kind is Kind.CONTENT]
    described = [entry for entry in entries if entry.kind in (Kind.COURSE, Kind.CONTENT)]

    def search_passages(query: Query, depth: int) -> SearchResult:
        return knowledge_base.search(query.text, query.locale, [Kind.CONTENT], depth)

    def search_courses(query: Query, depth: int) -> SearchResult:
        return knowledge_base.search_courses(query.text, query.locale, depth)

    results: Results = {}
    for wants_passages, texts, identify, search in (
        (True, content, _passage_id, search_passages),
        (False, described, _course_id, search_courses),
    ):
        chosen = [i for i, q in enumerate(questions) if about_passages(q) is wants_passages]
        if not chosen:
            continue
        ids = [identify(entry) for entry in texts]
        systems: dict[str, System] = {
            BM25: Bm25(texts, ids),
            DENSE: Dense(texts, ids, encoder, cache),
            HYBRID: Hybrid(search, identify),
        }
        for name, found in _rank_all(systems, [questions[i] for i in chosen], _DEPTH).items():
            places = results.setdefault(name, [Found(())] * len(questions))
            for place, result in zip(chosen, found, strict=True):
                places[place] = result
    cache.close()
    return results


def run_beir(
    folder: Path, settings: KnowledgeBaseSettings, language: str | None, drop_own: bool
) -> tuple[list[Query], Results]:
    """Index a BEIR collection as the catalogue is indexed, and let every system search it.

    Args:
        folder: folder of the collection.
        settings: which model, where vectors are kept, and what the lexicons are made from.
        language: language of the queries, if all have the same.
        drop_own: whether a document with the query's own id is left out of what is found.

    Returns:
        The n queries, and system -> n finds.

    Raises:
        CollectionError: a file of the collection is broken.
        CatalogueError: a file of the catalogue is broken.
        ModelWeightsError: the bundled model is missing.
    """
    check_layout(folder)
    texts = training_texts(settings.calibration_queries)
    latin = {
        locale: lines
        for locale, lines in texts.items()
        if registry.is_romanised(locale) or locale == registry.DEFAULT_LOCALE
    }
    detector = LanguageDetector(latin)
    documents = read_corpus(folder, detector)
    queries = read_queries(folder, detector, language)
    vocabulary = _with_catalogue(texts, settings)
    entries = [_entry(document) for document in documents]
    ids = [document.id for document in documents]
    encoder = load_encoder(settings)
    cache = EmbeddingCache(settings.build_directory / _CACHE, encoder.namespace)
    calibration = _content_calibration(settings)
    with tempfile.TemporaryDirectory(prefix="sathi-beir-") as directory:
        builder = IndexBuilder(Path(directory), encoder, cache=cache)
        source = IndexSource(
            entries, "", vocabulary=lambda: vocabulary, questions_asked=lambda: texts
        )
        builder.build(source)
        index = open_index(Path(directory), model_name(settings))
        searcher = Searcher(index, encoder, calibration)

        def search(query: Query, depth: int) -> SearchResult:
            return searcher.search(query.text, query.locale, [Kind.CONTENT], depth)

        systems: dict[str, System] = {
            BM25: Bm25(entries, ids),
            DENSE: Dense(entries, ids, encoder, cache),
            HYBRID: Hybrid(search, lambda entry: entry.passage, bool(calibration)),
        }
        results = _rank_all(systems, queries, _BEIR_DEPTH + drop_own)
    cache.close()
    if drop_own:
        results = {
            name: [_without(result, query.id) for query, result in zip(queries, found, strict=True)]
            for name, found in results.items()
        }
    return queries, results


def _with_catalogue(
    texts: Mapping[str, Sequence[str]], settings: KnowledgeBaseSettings
) -> dict[str, list[str]]:
    """Return texts by locale, the catalogue's added: all whose words the assistant knows."""
    known = defaultdict(list, {locale: list(found) for locale, found in texts.items()})
    for entry in build_entries(load_catalogue(settings.catalogue)):
        known[entry.locale].append(entry.text)
    return known


def _rank_all(systems: Mapping[str, System], queries: Sequence[Query], depth: int) -> Results:
    console = Console(stderr=True)
    return {
        name: [
            system.rank(query, depth)
            for query in track(queries, f"Searching: {name}", console=console)
        ]
        for name, system in systems.items()
    }


def _without(found: Found, identifier: str) -> Found:
    ids = tuple(other for other in found.ids if other != identifier)[:_BEIR_DEPTH]
    return replace(found, ids=ids)


def _entry(document: Document) -> Entry:
    return Entry(
        Kind.CONTENT,
        View.PASSAGE,
        target=document.id,
        locale=document.language,
        text=normalise(document.text),
        passage=document.id,
    )


def _course_id(entry: Entry) -> str:
    return entry.target


def _passage_id(entry: Entry) -> str:
    return f"{entry.target}/{entry.passage}"


def _content_calibration(settings: KnowledgeBaseSettings) -> dict[Kind, Calibration]:
    """Return the calibration that serves, so that its operating point is what is measured."""
    manifest = read_manifest(settings.index_directory) or {}
    served = manifest.get("calibration", {}).get(Kind.CONTENT.value)
    return {Kind.CONTENT: Calibration(**served)} if served else {}
