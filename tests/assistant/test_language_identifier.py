from __future__ import annotations

import pytest
import yaml
from rasa.engine.constants import PLACEHOLDER_TRACKER
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.events import SlotSet
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.language_identifier import LOCALE_ENTITY, LanguageIdentifier
from knowledge_base.languages import registry
from tests.assistant.conftest import REPOSITORY


@pytest.fixture(scope="module")
def identifier(
    training_data: TrainingData, storage: LocalModelStorage, context: ExecutionContext
) -> LanguageIdentifier:
    resource = Resource("language_identifier")
    config = LanguageIdentifier.get_default_config()
    LanguageIdentifier.create(config, storage, resource, context).train(training_data)
    return LanguageIdentifier.load(config, storage, resource, context)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Please tell me which training explains tender rules", "en"),
        ("मेरे विभाग के लिए कौन सा प्रशिक्षण ठीक रहेगा", "hi"),
        ("माझ्या विभागासाठी कोणते प्रशिक्षण योग्य आहे ते सांगा", "mr"),
        ("मेरो विभागका लागि कुन तालिम उपयुक्त हुन्छ भन्नुहोस्", "ne"),
        ("আমার দপ্তরের জন্য কোন প্রশিক্ষণ ভালো হবে", "bn"),
        ("মোৰ বিভাগৰ বাবে কোনটো প্ৰশিক্ষণ ভাল হ'ব", "as"),
        ("என் துறைக்கு எந்தப் பயிற்சி பொருத்தமாக இருக்கும்", "ta"),
        ("నా శాఖకు ఏ శిక్షణ సరిపోతుంది", "te"),
        ("મારા વિભાગ માટે કઈ તાલીમ યોગ્ય છે", "gu"),
        ("ನನ್ನ ಇಲಾಖೆಗೆ ಯಾವ ತರಬೇತಿ ಸೂಕ್ತ", "kn"),
        ("ମୋ ବିଭାଗ ପାଇଁ କେଉଁ ତାଲିମ ଠିକ୍ ହେବ", "or"),
        ("എന്റെ വകുപ്പിന് ഏത് പരിശീലനം ചേരും", "ml"),
        ("ਮੇਰੇ ਵਿਭਾਗ ਲਈ ਕਿਹੜੀ ਸਿਖਲਾਈ ਠੀਕ ਰਹੇਗੀ", "pa"),
        ("میرے محکمے کے لیے کون سی تربیت مناسب رہے گی", "ur"),
        ("mere vibhag ke liye kaun si training theek rahegi batao", "hi_Latn"),
        ("en thuraikku entha payirchi porutham nu sollunga", "ta_Latn"),
        ("naa shakhaku ye training baguntundo cheppandi", "te_Latn"),
    ],
)
def test_identifies_unseen_sentences(
    identifier: LanguageIdentifier, text: str, locale: str
) -> None:
    found, confidence = identifier.identify(text)
    assert found == locale
    assert confidence >= 0.5


def test_code_mixed_text_belongs_to_the_indic_script(identifier: LanguageIdentifier) -> None:
    assert identifier.identify("RTI certificate course ਬਾਰੇ ਦੱਸੋ")[0] == "pa"


@pytest.mark.parametrize("text", ["ok", "2", "RTI", "💐", "/show_more"])
def test_unclear_messages_keep_the_language(identifier: LanguageIdentifier, text: str) -> None:
    (message,) = identifier.process([Message.build(text)])
    assert not [e for e in message.get("entities", []) if e["entity"] == LOCALE_ENTITY]


def settled(
    identifier: LanguageIdentifier, text: str, so_far: str | None
) -> tuple[str | None, dict | None]:
    """Return the locale a message sets, and what is said of its language."""
    tracker = DialogueStateTracker("me", [TextSlot(LOCALE_ENTITY, mappings=[{}])])
    if so_far:
        tracker.update(SlotSet(LOCALE_ENTITY, so_far))
    (message,) = identifier.process([Message.build(text)], tracker)
    found = [e["value"] for e in message.get("entities", []) if e["entity"] == LOCALE_ENTITY]
    assert len(found) <= 1
    return (found[0] if found else None), message.get("language")


def test_a_running_conversation_keeps_its_language(identifier: LanguageIdentifier) -> None:
    """The same words, at a conversation's start and in conversations of two languages."""
    text = "ठीक"
    at_start, _ = settled(identifier, text, None)
    after_marathi, described = settled(identifier, text, "mr")
    after_nepali, _ = settled(identifier, text, "ne")
    assert (after_marathi, after_nepali) == ("mr", "ne")
    assert at_start is not None
    # What the message itself looks like is told all the same, unless it is too unclear.
    assert described["language"] in registry.languages()
    assert described["script"] == "Deva"


def test_a_clear_message_changes_the_language(identifier: LanguageIdentifier) -> None:
    text = "माझ्या विभागासाठी कोणते प्रशिक्षण योग्य आहे ते सांगा"
    locale, described = settled(identifier, text, "hi")
    assert locale == "mr"
    assert (described["language"], described["romanised"]) == ("mr", False)
    assert described["confidence"] >= 0.5


def test_romanised_text_is_described_by_language_and_script(identifier: LanguageIdentifier) -> None:
    text = "en thuraikku entha payirchi porutham nu sollunga"
    locale, described = settled(identifier, text, "en")
    assert locale == "ta_Latn"
    confidence = described.pop("confidence")
    assert described == {"language": "ta", "script": "Latn", "romanised": True}
    assert confidence == round(identifier.identify(text)[1], 4)


@pytest.mark.parametrize("so_far", [None, "ta"])
@pytest.mark.parametrize("text", ["ok", "2", "💐", "/show_more", ""])
def test_what_has_no_language_sets_none(
    identifier: LanguageIdentifier, text: str, so_far: str | None
) -> None:
    assert settled(identifier, text, so_far) == (None, None)


def test_a_locale_nobody_knows_counts_as_none(identifier: LanguageIdentifier) -> None:
    text = "मुझे साइबर सुरक्षा का कोर्स चाहिए"
    assert settled(identifier, text, "klingon")[0] == settled(identifier, text, None)[0] == "hi"


def test_other_entities_stay(identifier: LanguageIdentifier) -> None:
    message = Message.build("मुझे साइबर सुरक्षा का कोर्स चाहिए")
    message.set("entities", [{"entity": "topic", "value": "cyber"}])
    identifier.process([message])
    assert [e["entity"] for e in message.get("entities")] == ["topic", LOCALE_ENTITY]
    assert {"entities", "language"} <= message.output_properties


def test_the_pipeline_gives_it_the_conversation() -> None:
    """Rasa reads from the signature of ``process`` what a component needs."""
    config = yaml.safe_load((REPOSITORY / "config.yml").read_text(encoding="utf-8"))
    schema = DefaultV1Recipe().graph_config_for_recipe(config, {}).predict_schema
    (node,) = [n for n in schema.nodes.values() if n.uses is LanguageIdentifier]
    assert node.needs["tracker"] == PLACEHOLDER_TRACKER
