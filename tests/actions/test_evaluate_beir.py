from __future__ import annotations

import json
from pathlib import Path

import pytest

from knowledge_base.evaluate.__main__ import main
from knowledge_base.evaluate.beir import read_corpus, read_queries
from knowledge_base.evaluate.collection import CollectionError
from knowledge_base.evaluate.detect import LanguageDetector
from knowledge_base.evaluate.run import run_beir
from knowledge_base.settings import KnowledgeBaseSettings

CORPUS = [
    {"_id": "d1", "title": "Leave", "text": "Earned leave is credited twice a year, in January."},
    {"_id": "d2", "title": "", "text": "The Ganges rises at the Gangotri glacier."},
    {"_id": "d3", "text": "A monsoon brings most of the rain of the year to India."},
    {"_id": "d4", "text": "गेहूँ की बुवाई नवंबर में होती है।"},
    {"_id": "q1", "text": "Where does the river Ganges begin?"},
]
QUERIES = [
    {"_id": "q1", "text": "Where does the river Ganges begin?"},
    {"_id": "q2", "text": "गंगा नदी कहाँ से निकलती है", "metadata": {"language": "hi"}},
    {"_id": "q3", "text": "gehu ki buwai kab hoti hai", "language": "hi"},
    {"_id": "q4", "text": "who won the football match"},
    {"_id": "q5", "text": "judged in another split"},
]
QRELS = "query-id\tcorpus-id\tscore\nq1\td2\t2\nq2\td2\t1\nq2\td3\t0\nq3\td4\t1\n"


def _lines(rows: list[dict]) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text(_lines(CORPUS))
    (tmp_path / "queries.jsonl").write_text(_lines(QUERIES))
    (tmp_path / "qrels" / "test.tsv").write_text(QRELS)
    (tmp_path / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq5\td1\t1\n")
    return tmp_path


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector(
        {"en": ["where is the river", "who won the match"], "hi_Latn": ["kahan hai nadi kab hoti"]}
    )


def test_reads_documents_with_title_and_language(folder: Path, detector: LanguageDetector) -> None:
    documents = {document.id: document for document in read_corpus(folder, detector)}
    assert documents["d1"].text.startswith("Leave. Earned leave")
    assert documents["d2"].text.startswith("The Ganges")
    assert (documents["d1"].language, documents["d4"].language) == ("en", "hi")


def test_reads_queries_with_grades(folder: Path, detector: LanguageDetector) -> None:
    queries = {query.id: query for query in read_queries(folder, detector)}
    assert list(queries) == ["q1", "q2", "q3", "q4"]
    assert queries["q1"].relevant == {"d2": 2}
    assert queries["q2"].relevant == {"d2": 1}
    assert queries["q4"].relevant == {}
    assert [query.locale for query in queries.values()] == ["en", "hi", "hi_Latn", "en"]


def test_a_language_can_be_given_for_all_queries(folder: Path, detector: LanguageDetector) -> None:
    queries = read_queries(folder, detector, "mr")
    assert [query.locale for query in queries] == ["mr_Latn", "mr", "mr_Latn", "mr_Latn"]


@pytest.mark.parametrize(
    ("text", "locale"),
    [("नदी", "hi"), ("நதி", "ta"), ("who is the winner", "en"), ("nadi kahan hai", "hi_Latn")],
)
def test_tells_languages_apart(detector: LanguageDetector, text: str, locale: str) -> None:
    assert detector(text) == locale


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("corpus.jsonl", '{"_id": "d1", "text": "x"}\n{"_id"\n', r"corpus\.jsonl, line 2: no JSON"),
        ("corpus.jsonl", '{"text": "x"}\n', r'corpus\.jsonl, line 1: no "_id"'),
        ("corpus.jsonl", '["x"]\n', r'corpus\.jsonl, line 1: no "_id"'),
        ("corpus.jsonl", '{"_id": "d1"}\n', r'corpus\.jsonl, line 1: "text" is no text'),
        ("corpus.jsonl", "", r"corpus\.jsonl is empty"),
        (
            "corpus.jsonl",
            '{"_id": "d1", "text": "x"}\n\n{"_id": "d1", "text": "y"}\n',
            r'corpus\.jsonl, line 3: a second "d1"',
        ),
        (
            "queries.jsonl",
            '{"_id": "q1", "text": "x", "language": "xx"}\n',
            r"queries\.jsonl, line 1: unknown language 'xx'",
        ),
        ("qrels/test.tsv", "q1\td2\t1\n", r"test\.tsv, line 1: no header"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td2\n", r"test\.tsv, line 2: "),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td2\tyes\n", r"test\.tsv, line 2: "),
        ("qrels/test.tsv", "", r"test\.tsv, line 1: no header"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    folder: Path, detector: LanguageDetector, name: str, content: str, message: str
) -> None:
    (folder / name).write_text(content)
    with pytest.raises(CollectionError, match=message):
        read_corpus(folder, detector)
        read_queries(folder, detector)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_one_line(folder: Path, capsys: pytest.CaptureFixture, name: str) -> None:
    (folder / name).unlink()
    assert main(["--beir", str(folder)]) == 2
    error = capsys.readouterr().err.strip()
    assert error.count("\n") == 0
    assert name in error


@pytest.fixture
def settings(tmp_path: Path) -> KnowledgeBaseSettings:
    """Return settings that keep vectors elsewhere, and with the texts of two languages only."""
    usual = KnowledgeBaseSettings()
    build, texts, catalogue = (tmp_path / name for name in ("build", "nlu", "catalogue"))
    for made in (build, texts, catalogue / "courses" / "en"):
        made.mkdir(parents=True)
    (catalogue / "competencies").symlink_to(usual.catalogue / "competencies")
    model = usual.bundled_model_directory
    (build / model.name).symlink_to(model)
    for locale in ("en", "hi", "hi_Latn"):
        (texts / locale).symlink_to(usual.calibration_queries / locale)
    return KnowledgeBaseSettings(
        build_directory=build, calibration_queries=texts, catalogue=catalogue
    )


def test_all_systems_search_the_collection(folder: Path, settings: KnowledgeBaseSettings) -> None:
    queries, results = run_beir(folder, settings, language=None, drop_own=False)
    found = {
        name: {q.id: result.ids for q, result in zip(queries, ranked, strict=True)}
        for name, ranked in results.items()
    }
    assert set(found) == {"bm25", "dense", "hybrid"}
    # The document that is the question itself comes first, unless it is left out.
    assert found["bm25"]["q1"][0] == found["dense"]["q1"][0] == found["hybrid"]["q1"][0] == "q1"
    assert found["dense"]["q2"][0] in {"d2", "q1"}
    assert found["hybrid"]["q3"][0] == "d4"
    _, results = run_beir(folder, settings, language=None, drop_own=True)
    assert all(ranked[0].ids[0] == "d2" for ranked in results.values())
