from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.recommend.collaborative import (
    CollaborativeModelError,
    ItemKnn,
    LinearModel,
    Memory,
    fit_linear,
)
from knowledge_base.recommend.enrolments import EnrolmentLog, make_log
from knowledge_base.recommend.training import choose_memory, fit, split_by_time
from tests.actions.recommend.logs import markov, topics

ORDERED = Memory(whole=0.3, training=1.0, history=1.0, ridge=1.0)
ORDERLESS = Memory(whole=1.0, training=1.0, history=math.inf, ridge=1.0)


def chains(learners: int = 40) -> EnrolmentLog:
    """Half take a, b, c in this order, half take x, y, z."""
    rows = []
    for learner in range(learners):
        for place, course in enumerate("abc" if learner % 2 else "xyz"):
            rows.append((f"u{learner}", course, float(learner * 10 + place)))
    return make_log(rows)


def best(model: LinearModel | ItemKnn, history: list[str]) -> str:
    scores = dict(zip(model.course_ids, model.scores(history), strict=True))
    return max(scores.keys() - set(history), key=scores.__getitem__)


@pytest.mark.parametrize("memory", [ORDERED, ORDERLESS])
def test_the_linear_model_finds_what_goes_together(memory: Memory) -> None:
    model = fit_linear(chains(), memory)
    assert best(model, ["a"]) in {"b", "c"}
    assert best(model, ["x", "y"]) == "z"


def test_a_short_memory_knows_what_comes_next() -> None:
    model = fit_linear(chains(), ORDERED)
    assert [best(model, ["a"]), best(model, ["x"])] == ["b", "y"]


def test_learners_are_learnt_from_block_by_block() -> None:
    rows = []
    for learner in range(12_000):
        courses = "abc" if learner < 5000 else "xyz" if learner < 10_000 else "pq"
        rows += [(f"u{learner}", course, 10.0 * learner + n) for n, course in enumerate(courses)]
    model = fit_linear(make_log(rows), ORDERED)
    assert [best(model, [key]) for key in "axp"] == ["b", "y", "q"]


def test_neighbours_share_learners() -> None:
    model = ItemKnn(chains(), shrinkage=1.0)
    assert best(model, ["a", "b"]) == "c"
    assert not model.scores([]).any()
    assert not model.closeness("no-such").any()
    closeness = dict(zip(model.course_ids, model.closeness("a"), strict=True))
    assert closeness["a"] == closeness["x"] == 0 < closeness["b"]


def test_unknown_courses_of_a_history_are_passed_over() -> None:
    for model in (fit_linear(chains(), ORDERED), ItemKnn(chains())):
        assert np.array_equal(model.scores(["no-such", "a"]), model.scores(["a"]))
        assert model.scores(["no-such"]).shape == (6,)


def test_strong_smoothing_leaves_popularity() -> None:
    rows = [(f"u{i}", course, float(i)) for i in range(30) for course in ("a", "b")]
    rows += [(f"u{i}", "c", 100.0 + i) for i in range(30, 34)]
    rows += [(f"u{i}", "a", 200.0 + i) for i in range(30, 34)]
    memory = Memory(whole=1.0, training=1.0, history=math.inf, ridge=1e9)
    model = fit_linear(make_log(rows), memory)
    assert best(model, ["c"]) == "b"


def test_only_the_most_frequent_courses_are_kept() -> None:
    log = make_log([*((f"u{i}", "a", 1.0 + i) for i in range(5)), ("u0", "b", 9.0)])
    assert fit_linear(log, ORDERED, most_courses=1).course_ids == ("a",)
    assert ItemKnn(log, most_courses=1).course_ids == ("a",)


def test_a_model_is_the_same_after_saving(tmp_path: Path) -> None:
    model = fit_linear(make_log(markov(1, learners=50, courses=20)), ORDERED)
    path = tmp_path / "model.npz"
    model.save(path)
    loaded = LinearModel.load(path)
    assert loaded.course_ids == model.course_ids
    assert np.array_equal(loaded.scores(["x1", "x2"]), model.scores(["x1", "x2"]))
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]


def test_a_saved_model_holds_no_learner(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    fit_linear(make_log([("officer-77", "a", 1.0), ("officer-77", "b", 2.0)]), ORDERED).save(path)
    with np.load(path) as content:
        assert set(content) == {"format", "course_ids", "weights", "base", "history"}
    assert b"officer" not in path.read_bytes()


def test_files_that_are_no_model_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    fit_linear(chains(), ORDERED).save(path)
    encrypted = path.read_bytes().replace(
        b"PK\x01\x02\x2d\x03\x2d\x00\x00", b"PK\x01\x02\x2d\x03\x2d\x00\x01"
    )
    unknown = path.read_bytes().replace(b"PK\x01\x02\x2d\x03\x2d", b"PK\x01\x02\x2d\x03\xff")
    assert len({path.read_bytes(), encrypted, unknown}) == 3
    for content in (b"", b"no model", b"PK\x03\x04 broken", encrypted, unknown):
        path.write_bytes(content)
        with pytest.raises(CollaborativeModelError, match="no collaborative model"):
            LinearModel.load(path)
    np.savez(path, other=1)
    with pytest.raises(CollaborativeModelError, match="no collaborative model"):
        LinearModel.load(path)
    parts = {"course_ids": np.array(["a"]), "base": np.zeros(1), "history": 1.0}
    np.savez(path, format=99, weights=np.zeros((1, 1)), **parts)
    with pytest.raises(CollaborativeModelError, match="another format"):
        LinearModel.load(path)
    np.savez(path, format=1, weights=np.zeros((2, 2)), **parts)
    with pytest.raises(CollaborativeModelError, match="shapes"):
        LinearModel.load(path)
    with pytest.raises(FileNotFoundError):
        LinearModel.load(tmp_path / "none.npz")


def test_the_memory_follows_the_log() -> None:
    assert choose_memory(make_log(markov(11, courses=60))).history == 1.0
    assert choose_memory(make_log(topics(11))).history > 1.0


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "x", 1.0)],
        [("a", "x", 1.0), ("b", "y", 1.0)],
        [("a", "x", 1.0), ("a", "y", 2.0)],
    ],
)
def test_tiny_logs_can_be_fitted(rows: list[tuple[str, str, float]]) -> None:
    model = fit(make_log(rows))
    assert np.isfinite(model.scores(["x"])).all()


def test_a_log_is_cut_at_one_moment_for_all() -> None:
    log = make_log([(f"u{i % 3}", f"c{i}", float(i)) for i in range(100)])
    earlier, later, cut = split_by_time(log, 0.8)
    assert (len(earlier), len(later)) == (80, 20)
    assert earlier.time.max() <= cut < later.time.min()
    ties = make_log([("a", "x", 1.0), *((f"u{i}", "y", 5.0) for i in range(9))])
    earlier, later, _ = split_by_time(ties, 0.8)
    assert (len(earlier), len(later)) == (1, 9)
