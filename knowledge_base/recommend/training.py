"""Fitting the collaborative model: its memory is chosen on the newest part of the log.

How far the order of courses matters differs from log to log: where learners follow
curricula, the last course tells most; where they follow interests, the order tells nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from knowledge_base.recommend.collaborative import (
    MEMORIES,
    LinearModel,
    Memory,
    fit_linear,
)
from knowledge_base.recommend.enrolments import EnrolmentLog

# The trial shows which memory suits; it need not see everything.
_TRIAL_LEARNERS = 10_000
_TRIAL_COURSES = 1000
_TRIAL_QUESTIONS = 1000
_SHARE_BEFORE = 0.8
# The more of a log is chance, the more smoothing it needs.
_RIDGE_FACTORS = (1.0, 5.0, 25.0, 200.0)
_DEPTH = 10


def split_by_time(log: EnrolmentLog, share: float) -> tuple[EnrolmentLog, EnrolmentLog, float]:
    """Cut a log at a quantile of its times, one moment for all learners.

    Args:
        log: enrolments.
        share: share of the enrolments before the cut, 0 to 1.

    Returns:
        The enrolments up to the cut, those after it, and the cut in Unix seconds. When too
        many share one moment, the last moment is what comes after.
    """
    cut = float(np.quantile(log.time, share)) if len(log) else 0.0
    late = log.time > cut
    if len(log) and not late.any():
        late = log.time >= cut
    return log.part(~late), log.part(late), cut


def fit(log: EnrolmentLog, seed: int = 0) -> LinearModel:
    """Fit a collaborative model to a log.

    The memory is the one with the best nDCG@10 for the newest fifth of the enrolments,
    given the others, of a sample of the learners and the most frequent courses.

    Args:
        log: enrolments.
        seed: seed of the sample.
    """
    return fit_linear(log, choose_memory(log, seed))


def choose_memory(log: EnrolmentLog, seed: int = 0) -> Memory:
    """Return the memory that predicts a log's newest part best from the rest."""
    earlier, later, _ = split_by_time(_sample(log, seed), _SHARE_BEFORE)
    questions = _questions(earlier, later)
    if not questions:
        return MEMORIES[2]

    def quality(memory: Memory) -> float:
        return _gain(fit_linear(earlier, memory, _TRIAL_COURSES), questions)

    best = max(MEMORIES, key=quality)
    return max((replace(best, ridge=best.ridge * x) for x in _RIDGE_FACTORS), key=quality)


def _sample(log: EnrolmentLog, seed: int) -> EnrolmentLog:
    if len(log.learners) <= _TRIAL_LEARNERS:
        return log
    random = np.random.default_rng(seed)
    chosen = np.zeros(len(log.learners), dtype=bool)
    chosen[random.choice(len(log.learners), _TRIAL_LEARNERS, replace=False)] = True
    return log.part(chosen[log.learner])


def _questions(earlier: EnrolmentLog, later: EnrolmentLog) -> list[tuple[list[str], set[str]]]:
    """Return (history, courses taken afterwards) of learners who have both."""
    histories = earlier.histories()
    pairs = []
    for learner, taken in later.histories().items():
        if learner in histories:
            history = [earlier.courses[course] for course in histories[learner]]
            pairs.append((history, {earlier.courses[course] for course in taken}))
    return pairs[:: max(len(pairs) // _TRIAL_QUESTIONS, 1)]


def _gain(model: LinearModel, questions: list[tuple[list[str], set[str]]]) -> float:
    """Return the mean nDCG@10 (Järvelin and Kekäläinen 2002)."""
    places = {course_id: place for place, course_id in enumerate(model.course_ids)}
    discounts = 1 / np.log2(np.arange(2, _DEPTH + 2))
    total = 0.0
    for history, taken in questions:
        scores = model.scores(history)
        scores[[places[course_id] for course_id in history if course_id in places]] = -np.inf
        best = np.argsort(-scores, kind="stable")[:_DEPTH]
        found = np.array([model.course_ids[place] in taken for place in best])
        total += float(found @ discounts[: len(found)]) / discounts[: len(taken)].sum()
    return total / len(questions)
