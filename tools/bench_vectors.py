"""What each kind of FAISS index finds and costs: ``python -m tools.bench_vectors``.

Vectors are synthetic, near to those of real passages (``tools.bench_search``), and queries
are made like them. Recall@10 is measured against comparing all vectors.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from knowledge_base.attributes import Attributes
from knowledge_base.faiss_store import FaissStore, IndexPlan, IndexType
from knowledge_base.settings import KnowledgeBaseSettings
from tools.bench_search import synthetic_model

_SIZES = (5_000, 50_000, 500_000)
_QUERIES = 100
_DEPTH = 10
# What a search asks for, see ``knowledge_base.search``.
_WANTED = 600
_NEVER = 1 << 62
_MB = 1e6
_PLANS = {
    IndexType.FLAT: IndexPlan(hnsw_from=_NEVER, ivf_pq_from=_NEVER),
    IndexType.HNSW: IndexPlan(hnsw_from=1, ivf_pq_from=_NEVER),
    IndexType.IVF_PQ: IndexPlan(hnsw_from=1, ivf_pq_from=1),
}


def main(arguments: list[str] | None = None) -> int:
    """Measure every kind at every size and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_vectors", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES, help="vectors")
    options = parser.parse_args(arguments)
    model = synthetic_model(KnowledgeBaseSettings())
    queries = model.encode([f"query {number}" for number in range(_QUERIES)])
    table = Table("vectors", "kind", "recall@10", "ms a query", "MB", "build s")
    for size in options.sizes:
        vectors = model.encode([f"vector {number}" for number in range(size)])
        ids = np.arange(size, dtype=np.int64)
        attributes = [Attributes("content", "passage", "en", "t", "t/p")] * size
        exact = [set(np.argpartition(-(vectors @ q), _DEPTH)[:_DEPTH].tolist()) for q in queries]
        for kind, plan in _PLANS.items():
            with tempfile.TemporaryDirectory() as folder:
                store = FaissStore(Path(folder), model.dimension, plan)
                start = time.perf_counter()
                store.upsert(ids, vectors, attributes)
                built = time.perf_counter() - start
                store.flush()
                megabytes = (Path(folder) / "vectors.faiss").stat().st_size / _MB
                start = time.perf_counter()
                found = [store.search(query[None], _WANTED)[0][0] for query in queries]
                each = (time.perf_counter() - start) / _QUERIES * 1000
                store.close()
            recall = np.mean(
                [
                    len(nearest & set(row[:_DEPTH].tolist())) / _DEPTH
                    for nearest, row in zip(exact, found, strict=True)
                ]
            )
            row = (f"{recall:.3f}", f"{each:.1f}", f"{megabytes:.0f}", f"{built:.0f}")
            table.add_row(f"{size:,}", kind, *row)
    Console().print(table)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
