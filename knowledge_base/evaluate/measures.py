"""Figures of a system on a set of queries, by ir-measures (MacAvaney et al. 2022)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ir_measures
from ir_measures import RR, Measure, Qrel, R, ScoredDoc, Success, nDCG

from knowledge_base.evaluate.collection import Query
from knowledge_base.evaluate.systems import Found

NDCG = "ndcg@10"
# One right document is enough where questions have a few: what users call recall.
SUCCESS: dict[str, Measure] = {
    NDCG: nDCG @ 10,
    "recall@1": Success @ 1,
    "recall@3": Success @ 3,
    "recall@10": Success @ 10,
    "mrr": RR @ 10,
}
# The measures of BEIR.
RECALL: dict[str, Measure] = {
    NDCG: nDCG @ 10,
    "recall@1": R @ 1,
    "recall@10": R @ 10,
    "recall@100": R @ 100,
    "mrr@10": RR @ 10,
}


def by_group(
    queries: Sequence[Query],
    found: Sequence[Found],
    group: Callable[[Query], str],
    measures: dict[str, Measure],
) -> dict[str, dict[str, float]]:
    """Measure by group of queries; those that nothing answers are left out.

    Args:
        queries: n queries.
        found: what was found for each of them.
        group: tells a query's group.
        measures: name -> measure.

    Returns:
        group -> {"questions": number, name: mean}, groups in the order of their first query.
    """
    qrels: dict[str, list[Qrel]] = {}
    run: dict[str, list[ScoredDoc]] = {}
    counts: dict[str, int] = {}
    for query, result in zip(queries, found, strict=True):
        if not query.relevant:
            continue
        name = group(query)
        counts[name] = counts.get(name, 0) + 1
        qrels.setdefault(name, []).extend(
            Qrel(query.id, identifier, grade) for identifier, grade in query.relevant.items()
        )
        # Ranks, not scores: the order in which a system gave its finds is what counts.
        run.setdefault(name, []).extend(
            ScoredDoc(query.id, identifier, -float(rank))
            for rank, identifier in enumerate(result.ids)
        )
    figures = {}
    for name, judged in qrels.items():
        values = ir_measures.calc_aggregate(measures.values(), judged, run[name])
        rounded = {key: round(float(values[measure]), 4) for key, measure in measures.items()}
        figures[name] = {"questions": counts[name], **rounded}
    return figures


def abstention(
    queries: Sequence[Query], found: Sequence[Found], threshold: float
) -> dict[str, float | int] | None:
    """Measure what a threshold on the probability lets through.

    Args:
        queries: n queries, some of them without an answer.
        found: what was found for each of them.
        threshold: probability from which the first find is given as the answer.

    Returns:
        ``answerable`` and ``unanswerable``: numbers of queries; ``answered``: share of the
        answerable ones that got an answer; ``precision``: share of all answers given that are
        right; ``abstained``: share of the unanswerable ones that got none. None if no query is
        unanswerable or the system tells no probability.
    """
    if all(query.relevant for query in queries) or any(f.probability is None for f in found):
        return None
    given = [
        bool(f.ids) and f.probability is not None and f.probability >= threshold for f in found
    ]
    right = sum(
        answered and result.ids[0] in query.relevant
        for answered, query, result in zip(given, queries, found, strict=True)
    )
    answerable = [bool(query.relevant) for query in queries]
    kept = sum(a and g for a, g in zip(answerable, given, strict=True))
    wrongly = sum(given) - kept
    unanswerable = len(queries) - sum(answerable)
    return {
        "answerable": sum(answerable),
        "unanswerable": unanswerable,
        "threshold": threshold,
        "answered": round(kept / sum(answerable), 4) if any(answerable) else 0.0,
        "precision": round(right / sum(given), 4) if any(given) else 0.0,
        "abstained": round(1 - wrongly / unanswerable, 4),
    }
