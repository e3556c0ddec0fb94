"""Measuring how messages are understood: files, figures, and a real if small model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from rasa.model_training import train_nlu

from bot.nlu import evaluate
from bot.nlu.evaluation.measures import Understood, calibration_error, measure, measure_group
from bot.nlu.evaluation.model import ModelFileError, load_model, understand
from bot.nlu.evaluation.questions import LabelledMessage, QuestionFileError, read_messages
from tests.assistant.conftest import REPOSITORY

GOOD = '{"text": "RTI", "language": "en", "intent": "find_course"}'


def message(intent: str, locale: str = "en") -> LabelledMessage:
    return LabelledMessage("x", locale, intent)


def understood(
    intent: str | None, confidence: float = 1.0, rejection: float = 0.0, locale: str | None = "en"
) -> Understood:
    return Understood(intent, confidence, rejection, locale)


def test_reads_languages_and_scripts(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    lines = [
        {"text": "कोर्स\u2028दिखाओ", "language": "hi", "intent": "find_course"},
        {"text": "course dikhao", "language": "hi", "intent": "find_course", "romanised": True},
        {"text": "course dikhao", "language": "hi_Latn", "intent": "find_course"},
        {"text": "courses", "language": "en", "intent": "find_course", "romanised": True},
    ]
    dumped = [json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n\n".join(dumped) + "\n", encoding="utf-8")
    found = read_messages([path, path])
    assert [one.locale for one in found] == ["hi", "hi_Latn", "hi_Latn", "en"] * 2
    assert found[0] == LabelledMessage("कोर्स\u2028दिखाओ", "hi", "find_course")


@pytest.mark.parametrize(
    "line",
    [
        b"no json",
        b"[]",
        b"5",
        b'{"text": "x", "language": "en"}',
        b'{"text": "x", "language": "klingon", "intent": "greet"}',
        b'{"text": null, "language": "en", "intent": "greet"}',
        b'{"text": "x", "language": 5, "intent": "greet"}',
        b'{"text": "x", "language": "en", "intent": ["greet"]}',
        b'{"text": "\xff", "language": "en", "intent": "greet"}',
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_bytes(GOOD.encode() + b"\n\n" + line + b"\n")
    with pytest.raises(QuestionFileError, match=r"messages\.jsonl, line 3: .*a line is"):
        read_messages([path])


def test_the_projects_own_messages_are_well_formed() -> None:
    paths = sorted((REPOSITORY / "tests" / "data" / "nlu").glob("**/*.jsonl"))
    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    intents = {next(iter(entry)) for entry in domain["intents"]}
    found = read_messages(paths)
    assert found
    assert {one.intent for one in found} <= intents


def test_accuracy_and_macro_f1_by_hand() -> None:
    messages = [message("a"), message("a"), message("a"), message("b")]
    answers = [understood("a"), understood("a"), understood("b"), understood("b")]
    figures = measure_group(messages, answers)
    assert figures["messages"] == 4
    assert figures["accuracy"] == 0.75
    # a: precision 1, recall 2/3; b: precision 1/2, recall 1.
    assert figures["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2, abs=1e-4)
    assert not {"auroc", "false_accept", "false_reject"} & figures.keys()


def test_intents_that_no_message_has_are_not_averaged() -> None:
    figures = measure_group([message("a"), message("a")], [understood("a"), understood("c")])
    assert figures["macro_f1"] == pytest.approx(2 / 3, abs=1e-4)


@pytest.mark.parametrize("rejected", ["nlu_fallback", "out_of_scope", None])
def test_rejection_is_right_for_what_is_out_of_scope_alone(rejected: str | None) -> None:
    messages = [message("out_of_scope"), message("out_of_scope"), message("a"), message("a")]
    answers = [
        understood(rejected, rejection=0.9),
        understood("a", rejection=0.3),
        understood("a", rejection=0.1),
        understood(rejected, rejection=0.5),
    ]
    figures = measure_group(messages, answers)
    assert figures["accuracy"] == 0.5
    assert (figures["false_accept"], figures["false_reject"]) == (0.5, 0.5)
    # Of four pairs of one outside and one inside, the outside one is likelier outside in three.
    assert figures["auroc"] == 0.75


def test_calibration_error_by_hand() -> None:
    # One bin: 0.9 sure, three of four right. Another: 0.2 sure, all right.
    confidence = np.array([0.9, 0.9, 0.9, 0.9, 0.2, 0.2])
    right = np.array([True, True, True, False, True, True])
    assert calibration_error(confidence, right) == pytest.approx(4 / 6 * 0.15 + 2 / 6 * 0.8)
    assert calibration_error(np.array([1.0, 1.0]), np.array([True, True])) == 0
    assert calibration_error(np.array([0.0]), np.array([True])) == 1


def test_languages_are_measured_apart_and_together() -> None:
    messages = [message("a"), message("a", "hi"), message("b", "hi"), message("a", "hi_Latn")]
    answers = [
        understood("a"),
        understood("a", locale="hi"),
        understood("a", locale=None),
        understood("a", locale="ur_Latn"),
    ]
    figures = measure(messages, answers)
    assert list(figures) == ["en", "hi", "hi_Latn", "native", "romanised", "all"]
    accuracy = {name: values["accuracy"] for name, values in figures.items()}
    assert accuracy == {
        **{"en": 1.0, "hi": 0.5, "hi_Latn": 1.0},
        **{"native": 0.6667, "romanised": 1.0, "all": 0.75},
    }
    languages = {name: values["language_accuracy"] for name, values in figures.items()}
    assert languages == {
        **{"en": 1.0, "hi": 0.5, "hi_Latn": 0.0},
        **{"native": 0.6667, "romanised": 0.0, "all": 0.5},
    }
    # en: 1; hi: precision 1, recall 1/2; hi_Latn: 0.
    assert figures["native"]["language_macro_f1"] == pytest.approx((1 + 2 / 3) / 2, abs=1e-4)
    assert figures["all"]["language_macro_f1"] == pytest.approx((1 + 2 / 3) / 3, abs=1e-4)
    assert "language_macro_f1" not in figures["en"]


def test_answers_that_are_missing_are_no_measure() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        measure_group([message("a"), message("a")], [understood("a")])


CONFIG = """
recipe: default.v1
language: en
assistant_id: small
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: LogisticRegressionClassifier
  - name: bot.nlu.language_identifier.LanguageIdentifier
  - name: FallbackClassifier
    threshold: 0.6
    ambiguity_threshold: 0.05
"""
EXAMPLES = {
    "find_course": ["show a course", "find a course", "which course", "course list"],
    "greet": ["hello", "hello there", "good morning", "hello friend"],
    "out_of_scope": ["weather today", "weather tomorrow", "the weather", "is weather fine"],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a small model; each of its intents has a word of its own."""
    folder = tmp_path_factory.mktemp("small")
    blocks = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in EXAMPLES.items()
    ]
    (folder / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}))
    (folder / "config.yml").write_text(CONFIG)
    trained = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
    assert trained is not None
    return Path(trained)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_what_a_model_understands(model: Path) -> None:
    texts = ["course", "weather", "course weather hello", "வணக்கம்"]
    found = await understand(load_model(model), texts)
    assert all(seconds > 0 for _, seconds in found)
    course, weather, unclear, tamil = (one for one, _ in found)
    assert (course.intent, weather.intent) == ("find_course", "out_of_scope")
    assert course.confidence > 0.6
    assert course.rejection == pytest.approx(1 - course.confidence)
    assert weather.rejection > course.rejection
    assert weather.rejection > 0.5
    # The first intent's own probability, not that of falling back.
    assert unclear.intent == "nlu_fallback"
    assert unclear.confidence < 0.6
    assert (course.locale, tamil.locale) == (None, "ta")


def test_a_missing_model_is_told_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="run `make train`"):
        load_model(tmp_path / "missing.tar.gz")


def test_the_command_prints_and_writes_what_it_measured(model: Path, tmp_path: Path) -> None:
    data, out, errors = (tmp_path / name for name in ("in.jsonl", "out.json", "errors.jsonl"))
    rows = [
        {"text": "course", "language": "en", "intent": "find_course"},
        {"text": "hello", "language": "en", "intent": "find_course"},
        {"text": "course weather hello", "language": "en", "intent": "out_of_scope"},
        {"text": "வணக்கம்", "language": "ta", "intent": "greet"},
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ["--data", data, "--model", model, "--json", out, "--errors", errors]
    done = subprocess.run(
        [sys.executable, "-m", "bot.nlu.evaluate", *map(str, arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text())
    assert list(figures) == ["en", "ta", "native", "all"]
    assert figures["en"]["accuracy"] == 0.6667
    assert (figures["en"]["language_accuracy"], figures["ta"]["language_accuracy"]) == (0, 1)
    assert 0 < figures["all"]["parse_p50_ms"] <= figures["all"]["parse_p95_ms"]
    assert done.stdout.startswith("| locale | messages | accuracy |")
    assert "| en | 3 | 0.667 |" in done.stdout
    # Falling back is right for what is out of scope.
    wrong = [json.loads(line) for line in errors.read_text().splitlines()]
    assert ("hello", "greet") in [(one["text"], one["understood"]) for one in wrong]
    assert not {"course", "course weather hello"} & {one["text"] for one in wrong}


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "in.jsonl"), ("\n", "no messages in"), ("x", "line 1"), (GOOD, "make train")],
)
def test_what_cannot_be_measured_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    model: Path,
    content: str | None,
    told: str,
) -> None:
    # It sets up the process's log.
    monkeypatch.setattr(evaluate, "quiet", lambda: None)
    data = tmp_path / "in.jsonl"
    if content is not None:
        data.write_text(content)
    given = tmp_path / "missing.tar.gz" if content == GOOD else model
    assert evaluate.main(["--data", str(data), "--model", str(given)]) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert told in line
