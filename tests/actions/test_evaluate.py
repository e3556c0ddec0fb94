from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base.evaluate.__main__ import main
from knowledge_base.evaluate.collection import CollectionError, Query
from knowledge_base.evaluate.measures import RECALL, SUCCESS, abstention, by_group
from knowledge_base.evaluate.questions import read_questions
from knowledge_base.evaluate.report import figures
from knowledge_base.evaluate.systems import Found
from knowledge_base.knowledge_base import KnowledgeBase
from tests.actions.conftest import REPOSITORY

_RTI = "do_113693885524467712197"


def _query(number: int, *relevant: str, language: str = "en", form: str | None = None) -> Query:
    return Query(f"q{number}", "text", language, language, dict.fromkeys(relevant, 1), form)


def test_success_counts_one_right_document_and_recall_all_of_them() -> None:
    queries = [_query(1, "a", "b")]
    found = [Found(("x", "a"))]
    row = by_group(queries, found, lambda query: query.language, SUCCESS)["en"]
    assert (row["questions"], row["recall@1"], row["recall@3"], row["mrr"]) == (1, 0.0, 1.0, 0.5)
    assert by_group(queries, found, lambda query: query.language, RECALL)["en"]["recall@10"] == 0.5


def test_what_is_not_found_counts_as_nothing() -> None:
    queries = [_query(1, "a"), _query(2, "a")]
    row = by_group(queries, [Found(("a",)), Found(())], lambda _: "all", SUCCESS)["all"]
    assert row["recall@1"] == 0.5
    assert row["questions"] == 2


def test_the_order_found_decides_and_queries_without_answer_are_no_part() -> None:
    queries = [_query(1, "b"), _query(2)]
    found = [Found(("a", "b", "c")), Found(("a",))]
    row = by_group(queries, found, lambda _: "all", RECALL)["all"]
    assert row["questions"] == 1
    assert row["mrr@10"] == 0.5
    assert row["ndcg@10"] == pytest.approx(0.6309)


def test_a_threshold_lets_right_and_wrong_answers_through() -> None:
    queries = [_query(1, "a"), _query(2, "a"), _query(3, "a"), _query(4), _query(5)]
    found = [
        Found(("a",), 0.9),  # right
        Found(("b",), 0.8),  # wrong
        Found(("a",), 0.1),  # kept back
        Found(("c",), 0.7),  # wrong, nothing answers
        Found((), 0.0),  # kept back
    ]
    assert abstention(queries, found, 0.5) == {
        "answerable": 3, "unanswerable": 2, "threshold": 0.5,
        "answered": 0.6667, "precision": 0.3333, "abstained": 0.5,
    }  # fmt: skip


def test_abstaining_is_measured_only_where_it_can_be() -> None:
    assert abstention([_query(1, "a")], [Found(("a",), 0.9)], 0.5) is None
    assert abstention([_query(1)], [Found(("a",))], 0.5) is None


def test_forms_of_a_language_stand_side_by_side() -> None:
    queries = [
        _query(1, "a", language="hi", form="native"),
        _query(2, "a", language="hi_Latn", form="romanised"),
        _query(3, "a", language="en"),
    ]
    results = {
        "bm25": [Found(("a",)), Found(()), Found(("a",))],
        "hybrid": [Found(("a",)), Found(("b", "a")), Found(("a",))],
    }
    report = figures(queries, results, SUCCESS)
    assert list(report) == ["hi", "en", "all"]
    assert report["hi"]["questions"] == 2
    assert report["hi"]["mrr"] == 0.75
    assert report["hi"]["systems"]["bm25"]["recall@1"] == 0.5
    assert report["hi"]["forms"]["native"]["hybrid"]["recall@1"] == 1.0
    assert report["hi"]["forms"]["romanised"]["hybrid"]["mrr"] == 0.5
    assert "forms" not in report["en"]


def test_measures_courses_and_passages_in_one_run(
    knowledge_base: KnowledgeBase, tmp_path: Path
) -> None:
    course = knowledge_base.catalogue.courses[_RTI]
    passage = course.modules[0].passages[0]
    queries, out = tmp_path / "q.jsonl", tmp_path / "out.json"
    rows = [
        {"query": "course on the right to information", "language": "en", "relevant": [_RTI]},
        {"query": "course on the right to information", "language": "en", "relevant": ["none"]},
        {"query": "सूचना का अधिकार", "language": "hi", "relevant": [_RTI]},
        {"query": passage.heading, "language": "en", "relevant": [f"{_RTI}/{passage.id}"]},
    ]
    queries.write_text("\n".join(map(json.dumps, rows)))
    assert main(["--queries", str(queries), "--json", str(out)]) == 0
    report = json.loads(out.read_text())
    assert report["en"]["questions"] == 3
    assert report["en"]["recall@10"] == pytest.approx(0.6667)
    assert report["hi"]["recall@3"] == 1.0
    assert set(report["hi"]["systems"]) == {"bm25", "dense", "hybrid"}
    assert {"questions", "ndcg@10", "recall@1", "recall@3", "recall@10", "mrr"} <= set(report["hi"])


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        '{"query": "x"}',
        "[]",
        '{"query": "x", "language": "xx", "relevant": []}',
        '{"query": "x", "language": "hi", "relevant": [], "form": "verse"}',
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"query": "x", "language": "en", "relevant": []}\n' + line + "\n")
    with pytest.raises(CollectionError, match=r"q\.jsonl, line 2"):
        read_questions(path)


def test_a_missing_file_is_one_line(capsys: pytest.CaptureFixture) -> None:
    assert main(["--queries", "/nowhere.jsonl"]) == 2
    assert "/nowhere.jsonl" in capsys.readouterr().err


def test_the_projects_own_questions_name_existing_courses(knowledge_base: KnowledgeBase) -> None:
    for path in (REPOSITORY / "tests" / "data" / "search").glob("*.jsonl"):
        questions = read_questions(path)
        assert len(questions) == 40
        for question in questions:
            assert set(question.relevant) <= set(knowledge_base.catalogue.courses), path
