"""Measure recommendation: ``python -m knowledge_base.recommend.evaluate --log FILE.csv``.

The log is cut at the 80 % quantile of its times, one moment for all learners, so that
nothing is learnt from the future (Ji et al. 2023, "A Critical Study on Data Leakage in
Recommender System Offline Evaluation"). For each learner who enrols in new courses after
the cut, every method ranks the courses that anybody had taken before it:

- ``hybrid``: the recommender with the role, where it is known, and the courses taken;
- ``linear``: its collaborative model alone;
- ``item-kNN``: neighbours by cosine with shrinkage, ties by popularity;
- ``popularity`` and ``random``.

Measured are the share of learners with a hit in the first ten (hit-rate@10) and nDCG@10, by
ir-measures (MacAvaney, Macdonald, Ounis 2022); the share of the courses that are recommended
to anybody; and, for learners with a role, the levels of its gap that the ten close together,
per hour that they take. Courses that the catalogue does not have take part in all but the
last.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import Qrel, ScoredDoc, Success, nDCG
from rich.console import Console
from rich.progress import track
from rich.table import Table

from knowledge_base.catalogue import Catalogue
from knowledge_base.content import load_content
from knowledge_base.content_store import ContentStoreError
from knowledge_base.encoder import load_encoder
from knowledge_base.loader import CatalogueError
from knowledge_base.model_weights import ModelWeightsError
from knowledge_base.recommend.collaborative import CollaborativeModel, ItemKnn
from knowledge_base.recommend.enrolments import (
    EnrolmentLog,
    EnrolmentLogError,
    read_log,
    read_roles,
)
from knowledge_base.recommend.profile import LearnerProfile
from knowledge_base.recommend.recommender import Recommender
from knowledge_base.recommend.training import fit, split_by_time
from knowledge_base.recommend.vectors import course_vectors
from knowledge_base.settings import KnowledgeBaseSettings

_DEPTH = 10
_SHARE_BEFORE = 0.8
_HIT, _GAIN = Success @ _DEPTH, nDCG @ _DEPTH
_FIGURES = ("hit_rate@10", "ndcg@10", "catalogue_coverage", "gap_levels_per_hour", "ms")


class EvaluationError(ValueError):
    """A log is fine in itself, but nothing can be measured on it."""


@dataclass(frozen=True)
class Case:
    """A learner to recommend to.

    Attributes:
        role_id: role, None when it is not known.
        history: courses taken before the cut, oldest first.
        taken: new courses taken after it.
    """

    role_id: str | None
    history: tuple[str, ...]
    taken: frozenset[str]


Method = Callable[[Case], list[str]]


def cases(
    earlier: EnrolmentLog,
    later: EnrolmentLog,
    roles: Mapping[str, str],
    most: int | None = None,
    seed: int = 0,
) -> list[Case]:
    """Return the learners who take new courses after the cut.

    Args:
        earlier: enrolments before the cut.
        later: enrolments after it, of the same log.
        roles: learner id -> role id.
        most: number of learners that a larger number is sampled down to, None for all.
        seed: seed of the sample.
    """
    histories = earlier.histories()
    learners = [(position, taken) for position, taken in later.histories().items()]
    if most is not None and len(learners) > most:
        chosen = np.random.default_rng(seed).choice(len(learners), most, replace=False)
        learners = [learners[place] for place in np.sort(chosen)]
    courses = np.array(earlier.courses, dtype=object)
    return [
        Case(
            roles.get(earlier.learners[position]),
            tuple(courses[histories[position]]) if position in histories else (),
            frozenset(courses[taken]),
        )
        for position, taken in learners
    ]


class _Ranking:
    """Methods that rank by one array of scores over the courses known before the cut."""

    def __init__(self, earlier: EnrolmentLog) -> None:
        counts = earlier.counts()
        self.courses = [earlier.courses[course] for course in np.flatnonzero(counts)]
        self.counts = counts[counts > 0]
        self._places = {course_id: place for place, course_id in enumerate(self.courses)}

    def best(self, scores: np.ndarray, history: Sequence[str]) -> list[str]:
        scores = scores.astype(float)
        scores[[self._places[course_id] for course_id in history]] = -np.inf
        order = np.argsort(-scores, kind="stable")[:_DEPTH]
        return [self.courses[place] for place in order if np.isfinite(scores[place])]

    def popularity(self, case: Case) -> list[str]:
        return self.best(self.counts, case.history)

    def random(self, seed: int) -> Method:
        generator = np.random.default_rng(seed)
        return lambda case: self.best(generator.random(len(self.courses)), case.history)

    def model(self, model: CollaborativeModel) -> Method:
        """Rank by a model, ties and learners it knows nothing of by popularity."""
        places = [self._places[course_id] for course_id in model.course_ids]
        known = set(model.course_ids)
        tie = 1e-6 * self.counts / self.counts.max()

        def rank(case: Case) -> list[str]:
            scores = tie.copy()
            if not known.isdisjoint(case.history):
                scores[places] += model.scores(case.history)
            return self.best(scores, case.history)

        return rank


def _hybrid(recommender: Recommender, today: date) -> Method:
    def rank(case: Case) -> list[str]:
        profile = LearnerProfile(role_id=case.role_id, completed=case.history)
        return [pick.course_id for pick in recommender.recommend(profile, today, _DEPTH)]

    return rank


def evaluate(
    log: EnrolmentLog,
    catalogue: Catalogue,
    roles: Mapping[str, str] | None = None,
    vectors: Mapping[str, np.ndarray] | None = None,
    most_learners: int | None = None,
    seed: int = 0,
) -> dict[str, dict]:
    """Compare the methods on a log.

    Args:
        log: enrolments.
        catalogue: what is known of the courses and roles; the log may have others.
        roles: learner id -> role id.
        vectors: course id -> unit vector of its content, shape (dimension,).
        most_learners: number of learners measured, None for all.
        seed: seed of the sample and of ``random``.

    Returns:
        ``{"log": {...}, "methods": {name: {figure: value}}}``; a figure that cannot be
        measured is None.

    Raises:
        EvaluationError: nobody takes a new course after the cut, or nothing is before it.
    """
    roles = roles or {}
    earlier, later, cut = split_by_time(log, _SHARE_BEFORE)
    if not len(earlier) or not len(later):
        raise EvaluationError("all enrolments have one time; there is nothing to predict")
    learners = cases(earlier, later, roles, most_learners, seed)
    ranking = _Ranking(earlier)
    linear = fit(earlier, seed)
    recommender = Recommender(
        catalogue,
        vectors,
        enrolment_counts=dict(zip(ranking.courses, ranking.counts.tolist(), strict=True)),
        collaborative=linear,
        retired=set(catalogue.courses) - set(ranking.courses),
        beyond_catalogue=True,
    )
    today = datetime.fromtimestamp(cut, timezone.utc).date()
    methods: dict[str, Method] = {
        "hybrid": _hybrid(recommender, today),
        "linear": ranking.model(linear),
        "item-kNN": ranking.model(ItemKnn(earlier)),
        "popularity": ranking.popularity,
        "random": ranking.random(seed),
    }
    console = Console(stderr=True)
    figures = {
        name: _measure(track(learners, name, console=console), method, recommender, ranking)
        for name, method in methods.items()
    }
    return {
        "log": _description(log, catalogue, roles, earlier, later, cut, learners, recommender),
        "methods": figures,
    }


def _measure(
    learners: Sequence[Case], method: Method, recommender: Recommender, ranking: _Ranking
) -> dict[str, float | None]:
    qrels: list[Qrel] = []
    run: list[ScoredDoc] = []
    shown: set[str] = set()
    per_hour: list[float] = []
    seconds = 0.0
    for number, case in enumerate(learners):
        start = time.perf_counter()
        best = method(case)
        seconds += time.perf_counter() - start
        name = str(number)
        qrels += [Qrel(name, course_id, 1) for course_id in case.taken]
        run += [ScoredDoc(name, key, float(_DEPTH - rank)) for rank, key in enumerate(best)]
        shown.update(best)
        closed = gap_levels_per_hour(recommender, case, best)
        if closed is not None:
            per_hour.append(closed)
    values = ir_measures.calc_aggregate([_HIT, _GAIN], qrels, run)
    figures = (
        float(values[_HIT]),
        float(values[_GAIN]),
        len(shown) / len(ranking.courses),
        float(np.mean(per_hour)) if per_hour else None,
        1000 * seconds / (number + 1),
    )
    return {
        name: None if value is None else round(value, 4)
        for name, value in zip(_FIGURES, figures, strict=True)
    }


def gap_levels_per_hour(
    recommender: Recommender, case: Case, course_ids: Sequence[str]
) -> float | None:
    """Return the levels of a role's gap that courses close together, per hour they take.

    None for learners without a role or without a gap.
    """
    table = recommender.table
    required, held = table.required(case.role_id), table.held(case.history)
    if not (required > held).any() or not course_ids:
        return None
    places = {course_id: row for row, course_id in enumerate(recommender.course_ids)}
    hours = table.hours[[places[course_id] for course_id in course_ids]].sum()
    return table.gain_of(course_ids, required, held) / float(hours)


def _description(
    log: EnrolmentLog,
    catalogue: Catalogue,
    roles: Mapping[str, str],
    earlier: EnrolmentLog,
    later: EnrolmentLog,
    cut: float,
    learners: Sequence[Case],
    recommender: Recommender,
) -> dict[str, int | str]:
    """Return what was measured on, in figures."""
    known = recommender.table.has_role
    return {
        "enrolments": len(log),
        "learners": len(log.learners),
        "courses": len(log.courses),
        "courses_not_in_catalogue": len(set(log.courses) - set(catalogue.courses)),
        "duplicates_left_out": log.duplicates,
        "rows_dated_in_the_future": log.future_rows,
        "cut": datetime.fromtimestamp(cut, timezone.utc).isoformat(timespec="seconds"),
        "enrolments_before": len(earlier),
        "enrolments_after": len(later),
        "learners_measured": len(learners),
        "learners_without_history": sum(not case.history for case in learners),
        "learners_with_role": sum(known(case.role_id) for case in learners),
        "unknown_roles": len({role for role in roles.values() if not known(role)}),
    }


def print_table(results: dict[str, dict]) -> None:
    """Print what was measured on and the figures, one method a row."""
    console = Console()
    for name, value in results["log"].items():
        console.print(f"{name.replace('_', ' ')}: {value}", highlight=False)
    table = Table("method", *(name.replace("_", " ") for name in _FIGURES))
    for method, row in results["methods"].items():
        values = ("-" if row[name] is None else f"{row[name]:.4f}" for name in _FIGURES)
        table.add_row(method, *values)
    console.print(table)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m knowledge_base.recommend.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--log", type=Path, required=True, help="CSV: learner,course,timestamp")
    parser.add_argument("--roles", type=Path, help="CSV: learner,role")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument(
        "--learners", type=int, default=2000, help="learners measured at most, 0 for all"
    )
    parser.add_argument(
        "--vectors", action="store_true", help="compare courses by the embedding model, too"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    if options.learners < 0:
        parser.error("--learners must not be negative")
    settings = KnowledgeBaseSettings()
    try:
        log = read_log(options.log)
        roles = read_roles(options.roles) if options.roles else {}
        catalogue = load_content(settings)
        vectors = None
        if options.vectors:
            vectors = course_vectors(catalogue, load_encoder(settings), settings.embedding_cache)
        results = evaluate(log, catalogue, roles, vectors, options.learners or None, options.seed)
        print_table(results)
        if options.json:
            options.json.write_text(json.dumps(results, indent=2), encoding="utf-8")
    except (
        CatalogueError,
        ContentStoreError,
        EnrolmentLogError,
        EvaluationError,
        ModelWeightsError,
        OSError,
    ) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
