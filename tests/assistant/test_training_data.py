from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import yaml
from rapidfuzz import fuzz, process
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script
from tests.assistant.conftest import REPOSITORY, language_folders

_FILES = {"nlu.yml", "learner.yml", "planning.yml", "helpdesk.yml", "dialogue.yml", "lexicon.yml"}
# The languages that most learners write, in their own script, have more.
_MIN_EXAMPLES, _MIN_EXAMPLES_OF_LARGE = 15, 25
_LARGE = {"en", "hi", "bn", "mr", "te", "ta", "gu", "kn", "ml", "ur"}
# Per cent of common letters: above it two examples are one with a slip. Shorter opposites
# ("switch on", "switch off") differ by as little as one letter.
_NEARLY_THE_SAME = 97
# Sent by channels in place of messages that are no text, and by buttons.
_NEVER_TYPED = {"unsupported_message", "rate_help"}
# A word such as "RTI" or "OTP" alone is a message in every language.
_MAX_FOREIGN_SHARE = 0.08


def blocks_of(folder: Path) -> list[dict]:
    """Return the blocks of all training files of a folder."""
    files = sorted(path for path in folder.glob("*.yml") if path.name != "lexicon.yml")
    return [
        block for path in files for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    ]


def test_every_locale_has_training_data() -> None:
    assert {folder.name for folder in language_folders()} == set(registry.locales())
    for folder in language_folders():
        assert {path.name for path in folder.glob("*.yml")} == _FILES


@pytest.mark.parametrize("folder", language_folders(), ids=lambda folder: folder.name)
def test_every_intent_has_enough_examples(folder: Path) -> None:
    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    intents = {next(iter(entry)) for entry in domain["intents"]} - _NEVER_TYPED
    counts: Counter = Counter()
    for block in blocks_of(folder):
        assert block["metadata"] == {"language": folder.name}
        examples = [line for line in block["examples"].splitlines() if line.strip()]
        counts[block["intent"]] += len({normalise(line).lower() for line in examples})
    assert set(counts) == intents
    least = _MIN_EXAMPLES_OF_LARGE if folder.name in _LARGE else _MIN_EXAMPLES
    assert not {intent: n for intent, n in counts.items() if n < least}


@pytest.mark.parametrize("folder", language_folders(), ids=lambda folder: folder.name)
def test_examples_are_in_the_folders_script(folder: Path) -> None:
    code = registry.language_of(folder.name)
    script = "Latn" if registry.is_romanised(folder.name) else registry.languages()[code].script
    blocks = blocks_of(folder)
    examples = [line[2:] for block in blocks for line in block["examples"].splitlines() if line]
    foreign = [text for text in examples if dominant_script(text) not in (script, None)]
    if script == "Latn":
        assert not foreign
    assert len(foreign) <= _MAX_FOREIGN_SHARE * len(examples), foreign


def test_no_example_stands_under_two_intents(training_data: TrainingData) -> None:
    """Across locales, too: the classifier does not know the locale of a message."""
    intents = defaultdict(set)
    for example in training_data.intent_examples:
        intents[normalise(example.get(TEXT)).lower()].add(example.get(INTENT))
    assert not {text: found for text, found in intents.items() if len(found) > 1}


@pytest.mark.parametrize("folder", language_folders(), ids=lambda folder: folder.name)
def test_no_examples_of_two_intents_are_nearly_the_same(folder: Path) -> None:
    examples = [
        (normalise(line[2:]).lower(), block["intent"])
        for block in blocks_of(folder)
        for line in block["examples"].splitlines()
        if line
    ]
    texts, intents = zip(*examples, strict=True)
    likeness = process.cdist(
        texts, texts, scorer=fuzz.ratio, score_cutoff=_NEARLY_THE_SAME, dtype=np.float32
    )
    differ = np.array(intents)[:, None] != np.array(intents)
    assert not [(examples[i], examples[j]) for i, j in np.argwhere((likeness > 0) & differ)]
