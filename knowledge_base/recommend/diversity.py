"""Choosing courses one by one, so that each adds to those chosen before it.

Maximal marginal relevance (Carbonell and Goldstein 1998, "The Use of MMR, Diversity-Based
Reranking for Reordering Documents and Producing Summaries"): what a course is worth less
its likeness to what has been chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def choose(
    worth: np.ndarray,
    allowed: np.ndarray,
    first: Sequence[int],
    likeness: Callable[[int], np.ndarray],
    variety: float,
    limit: int,
) -> list[tuple[int, float]]:
    """Choose courses greedily.

    Args:
        worth: what each course is worth by itself, shape (courses,).
        allowed: which courses may be chosen, bool array of shape (courses,).
        first: courses that come first in this order, whatever they are worth.
        likeness: likeness of each course to one, 0 to 1, shape (courses,).
        variety: what full likeness takes away.
        limit: most courses wanted.

    Returns:
        (row, worth less likeness) in the order of the choice.
    """
    free = allowed.copy()
    nearest = np.zeros(len(allowed))
    chosen: list[tuple[int, float]] = []
    pending = list(first)
    while len(chosen) < limit and (pending or free.any()):
        values = worth - variety * nearest
        row = pending.pop(0) if pending else int(np.where(free, values, -np.inf).argmax())
        chosen.append((row, float(values[row])))
        free[row] = False
        nearest = np.maximum(nearest, likeness(row))
    return chosen
