from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script
from tests.assistant.conftest import REPOSITORY, language_folders

_MIN_EXAMPLES = 12
# A word such as "RTI" or "OTP" alone is a message in every language.
_MAX_FOREIGN_SHARE = 0.08


def blocks_of(folder: Path) -> list[dict]:
    """Return the blocks of all training files of a folder."""
    files = (folder / "nlu.yml", folder / "learner.yml", folder / "planning.yml")
    return [
        block for path in files for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    ]


def test_every_locale_has_training_data() -> None:
    assert {folder.name for folder in language_folders()} == set(registry.locales())


@pytest.mark.parametrize("folder", language_folders(), ids=lambda folder: folder.name)
def test_every_intent_has_enough_examples(folder: Path) -> None:
    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    intents = {next(iter(entry)) for entry in domain["intents"]}
    counts: Counter = Counter()
    for block in blocks_of(folder):
        assert block["metadata"] == {"language": folder.name}
        examples = [line for line in block["examples"].splitlines() if line.strip()]
        counts[block["intent"]] += len({normalise(line).lower() for line in examples})
    assert set(counts) == intents
    assert not {intent: n for intent, n in counts.items() if n < _MIN_EXAMPLES}


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


def test_no_example_stands_under_two_intents_of_a_language(training_data: TrainingData) -> None:
    intents = defaultdict(set)
    for example in training_data.intent_examples:
        locale = example.get("metadata")["intent"]["language"]
        intents[locale, normalise(example.get(TEXT)).lower()].add(example.get(INTENT))
    assert not {key: found for key, found in intents.items() if len(found) > 1}
