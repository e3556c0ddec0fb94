"""Stages of a search as the index grows: ``python -m tools.bench_search``.

Beyond the sample's entries passages are synthetic: words of the sample's passages drawn as
often as they occur, with vectors near to those of real passages. Queries are those of
``tests/data/search``, encoded by the bundled model as users' queries are, each once. Times are
those of one client that waits for each answer; memory is that of the process.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from knowledge_base.encoder import Encoder
from knowledge_base.evaluate.collection import Query
from knowledge_base.evaluate.questions import read_questions
from knowledge_base.filters import CourseFacts
from knowledge_base.index import SearchIndex, open_index
from knowledge_base.indexing import IndexBuilder, IndexSource
from knowledge_base.loader import load_catalogue
from knowledge_base.model_weights import unpack
from knowledge_base.onnx_model import OnnxModel
from knowledge_base.passages import Entry, Kind, View, build_entries
from knowledge_base.search import Searcher
from knowledge_base.settings import REPOSITORY, KnowledgeBaseSettings

_SIZES = (5_000, 50_000, 500_000)
_QUESTIONS = sorted((REPOSITORY / "tests" / "data" / "search").glob("*.jsonl"))
_ASKED = 200
# One of each locale and a few more: weights are computed once a locale.
_WARM_UP = 30
_REAL = 300
_WORDS = 80
_PASSAGES_A_COURSE = 20
_NOISE = 0.7
_MIB = 1024**2


class SyntheticModel:
    """Vectors near to those of real passages, the same for the same text."""

    def __init__(self, real: np.ndarray) -> None:
        self._real = real

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return self._real.shape[1]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return a float32 array of shape (texts, dimension), rows of length 1."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        spread = _NOISE * self._real.std(axis=0)
        for row, text in enumerate(texts):
            draw = np.random.default_rng(zlib.crc32(text.encode()))
            near = self._real[draw.integers(len(self._real))]
            vectors[row] = near + draw.normal(size=self.dimension) * spread
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _passages(settings: KnowledgeBaseSettings) -> list[Entry]:
    entries = build_entries(load_catalogue(settings.catalogue))
    return [entry for entry in entries if entry.view is View.PASSAGE]


def synthetic_model(settings: KnowledgeBaseSettings) -> SyntheticModel:
    """Return what makes vectors like those of the sample's passages."""
    passages = _passages(settings)
    chosen = random.Random(0).sample(passages, min(_REAL, len(passages)))  # noqa: S311
    model = OnnxModel(unpack(settings.bundled_model_directory), settings.torch_threads)
    texts = [settings.passage_prompt + entry.text for entry in chosen]
    return SyntheticModel(model.encode(texts))


def synthetic_entries(real: Sequence[Entry], count: int) -> Iterator[Entry]:
    """Yield passages of courses in the languages of the sample's passages."""
    draw = random.Random(0)  # noqa: S311
    words = {
        code: " ".join(e.text for e in real if e.locale == code).split()
        for code in sorted({entry.locale for entry in real})
    }
    for number in range(count):
        locale = draw.choice(list(words))
        course = f"synthetic-{number // _PASSAGES_A_COURSE}"
        facts = CourseFacts((locale,), f"provider {number % 40}", (), number % 9000)
        text = " ".join(draw.choices(words[locale], k=_WORDS))
        yield Entry(Kind.CONTENT, View.PASSAGE, course, locale, text, "m1", f"p{number}", facts)


class Timed:
    """Something whose methods' calls are timed.

    Args:
        inner: what is asked.
        stages: method -> stage that it belongs to.
        seconds: stage -> what its calls took, added to.
    """

    def __init__(
        self, inner: object, stages: Mapping[str, str], seconds: dict[str, list[float]]
    ) -> None:
        self._inner = inner
        self._stages = stages
        self._seconds = seconds

    def __getattr__(self, name: str) -> object:
        """Return an attribute of what is asked; a method of a stage notes its time."""
        value = getattr(self._inner, name)
        if name not in self._stages:
            return value

        def call(*arguments: object, **named: object) -> object:
            start = time.perf_counter()
            result = value(*arguments, **named)
            self._seconds.setdefault(self._stages[name], []).append(time.perf_counter() - start)
            return result

        return call


def measure(
    index: SearchIndex, encoder: Encoder, questions: Sequence[Query]
) -> dict[str, np.ndarray]:
    """Search every question once.

    Returns:
        Stage -> seconds it took in each search, the first few left out.
    """
    taken: dict[str, list[float]] = defaultdict(list)
    stages = {"dense": "dense", "lexical": "lexical", "encode_queries": "encode"}
    seconds: dict[str, list[float]] = {}
    searcher = Searcher(
        cast(SearchIndex, Timed(index, stages, seconds)),
        cast(Encoder, Timed(encoder, stages, seconds)),
    )
    for question in questions:
        seconds.clear()
        start = time.perf_counter()
        searcher.search(
            question.text, question.locale, [Kind.COURSE, Kind.CONTENT], 10, by_course=True
        )
        whole = time.perf_counter() - start
        parts = {stage: sum(values) for stage, values in seconds.items()}
        for stage, value in {
            **parts,
            "fuse and read": whole - sum(parts.values()),
            "end to end": whole,
        }.items():
            taken[stage].append(value)
    return {stage: np.array(values[_WARM_UP:]) for stage, values in taken.items()}


def main(arguments: list[str] | None = None) -> int:
    """Measure every size and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_search", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES, help="entries")
    options = parser.parse_args(arguments)
    settings = KnowledgeBaseSettings()
    if settings.embedding_model:
        print("unset SATHI_EMBEDDING_MODEL: the bundled model is measured", file=sys.stderr)
        return 2
    passages = _passages(settings)
    model = OnnxModel(unpack(settings.bundled_model_directory), settings.torch_threads)
    prompts = (settings.query_prompt, settings.passage_prompt)
    encoder = Encoder(model, synthetic_model(settings), "synthetic", *prompts)
    by_language = [read_questions(path) for path in _QUESTIONS]
    questions = [q for row in zip(*by_language, strict=False) for q in row][: _ASKED + _WARM_UP]
    table = Table("entries", "stage", "p50 ms", "p95 ms", "RSS MiB", "build s")
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            entries = list(synthetic_entries(passages, size))
            IndexBuilder(Path(folder), encoder).build(IndexSource(entries, ""))
            built = time.perf_counter() - start
            del entries
            index = open_index(Path(folder), encoder.name)
            figures = measure(index, encoder, questions)
            resident = psutil.Process().memory_info().rss / _MIB
            index.close()
        for stage, seconds in figures.items():
            middle, high = np.quantile(seconds, (0.5, 0.95)) * 1000
            row = (f"{middle:.1f}", f"{high:.1f}", f"{resident:.0f}", f"{built:.0f}")
            table.add_row(f"{size:,}", stage, *row)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
