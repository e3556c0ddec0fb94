from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base.evaluate import QueryFileError, Question, evaluate, main, read_questions
from knowledge_base.knowledge_base import KnowledgeBase
from tests.actions.conftest import REPOSITORY


def test_measures_by_language(knowledge_base: KnowledgeBase) -> None:
    questions = [
        Question("course on the right to information", "en", ("do_113693885524467712197",)),
        Question("course on the right to information", "en", ("no_such_course",)),
        Question("सूचना का अधिकार", "hi", ("do_113693885524467712197",)),
    ]
    results = evaluate(knowledge_base, questions)
    assert results["en"]["questions"] == 2
    assert results["en"]["recall@3"] == 0.5
    assert results["hi"]["recall@3"] == 1.0
    assert 0 < results["hi"]["mrr"] <= 1


def test_writes_json(tmp_path: Path) -> None:
    queries, out = tmp_path / "q.jsonl", tmp_path / "out.json"
    queries.write_text(
        '{"query": "RTI", "language": "en", "relevant": ["sathi_rti_first_appeal"]}\n'
    )
    assert main(["--queries", str(queries), "--json", str(out)]) == 0
    assert set(json.loads(out.read_text())["en"]) == {
        "questions", "recall@1", "recall@3", "recall@10", "mrr",
    }  # fmt: skip


@pytest.mark.parametrize("line", ["no json", '{"query": "x"}', "[]"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"query": "x", "language": "en", "relevant": []}\n' + line + "\n")
    with pytest.raises(QueryFileError, match=r"q\.jsonl, line 2"):
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
