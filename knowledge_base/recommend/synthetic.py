"""Synthetic learners, to try recommendation before there is a log of real ones.

``python -m knowledge_base.recommend.synthetic --learners 2000 --out FILE.csv`` writes
``learner,course,timestamp`` to FILE.csv and ``learner,role`` to FILE.roles.csv.

The model, a multinomial logit with noise (McFadden 1974, "Conditional logit analysis of
qualitative choice behavior"):

- Most learners have a role of the competency model, the others none. Each is interested in
  one to three competencies, whatever the role, and heeds the gap to the role more or less
  (log-normal).
- Each starts at a random day of two years and enrols a log-normal number of times; the gaps
  between enrolments are exponential, and some enrolments follow within minutes.
- An enrolment is a choice among the courses not taken yet, with the utility: logarithm of
  the course's Zipf popularity (the ranks are random, unrelated to content) + share of the
  competency gap that the course closes + interest + level fit + a bundle taken up + the
  next course of the bundle of the last one + a campaign that runs for a month + Gumbel
  noise. Bundles are random, hidden sequences of courses: nothing in the catalogue tells
  them, so that only co-enrolment can.
- A share of the enrolments is uniformly random, in disregard of all of this.

What a recommender gains on such a log by reading roles and competencies shows that it finds
what was put in; it is no forecast for real learners.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np

from knowledge_base.catalogue import Catalogue
from knowledge_base.loader import CatalogueError, load_catalogue
from knowledge_base.recommend.gap import CompetencyTable
from knowledge_base.settings import KnowledgeBaseSettings

_START = datetime(2024, 4, 1, tzinfo=timezone.utc)
_MONTH = 30.0
_BUNDLE_SIZES = (3, 4, 5)
_MOST_INTERESTS = 3


@dataclass(frozen=True)
class SyntheticModel:
    """The parameters; utilities are in units of the Gumbel noise.

    Attributes:
        days: length of the period.
        usual_enrolments: median number of enrolments a learner.
        enrolments_spread: standard deviation of its logarithm.
        gap_days: mean time between enrolments.
        burst: share of enrolments that follow within minutes.
        without_role: share of learners who have no role.
        random_choices: share of enrolments that are uniformly random.
        zipf: exponent of the courses' popularity.
        gap: utility of closing the whole gap at one level a competency.
        interest: utility of a course on a competency of interest.
        fit: utility of a level that suits, against one that does not.
        bundle: utility of a course of a bundle taken up.
        sequence: utility of the course after the last one in its bundle.
        campaign: utility of a course in its month.
    """

    days: int = 730
    usual_enrolments: float = 7.0
    enrolments_spread: float = 0.6
    gap_days: float = 25.0
    burst: float = 0.25
    without_role: float = 0.15
    random_choices: float = 0.15
    zipf: float = 0.8
    gap: float = 2.0
    interest: float = 1.5
    fit: float = 1.0
    bundle: float = 1.2
    sequence: float = 2.0
    campaign: float = 1.5


@dataclass(frozen=True)
class SyntheticLog:
    """What was generated.

    Attributes:
        enrolments: (learner id, course id, Unix seconds), learner by learner.
        roles: learner id -> role id; learners without a role are left out.
    """

    enrolments: list[tuple[str, str, float]]
    roles: dict[str, str]


class _World:
    """What all learners share: courses, their popularity, bundles and campaigns."""

    def __init__(
        self, catalogue: Catalogue, model: SyntheticModel, random: np.random.Generator
    ) -> None:
        self.model = model
        self.courses = sorted(catalogue.courses)
        self.roles = [role.id for role in catalogue.competency_model.roles]
        self.table = CompetencyTable(catalogue, self.courses)
        number = len(self.courses)
        ranks = random.permutation(number) + 1
        self.popularity = -model.zipf * np.log(ranks)
        self.campaign_day = random.uniform(0, model.days, number)
        self.bundle = np.full(number, -1)
        self.after = np.full(number, -1)
        shuffled = list(random.permutation(number))
        bundle = 0
        while shuffled:
            size = int(random.choice(_BUNDLE_SIZES))
            members, shuffled = shuffled[:size], shuffled[size:]
            self.bundle[members] = bundle
            self.after[members[:-1]] = members[1:]
            bundle += 1


def generate(
    catalogue: Catalogue, learners: int, seed: int, model: SyntheticModel | None = None
) -> SyntheticLog:
    """Generate learners and their enrolments.

    Args:
        catalogue: courses, roles and competencies.
        learners: number of learners.
        seed: seed; the same one gives the same log.
        model: parameters other than the usual ones.

    Returns:
        The log; learners who never enrol are not in it.
    """
    random = np.random.default_rng(seed)
    world = _World(catalogue, model or SyntheticModel(), random)
    log = SyntheticLog([], {})
    for number in range(learners):
        learner = f"learner-{number + 1:06d}"
        role = None
        if random.random() >= world.model.without_role:
            role = world.roles[random.integers(len(world.roles))]
            log.roles[learner] = role
        log.enrolments.extend(
            (learner, world.courses[course], (_START + timedelta(days=day)).timestamp())
            for course, day in _choices(world, role, random)
        )
    return log


def _choices(
    world: _World, role: str | None, random: np.random.Generator
) -> list[tuple[int, float]]:
    """Return (position of the course, day) of one learner's enrolments."""
    model, table = world.model, world.table
    required = table.required(role)
    heed = random.lognormal(0.0, 0.5)
    number = random.integers(1, _MOST_INTERESTS + 1)
    interests = random.choice(len(table.competency_ids), number, replace=False)
    liked = (table.built[:, interests] > 0).any(axis=1)
    held = np.zeros(len(table.competency_ids), dtype=np.float32)
    free = np.ones(len(world.courses), dtype=bool)
    bundles = np.zeros(world.bundle.max() + 1, dtype=bool)
    last = -1
    day = random.uniform(0, model.days)
    wanted = round(random.lognormal(np.log(model.usual_enrolments), model.enrolments_spread))
    chosen: list[tuple[int, float]] = []
    for _ in range(min(wanted, len(world.courses))):
        if day >= model.days:
            break
        utility = random.gumbel(size=len(world.courses))
        if random.random() >= model.random_choices:
            lacking = max(np.count_nonzero(required > held), 1)
            utility += world.popularity
            utility += model.gap * heed * table.gain(required, held) / np.sqrt(lacking)
            utility += model.interest * liked + model.fit * table.fit(held)
            utility += model.bundle * bundles[world.bundle]
            utility += model.campaign * (np.abs(world.campaign_day - day) < _MONTH / 2)
            if last >= 0 and world.after[last] >= 0:
                utility[world.after[last]] += model.sequence
        course = int(np.where(free, utility, -np.inf).argmax())
        chosen.append((course, day))
        free[course] = False
        held = np.maximum(held, table.built[course])
        bundles[world.bundle[course]] = True
        last = course
        soon = random.random() < model.burst
        day += random.uniform(0.001, 0.02) if soon else random.exponential(model.gap_days)
    return chosen


def write_log(log: SyntheticLog, path: Path) -> Path:
    """Write a log and, beside it, the roles.

    Args:
        log: what was generated.
        path: the CSV file of the enrolments.

    Returns:
        The CSV file of the roles.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["learner", "course", "timestamp"])
        for learner, course, time in sorted(log.enrolments, key=lambda row: (row[2], row[0])):
            moment = datetime.fromtimestamp(time, timezone.utc)
            writer.writerow([learner, course, f"{moment:%Y-%m-%dT%H:%M:%SZ}"])
    roles = path.with_suffix(".roles.csv")
    with roles.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["learner", "role"])
        writer.writerows(sorted(log.roles.items()))
    return roles


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m knowledge_base.recommend.synthetic",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--learners", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True, help="CSV file to write")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.learners < 1:
        parser.error("--learners must be 1 or more")
    try:
        catalogue = load_catalogue(KnowledgeBaseSettings().catalogue)
        log = generate(catalogue, options.learners, options.seed)
        roles = write_log(log, options.out)
    except (CatalogueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(log.enrolments)} enrolments in {options.out}, {len(log.roles)} roles in {roles}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
