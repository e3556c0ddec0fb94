from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.recommend.enrolments import EnrolmentLog, make_log
from knowledge_base.recommend.evaluate import (
    Case,
    EvaluationError,
    cases,
    evaluate,
    gap_levels_per_hour,
    main,
)
from knowledge_base.recommend.recommender import Recommender
from knowledge_base.recommend.synthetic import generate
from knowledge_base.recommend.training import split_by_time
from tests.actions.recommend.logs import Row, markov, topics

MEASURED = ("hit_rate@10", "ndcg@10")


def means(results: list[dict], method: str) -> np.ndarray:
    return np.mean([[r["methods"][method][figure] for figure in MEASURED] for r in results], axis=0)


def test_with_roles_the_hybrid_beats_popularity_and_item_knn(catalogue: Catalogue) -> None:
    log = generate(catalogue, 1000, seed=42)
    results = evaluate(make_log(log.enrolments), catalogue, log.roles)
    hybrid = means([results], "hybrid")
    for other in ("item-kNN", "popularity", "random"):
        assert (hybrid > means([results], other)).all(), other
    methods = results["methods"]
    assert methods["hybrid"]["gap_levels_per_hour"] > 1.3 * max(
        methods[name]["gap_levels_per_hour"] for name in methods if name != "hybrid"
    )


@pytest.mark.parametrize("generator", [markov, topics])
def test_without_roles_on_unknown_courses_the_hybrid_is_no_worse_than_item_knn(
    catalogue: Catalogue, generator: Callable[..., list[Row]]
) -> None:
    results = [evaluate(make_log(generator(seed, learners=2000)), catalogue) for seed in (901, 902)]
    assert (means(results, "hybrid") >= means(results, "item-kNN")).all()
    assert (means(results, "hybrid") > means(results, "popularity")).all()
    for result in results:
        assert result["log"]["courses_not_in_catalogue"] == result["log"]["courses"]
        assert result["methods"]["hybrid"]["gap_levels_per_hour"] is None


def test_roles_do_no_harm_where_the_courses_are_unknown(catalogue: Catalogue) -> None:
    log = make_log(topics(7, learners=300))
    roles = dict.fromkeys(log.learners[::2], "director") | {log.learners[1]: "astronaut"}
    with_roles, without = evaluate(log, catalogue, roles), evaluate(log, catalogue)
    for figure in MEASURED:
        assert with_roles["methods"]["hybrid"][figure] == without["methods"]["hybrid"][figure]
    assert with_roles["log"]["unknown_roles"] == 1
    assert with_roles["log"]["learners_with_role"] > 0


def foreseeable() -> EnrolmentLog:
    """Sixteen learners took a and b; ten who have taken a take b after the cut."""
    rows = [(f"old{i}", key, float(i)) for i in range(16) for key in ("a", "b")]
    rows += [(f"new{i}", "a", 90.0) for i in range(10)]
    rows += [(f"new{i}", "b", 100.0 + i) for i in range(10)]
    return make_log(rows)


def test_learners_keep_what_came_before_and_after_the_cut() -> None:
    earlier, later, _ = split_by_time(foreseeable(), 0.8)
    learners = cases(earlier, later, {"new3": "director"})
    assert len(learners) == 10
    assert learners[3] == Case("director", ("a",), frozenset({"b"}))


def test_figures_of_a_log_that_can_be_foreseen(catalogue: Catalogue) -> None:
    for figures in evaluate(foreseeable(), catalogue)["methods"].values():
        assert (figures["hit_rate@10"], figures["ndcg@10"]) == (1, 1)
        assert figures["catalogue_coverage"] == 0.5


def test_only_what_came_before_is_learnt(catalogue: Catalogue) -> None:
    rows = [(f"u{i}", "early", float(i)) for i in range(80)]
    rows += [(f"v{i}", "late", 100.0 + i) for i in range(20)]
    results = evaluate(make_log(rows), catalogue)
    for figures in results["methods"].values():
        assert figures["hit_rate@10"] == 0
        assert figures["catalogue_coverage"] == 1
    assert results["log"]["learners_without_history"] == 20


def test_a_sample_of_learners_is_the_same_each_time() -> None:
    earlier, later, _ = split_by_time(make_log(topics(3, learners=200)), 0.8)
    some = cases(earlier, later, {}, most=20, seed=1)
    assert len(some) == 20
    assert some == cases(earlier, later, {}, most=20, seed=1)
    assert some != cases(earlier, later, {}, most=20, seed=2)


def test_gap_levels_per_hour_count_what_courses_close_together(catalogue: Catalogue) -> None:
    recommender = Recommender(catalogue)
    course = next(c for c in catalogue.courses.values() if "rti-matters" in c.competencies)
    case = Case("section-officer", (), frozenset())
    once = gap_levels_per_hour(recommender, case, [course.id])
    assert once is not None
    assert gap_levels_per_hour(recommender, case, [course.id, course.id]) == pytest.approx(once / 2)
    assert gap_levels_per_hour(recommender, Case(None, (), frozenset()), [course.id]) is None


def test_a_log_of_one_moment_cannot_be_measured(catalogue: Catalogue) -> None:
    with pytest.raises(EvaluationError, match="one time"):
        evaluate(make_log([("a", "x", 5.0), ("b", "y", 5.0)]), catalogue)


def write(path: Path, rows: list[Row]) -> Path:
    lines = [f"{learner},{course},{int(time)}" for learner, course, time in rows]
    path.write_text("\n".join(["learner,course,timestamp", *lines]), encoding="utf-8")
    return path


def test_the_command_prints_a_table_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    rows = markov(3, learners=60, courses=20)
    log = write(tmp_path / "log.csv", [*rows, *rows[:5]])
    roles, out = tmp_path / "roles.csv", tmp_path / "out.json"
    roles.write_text("learner,role\nu1,director\n")
    arguments = ["--log", str(log), "--roles", str(roles), "--json", str(out)]
    assert main([*arguments, "--learners", "10"]) == 0
    printed = capsys.readouterr().out
    results = json.loads(out.read_text())
    assert list(results["methods"]) == ["hybrid", "linear", "item-kNN", "popularity", "random"]
    for method, figures in results["methods"].items():
        assert method in printed
        assert set(figures) == {
            "hit_rate@10", "ndcg@10", "catalogue_coverage", "gap_levels_per_hour", "ms",
        }  # fmt: skip
    assert results["log"]["duplicates_left_out"] >= 5
    assert results["log"]["learners_measured"] == 10


def test_bad_files_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    log = tmp_path / "log.csv"
    log.write_text("learner,course,timestamp\na,x,2025-01-01\nb,y,soon\n")
    assert main(["--log", str(log)]) == 2
    assert "log.csv, line 3: 'soon' is no timestamp" in capsys.readouterr().err
    assert main(["--log", str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--log", str(log), "--learners", "-1"])
