"""The measuring tools of bot/nlu/evaluation, on a few examples of the real training data."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import regex
import yaml
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.evaluation import compare, robustness, threshold
from bot.nlu.evaluation.console import markdown_table
from bot.nlu.evaluation.examples import (
    Vectors,
    classify,
    locale_of,
    parse,
    read_examples,
    stratum_of,
    take_share,
    train_classifier,
)
from bot.nlu.evaluation.questions import LabelledMessage
from bot.nlu.evaluation.typos import with_typos
from bot.nlu.intent_classifier import IntentClassifier
from tests.assistant.conftest import REPOSITORY

_INTENTS = {"greet", "thanks", "my_certificates", "out_of_scope"}


def slipped_text(text: str, seed: int) -> str:
    return with_typos(text, random.Random(seed))  # noqa: S311 (nothing secret)


@pytest.fixture(scope="module")
def examples(training_data: TrainingData) -> list[Message]:
    few = [
        Message(data=dict(example.data))
        for example in training_data.intent_examples
        if example.get(INTENT) in _INTENTS and locale_of(example) in ("en", "hi")
    ]
    return Vectors().add(few)


@pytest.fixture(scope="module")
def classifier(examples: list[Message]) -> IntentClassifier:
    return train_classifier(examples)


def test_a_share_takes_as_much_of_every_intent_and_locale(examples: list[Message]) -> None:
    half = take_share(examples, 0.5)
    whole, taken = (Counter(map(stratum_of, group)) for group in (examples, half))
    assert all(abs(taken[stratum] - count / 2) <= 1 for stratum, count in whole.items())
    assert [e.get(TEXT) for e in take_share(examples, 0.5)] == [e.get(TEXT) for e in half]
    assert take_share(examples, 1) == examples


def test_classifying_leaves_the_labels_alone(
    examples: list[Message], classifier: IntentClassifier
) -> None:
    labels = [example.get(INTENT) for example in examples]
    understood = classify(classifier, examples)
    assert [example.get(INTENT) for example in examples] == labels
    assert (
        np.mean([one.intent == label for one, label in zip(understood, labels, strict=True)]) > 0.9
    )


def test_a_bare_number_is_certain(classifier: IntentClassifier) -> None:
    (understood,) = classify(classifier, Vectors().of_texts(["2"]))
    assert (understood.intent, understood.confidence, understood.rejection) == (
        *("choose_item", 1.0, 0.0),
    )


def test_what_buttons_send_is_not_learnt(examples: list[Message]) -> None:
    command = Message(data={TEXT: "/rate_help", INTENT: "rate_help"})
    taught = train_classifier([*examples, *Vectors().add([command])])
    (data,) = parse(taught, Vectors().of_texts(["/rate_help"]))
    assert "rate_help" not in {one["name"] for one in data["intent_ranking"]}


@pytest.mark.parametrize(("least", "ambiguity"), [(0.0, 0.0), (0.5, 0.0), (0.3, 0.1), (0.9, 0.3)])
def test_rejection_is_that_of_the_fallback(
    examples: list[Message], classifier: IntentClassifier, least: float, ambiguity: float
) -> None:
    """The rates are those that Rasa's own component comes to."""
    unseen = Vectors().of_texts(["my certificate?", "weather in Pune", "नमस्ते", "2", "blue cheese"])
    for message, intent in zip(
        unseen, ["my_certificates", "out_of_scope", "greet", "greet", "out_of_scope"], strict=True
    ):
        message.set(INTENT, intent)
    fallback = FallbackClassifier({"threshold": least, "ambiguity_threshold": ambiguity})
    parsed = [Message(data=data) for data in parse(classifier, unseen)]
    outcomes = [m.get(INTENT)["name"] for m in fallback.process(parsed)]
    rejected = np.array([name in ("out_of_scope", "nlu_fallback") for name in outcomes])
    outside = np.array([message.get(INTENT) == "out_of_scope" for message in unseen])
    rates = threshold.judge(classifier, unseen).error_rates(least, ambiguity)
    assert rates == pytest.approx((1 - rejected[outside].mean(), rejected[~outside].mean()))


def test_every_example_is_judged_by_a_model_without_it(examples: list[Message]) -> None:
    judged = threshold.left_out(examples, 2)
    assert len(judged.outside) == len(examples)
    assert judged.outside.sum() == sum(e.get(INTENT) == "out_of_scope" for e in examples)
    assert judged.error_rates(0.0, 0.0)[1] < 0.2


def test_the_chosen_thresholds_keep_the_bound_and_let_the_fewest_pass() -> None:
    judged = threshold.Judged(
        outside=np.array([True, True, False, False]),
        taken_outside=np.array([True, False, False, False]),
        confidence=np.array([0.9, 0.33, 0.42, 0.8]),
        margin=np.array([0.5, 0.2, 0.2, 0.6]),
        rejection=np.array([0.9, 0.67, 0.58, 0.2]),
    )
    assert threshold.choose(judged, 0.0) == (0.35, 0.0)
    assert judged.error_rates(0.35, 0.0) == (0.0, 0.0)
    assert judged.error_rates(0.5, 0.0) == (0.0, 0.5)
    everything = threshold.Judged(**{**vars(judged), "taken_outside": np.array([True] * 4)})
    assert threshold.choose(everything, 0.5) is None


@pytest.mark.parametrize(
    "text", ["where is my certificate", "मेरा प्रमाणपत्र कहाँ है", "என் சான்றிதழ் எங்கே", "ok", "میرا کورس"]
)
def test_typos_change_a_text_a_little_and_the_same_for_a_seed(text: str) -> None:
    mistyped = [slipped_text(text, seed) for seed in range(40)]
    assert mistyped == [slipped_text(text, seed) for seed in range(40)]
    assert len(set(mistyped)) > 3
    for slipped in mistyped:
        assert slipped.strip()
        clusters = abs(len(regex.findall(r"\X", slipped)) - len(regex.findall(r"\X", text)))
        assert clusters <= 2
        assert slipped.count(" ") == text.count(" ")


@pytest.mark.parametrize("text", ["", "👍", "2", "क"])
def test_what_has_no_letter_to_spare_stays(text: str) -> None:
    assert slipped_text(text, 1) == text


def test_splits_tell_what_a_message_is() -> None:
    mixed = LabelledMessage("मेरा certificate कहाँ", "hi", "my_certificates")
    romanised = LabelledMessage("mera certificate", "hi_Latn", "my_certificates")
    english = LabelledMessage("my certificate", "en", "my_certificates")
    of = {
        name: [belongs(m) for m in (mixed, romanised, english)]
        for name, belongs in robustness.SPLITS.items()
    }
    assert of == {
        "romanised": [False, True, False],
        "code-mixed": [True, False, False],
        "one or two words": [False, True, True],
    }


def test_a_language_left_out_is_measured_against_all(examples: list[Message]) -> None:
    messages = [
        LabelledMessage("hello sathi", "en", "greet"),
        LabelledMessage("नमस्ते जी", "hi", "greet"),
        LabelledMessage("mere certificate dikhao", "hi_Latn", "my_certificates"),
    ]
    typed = Vectors().of_texts([message.text for message in messages])
    mistyped = Vectors().of_texts(robustness.mistyped_texts(messages))
    figures = robustness.measure_robustness(examples, messages, typed, mistyped, ["hi"])
    assert figures["splits"]["all"]["messages"] == 3
    assert figures["splits"]["romanised"]["messages"] == 1
    assert set(figures["left_out"]["hi"]) == {"native", "romanised"}
    assert figures["left_out"]["hi"]["native"]["full"] == 1.0
    assert "| hi | 1.000 |" in robustness.tables(figures)


def test_pipelines_are_trained_by_rasa_and_compared(
    tmp_path: Path,
    training_data: TrainingData,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RASA_MAX_CACHE_SIZE", "0")  # the command sets it for its process
    few = [e for e in training_data.intent_examples if e.get(INTENT) in _INTENTS]
    folder = tmp_path / "examples"
    folder.mkdir()
    TrainingData([e for e in few if locale_of(e) == "en"]).persist_nlu(str(folder / "nlu.yml"))
    data = tmp_path / "unseen.jsonl"
    lines = [("hello sathi", "greet"), ("tell me a joke", "out_of_scope"), ("thanks ji", "thanks")]
    data.write_text(
        "".join(json.dumps({"text": t, "language": "en", "intent": i}) + "\n" for t, i in lines),
        encoding="utf-8",
    )
    out = tmp_path / "out.json"
    pipelines = [str(compare.PIPELINES / f"{name}.yml") for name in ("e5_letters", "e5_neighbours")]
    arguments = ["--data", str(data), "--examples", str(folder), "--share", "0.9"]
    assert compare.main([*arguments, "--pipelines", *pipelines, "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert set(figures) == {"e5_letters", "e5_neighbours"}
    for measures in figures.values():
        assert measures["accuracy"] > 0.5
        assert measures["training_seconds"] >= 0
        assert measures["milliseconds"] > 0
    assert "| e5_letters |" in capsys.readouterr().out


def test_the_pipeline_of_config_is_one_of_those_compared() -> None:
    names = {path.stem for path in compare.PIPELINES.glob("*.yml")}
    assert names == {"stock", "e5_logistic", "e5_diet", "e5_neighbours", "e5_letters"}
    own, compared = (
        yaml.safe_load(path.read_text(encoding="utf-8"))["pipeline"]
        for path in (REPOSITORY / "config.yml", compare.PIPELINES / "e5_letters.yml")
    )
    assert all(component in own for component in compared)


def test_bad_arguments_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "none.jsonl")
    assert compare.main(["--data", missing]) == 2
    assert robustness.main(["--data", missing]) == 2
    assert "none.jsonl" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        compare.main(["--data", missing, "--share", "0"])


def test_a_table_is_markdown() -> None:
    table = markdown_table(("name", "value"), [("a", 0.5), ("b", None), ("c", 3)])
    assert table.splitlines() == [
        "| name | value |",
        *("| --- | --- |", "| a | 0.500 |", "| b |  |", "| c | 3 |"),
    ]


def test_training_examples_know_their_locale() -> None:
    examples = read_examples(REPOSITORY / "nlu_data" / "kok")
    assert {locale_of(example) for example in examples} == {"kok"}
