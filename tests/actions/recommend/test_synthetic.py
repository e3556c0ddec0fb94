from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.recommend.enrolments import read_log, read_roles
from knowledge_base.recommend.synthetic import SyntheticModel, generate, main

NOW = datetime(2026, 11, 27, tzinfo=timezone.utc)


def test_the_command_writes_a_log_and_its_roles(tmp_path: Path, catalogue: Catalogue) -> None:
    out = tmp_path / "log.csv"
    assert main(["--learners", "60", "--out", str(out)]) == 0
    log = read_log(out, NOW)
    roles = read_roles(tmp_path / "log.roles.csv")
    assert len(log.learners) == 60
    assert set(log.courses) <= set(catalogue.courses)
    assert log.duplicates == 0
    assert log.time[-1] < NOW.timestamp()
    assert set(roles.values()) <= {role.id for role in catalogue.competency_model.roles}
    assert 0 < len(roles) < 60


def test_the_same_seed_gives_the_same_log(catalogue: Catalogue) -> None:
    assert generate(catalogue, 20, seed=5) == generate(catalogue, 20, seed=5)
    assert generate(catalogue, 20, seed=5) != generate(catalogue, 20, seed=6)


def test_learners_heed_the_gap_of_their_role(catalogue: Catalogue) -> None:
    log = generate(catalogue, 300, seed=5)
    required = {
        role.id: {needed.id for needed in role.competencies}
        for role in catalogue.competency_model.roles
    }
    useful: dict[bool, list[bool]] = defaultdict(list)
    others = sorted(required)
    for learner, course, _ in log.enrolments:
        if learner in log.roles:
            competencies = set(catalogue.courses[course].competencies)
            own = log.roles[learner]
            other = others[(others.index(own) + 7) % len(others)]
            useful[True].append(bool(competencies & required[own]))
            useful[False].append(bool(competencies & required[other]))
    assert np.mean(useful[True]) > np.mean(useful[False]) + 0.1


def test_without_likings_choice_is_uniform(catalogue: Catalogue) -> None:
    chance = SyntheticModel(random_choices=1.0)
    counts = Counter(course for _, course, _ in generate(catalogue, 300, 5, chance).enrolments)
    usual = Counter(course for _, course, _ in generate(catalogue, 300, 5).enrolments)
    assert max(counts.values()) * 3 < max(usual.values())


def test_bad_arguments_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["--learners", "1", "--out", str(tmp_path / "none" / "log.csv")]) == 2
    assert "log.csv" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--learners", "0", "--out", str(tmp_path / "log.csv")])
