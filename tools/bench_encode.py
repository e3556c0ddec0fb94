"""Passages a second of each way to encode them: ``python -m tools.bench_encode``.

Every way encodes the same passages of the catalogue. How well their vectors serve is measured
on the questions that the catalogue has of those passages, encoded as users' queries are:
recall@1 and recall@10 of the passage a question belongs to.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from knowledge_base.encoder import load_encoder
from knowledge_base.loader import load_catalogue
from knowledge_base.model_weights import unpack
from knowledge_base.onnx_export import write_full
from knowledge_base.onnx_model import OnnxModel
from knowledge_base.passages import Kind, View, build_entries
from knowledge_base.settings import KnowledgeBaseSettings

_BATCH = 32
_FULL = "model.full.onnx"

Encode = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Sample:
    """Passages, and questions with the passage each belongs to."""

    passages: list[str]
    questions: list[str]
    answers: np.ndarray


def take_sample(settings: KnowledgeBaseSettings, count: int) -> Sample:
    """Choose passages at random, each with its first question in its language."""
    entries = [
        e for e in build_entries(load_catalogue(settings.catalogue)) if e.kind is Kind.CONTENT
    ]
    questions = {(e.unit, e.locale): e.text for e in reversed(entries) if e.view is View.QUESTION}
    asked = [e for e in entries if e.view is View.PASSAGE and (e.unit, e.locale) in questions]
    chosen = random.Random(0).sample(asked, min(count, len(asked)))  # noqa: S311
    texts = [questions[e.unit, e.locale] for e in chosen]
    return Sample([e.text for e in chosen], texts, np.arange(len(chosen)))


def ways(settings: KnowledgeBaseSettings, scratch: Path) -> dict[str, Callable[[], Encode]]:
    """Return the ways to encode by name, each loaded when it is called."""
    folder = unpack(settings.bundled_model_directory)

    def torch_model(precision: str) -> Encode:
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(settings.torch_threads)
        model = SentenceTransformer(
            str(folder), device="cpu", model_kwargs={"torch_dtype": getattr(torch, precision)}
        )

        def encode(texts: Sequence[str]) -> np.ndarray:
            vectors = model.encode(
                list(texts), batch_size=_BATCH, normalize_embeddings=True, convert_to_tensor=True
            )
            return vectors.float().numpy()

        return encode

    def plain() -> Encode:
        """Return ``encode`` without sorting: one batch after the other, as they come."""
        encode = torch_model("float32")
        return lambda texts: np.concatenate(
            [encode(texts[i : i + _BATCH]) for i in range(0, len(texts), _BATCH)]
        )

    def onnx_full() -> Encode:
        for path in folder.iterdir():
            (scratch / path.name).symlink_to(path)
        write_full(scratch, scratch / _FULL)
        return OnnxModel(scratch, settings.torch_threads, _FULL).encode

    return {
        "SentenceTransformer, batches as they come": plain,
        "SentenceTransformer, sorted": lambda: torch_model("float32"),
        "SentenceTransformer, sorted, bf16": lambda: torch_model("bfloat16"),
        "ONNX, sorted, 32 bits": onnx_full,
        "ONNX, sorted, 8 bits": lambda: OnnxModel(folder, settings.torch_threads).encode,
    }


def recall(vectors: np.ndarray, queries: np.ndarray, answers: np.ndarray, depth: int) -> float:
    """Return the share of queries whose passage is among the nearest."""
    scores = queries @ vectors.T
    own = scores[np.arange(len(queries)), answers]
    return float(((scores > own[:, None]).sum(axis=1) < depth).mean())


def main(arguments: list[str] | None = None) -> int:
    """Measure every way and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_encode", description=__doc__)
    parser.add_argument("--passages", type=int, default=400, help="how many are encoded")
    options = parser.parse_args(arguments)
    settings = KnowledgeBaseSettings()
    if settings.embedding_model:
        print("unset SATHI_EMBEDDING_MODEL: the bundled model is compared", file=sys.stderr)
        return 2
    sample = take_sample(settings, options.passages)
    queries = load_encoder(settings).encode_queries(sample.questions)
    table = Table("way", "passages/s", "recall@1", "recall@10", "cosine with the first")
    first: np.ndarray | None = None
    with tempfile.TemporaryDirectory() as scratch:
        for name, load in ways(settings, Path(scratch)).items():
            encode = load()
            texts = [settings.passage_prompt + text for text in sample.passages]
            encode(texts[:_BATCH])
            start = time.perf_counter()
            vectors = encode(texts)
            seconds = time.perf_counter() - start
            first = vectors if first is None else first
            table.add_row(
                name,
                f"{len(texts) / seconds:.1f}",
                *(f"{recall(vectors, queries, sample.answers, k):.4f}" for k in (1, 10)),
                f"{float((vectors * first).sum(axis=1).mean()):.4f}",
            )
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
