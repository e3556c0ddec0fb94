"""Synthetic departments, designations and learners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from faker import Faker

from connectors.platform.seed.clock import DAY, MONTHS_18, Clock
from knowledge_base.catalogue import Catalogue
from knowledge_base.languages.registry import DEFAULT_LOCALE

_SUBJECTS = (
    "Rural Roads", "Village Industries", "Public Libraries", "Urban Water", "School Meals",
    "River Ports", "Land Records", "Food Safety", "Soil Health", "Coastal Fisheries",
    "Women and Children", "Youth and Sports", "Handlooms", "Disaster Relief", "Rural Health",
    "Small Savings", "Public Works", "Forest Produce", "Skill Training", "Clean Energy",
    "Consumer Services", "Labour Welfare", "Digital Services", "Archives", "Tribal Development",
    "Town Planning", "Civil Supplies", "Animal Husbandry", "Official Statistics", "Tourism",
)  # fmt: skip
# Rough shares, in percent, of the languages that civil servants prefer to read.
_LANGUAGES = {
    "hi": 38, "en": 18, "bn": 6, "mr": 6, "te": 6, "ta": 6, "gu": 4, "kn": 4, "or": 3, "ml": 3,
    "pa": 2, "as": 2, "ur": 1, "mai": 0.5, "kok": 0.2, "ne": 0.2, "sa": 0.1,
}  # fmt: skip
_WITHOUT_DESIGNATION = 0.05
_NEWCOMERS = 0.3  # share who registered within the last 18 months
_TARGET_MINUTES = 3000
_FOCUS_COMPETENCIES = 2
_FOCUS_WEIGHT = 8.0
_TOP_LEVEL = 5


@dataclass(frozen=True)
class Society:
    """What all learners share.

    Attributes:
        departments: names, D of them; the id of one is its position plus 1.
        department_share: share of the learners who work in each, shape (D,).
        designations: English names of the roles, G of them; ids likewise.
        competencies: ids of the competency model, K of them.
        required: share of the top level that a role requires, shape (G + 1, K); the last
            row, all zeros, stands for no designation.
        focus: whether a department's work turns on a competency, shape (D, K).
    """

    departments: list[str]
    department_share: np.ndarray
    designations: list[str]
    competencies: list[str]
    required: np.ndarray
    focus: np.ndarray


@dataclass(frozen=True)
class People:
    """Some learners, n of them.

    Attributes:
        ids: their ids.
        names: (first name, last name) of each, in Latin letters.
        department: positions in ``Society.departments``, shape (n,).
        designation: positions in ``Society.designations``, G for none, shape (n,).
        interests: whether a learner is interested in a competency, shape (n, K).
        languages: codes that each reads, the preferred one first.
        diligence: standard normal, shape (n,).
        joined: when each registered, seconds since 1970, shape (n,).
    """

    ids: list[str]
    names: list[tuple[str, str]]
    department: np.ndarray
    designation: np.ndarray
    interests: np.ndarray
    languages: list[list[str]]
    diligence: np.ndarray
    joined: np.ndarray

    def rows(self, designations: int) -> list[dict]:
        """Return the rows of the table ``learners``.

        Args:
            designations: number of designations, G.
        """
        return [
            {
                "id": learner,
                "first_name": first,
                "last_name": last,
                "department_id": department + 1,
                "designation_id": designation + 1 if designation < designations else None,
                "languages": languages,
                "target_minutes": _TARGET_MINUTES,
            }
            for learner, (first, last), department, designation, languages in zip(
                self.ids,
                self.names,
                self.department.tolist(),
                self.designation.tolist(),
                self.languages,
                strict=True,
            )
        ]


def make_society(catalogue: Catalogue, random: np.random.Generator) -> Society:
    """Make departments and designations.

    Args:
        catalogue: gives the roles and competencies.
        random: source of chance.
    """
    model = catalogue.competency_model
    names = catalogue.competency_names[DEFAULT_LOCALE]
    competencies = [competency.id for competency in model.competencies]
    position = {key: index for index, key in enumerate(competencies)}
    required = np.zeros((len(model.roles) + 1, len(competencies)))
    for row, role in enumerate(model.roles):
        for need in role.competencies:
            required[row, position[need.id]] = need.level / _TOP_LEVEL
    focus = np.zeros((len(_SUBJECTS), len(competencies)), dtype=bool)
    for row in focus:
        row[random.choice(len(competencies), _FOCUS_COMPETENCIES, replace=False)] = True
    share = 1 / (np.arange(len(_SUBJECTS)) + 5)
    return Society(
        departments=[f"Sathi Sample Department of {subject}" for subject in _SUBJECTS],
        department_share=share / share.sum(),
        designations=[names[role.id].name for role in model.roles],
        competencies=competencies,
        required=required,
        focus=focus,
    )


def make_people(
    society: Society,
    first: int,
    number: int,
    clock: Clock,
    faker: Faker,
    random: np.random.Generator,
) -> People:
    """Make some learners.

    Args:
        society: what they share.
        first: number of the first of them, from 1.
        number: how many, n.
        clock: the moment of the seed.
        faker: source of names.
        random: source of chance.
    """
    department = random.choice(len(society.departments), number, p=society.department_share)
    none = len(society.designations)
    designation = np.where(
        random.random(number) < _WITHOUT_DESIGNATION, none, random.integers(0, none, number)
    )
    age = MONTHS_18 + random.exponential(365 * DAY, number)
    age = np.where(random.random(number) < _NEWCOMERS, random.random(number) * MONTHS_18, age)
    return People(
        ids=[f"learner-{serial:06d}" for serial in range(first, first + number)],
        names=[(faker.first_name(), faker.last_name()) for _ in range(number)],
        department=department,
        designation=designation,
        interests=_interests(society, department, random),
        languages=_languages(number, random),
        diligence=random.standard_normal(number),
        joined=clock.now - DAY - age,
    )


def _interests(society: Society, department: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Draw two or three competencies each, those of the department's focus more often."""
    # Gumbel noise on the logarithms of weights draws without replacement.
    keys = np.log(1 + _FOCUS_WEIGHT * society.focus[department])
    order = np.argsort(-(keys + random.gumbel(size=keys.shape)), axis=1)
    wanted = random.integers(2, 4, len(department))
    interests = np.zeros(keys.shape, dtype=bool)
    for place in range(3):
        rows = np.flatnonzero(wanted > place)
        interests[rows, order[rows, place]] = True
    return interests


def _languages(number: int, random: np.random.Generator) -> list[list[str]]:
    codes = list(_LANGUAGES)
    share = np.array(list(_LANGUAGES.values()))
    preferred = random.choice(len(codes), number, p=share / share.sum())
    reads_hindi = random.random(number) < 0.5  # noqa: PLR2004 - half of them, by assumption
    return [
        list(dict.fromkeys([codes[code], *(["hi"] if hindi else []), "en"]))
        for code, hindi in zip(preferred.tolist(), reads_hindi.tolist(), strict=True)
    ]
