"""Generators of logs unlike ``knowledge_base.recommend.synthetic``: no roles, unknown courses."""

from __future__ import annotations

import numpy as np

Row = tuple[str, str, float]
_START = 1.7e9
_YEARS = 6e7
_GAP = 2e6


def _zipf(random: np.random.Generator, courses: int, exponent: float) -> np.ndarray:
    popularity = random.permutation(np.arange(1, courses + 1) ** -exponent)
    return popularity / popularity.sum()


def markov(seed: int, learners: int = 1000, courses: int = 300) -> list[Row]:
    """Each course has four usual followers; 40 % of the steps go anywhere."""
    random = np.random.default_rng(seed)
    popularity = _zipf(random, courses, 1.0)
    followers = [random.choice(courses, 4, replace=False, p=popularity) for _ in range(courses)]
    rows = []
    for learner in range(learners):
        time = _START + random.uniform(0, _YEARS)
        course = int(random.choice(courses, p=popularity))
        for _ in range(1 + random.poisson(7)):
            rows.append((f"u{learner}", f"x{course}", time))
            anywhere = random.random() < 0.4
            course = int(
                random.choice(courses, p=popularity)
                if anywhere
                else random.choice(followers[course])
            )
            time += random.exponential(_GAP)
    return rows


def topics(seed: int, learners: int = 1000, courses: int = 300) -> list[Row]:
    """Each learner has a taste over 15 topics; the order of courses means nothing."""
    random = np.random.default_rng(seed)
    popularity = _zipf(random, courses, 0.9)
    topic = random.integers(15, size=courses)
    rows = []
    for learner in range(learners):
        taste = random.dirichlet(np.full(15, 0.15))
        chance = popularity * (taste[topic] + 0.01)
        number = 1 + random.poisson(7)
        time = _START + random.uniform(0, _YEARS)
        for course in random.choice(courses, number, replace=False, p=chance / chance.sum()):
            rows.append((f"u{learner}", f"x{course}", time))
            time += random.exponential(_GAP)
    return rows
