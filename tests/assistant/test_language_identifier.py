from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.language_identifier import LOCALE_ENTITY, LanguageIdentifier


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
