from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.lexicon_extractor import LexiconExtractor


@pytest.fixture(scope="module")
def extractor(storage: LocalModelStorage, context: ExecutionContext) -> LexiconExtractor:
    resource = Resource("lexicon")
    config = LexiconExtractor.get_default_config()
    LexiconExtractor.create(config, storage, resource, context).train(TrainingData())
    return LexiconExtractor.load(config, storage, resource, context)


def values(extractor: LexiconExtractor, text: str, entity: str) -> list:
    return [e["value"] for e in extractor.extract(text) if e["entity"] == entity]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("open number 3", 3),
        ("३ नंबर वाला", 3),
        ("௨", 2),
        ("రెండవది చూపించు", 2),
        ("the last one", -1),
    ],
)
def test_finds_item_numbers(extractor: LexiconExtractor, text: str, number: int) -> None:
    assert number in values(extractor, text, "item_number")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("reply in Telugu", "te"),
        ("தமிழ்", "ta"),
        ("मराठी में बताइए", "mr"),
        ("ଓଡ଼ିଆ", "or"),
        ("اردو میں", "ur"),
        ("தமிழில் மட்டும்", "ta"),
        ("മലയാളത്തിൽ ഉണ്ടോ", "ml"),
        ("नेपालीमा मात्र", "ne"),
        ("telugulo unnaya", "te"),
    ],
)
def test_finds_names_of_languages(extractor: LexiconExtractor, text: str, code: str) -> None:
    assert values(extractor, text, "language_name") == [code]


@pytest.mark.parametrize("text", ["GFR 2017 rules", "section 7(1) of the Act 2005", "no number"])
def test_years_and_sections_are_no_item_numbers(extractor: LexiconExtractor, text: str) -> None:
    found = values(extractor, text, "item_number")
    assert 2017 not in found
    assert 2005 not in found


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("under 30 minutes", 30),
        ("less than two hours", 120),
        ("half an hour", 30),
        ("३० मिनट", 30),
        ("৪৫ মিনিটের কম", 45),
        ("a quarter of an hour", 15),
        ("पाव घंटा", 15),
        ("పావుగంట సరిపోతుంది", 15),
        ("two and a half hours", 150),
        ("ढाई घंटे से कम", 150),
        ("इतना नहीं, साढे दुई घण्टामा", 150),
        ("இரண்டரை மணி நேரம்", 150),
        ("dhai ghante wala", 150),
        ("randara manikkoor", 150),
        ("बारह घंटे", 720),
        ("in two weeks", 20160),
        ("2 हफ्ते", 20160),
        ("३ आठवड्यांत पूर्ण होईल असा", 30240),
        ("teen hafte mein", 30240),
        ("দুই সপ্তাহের মধ্যে", 20160),
        ("ஒரு வாரத்தில் முடிக்க", 10080),
        ("మూడు వారాల్లో", 30240),
        ("ಎರಡು ವಾರದಲ್ಲಿ", 20160),
        ("രണ്ടാഴ്ചക്കുള്ളിൽ", 20160),
        ("4 ہفتوں میں", 40320),
        ("be athvadiyama", 20160),
        ("सप्ताहद्वये", 20160),
    ],
)
def test_finds_durations_and_takes_them_for_no_item(
    extractor: LexiconExtractor, text: str, minutes: int
) -> None:
    assert values(extractor, text, "minutes") == [minutes]
    assert values(extractor, text, "item_number") == []


@pytest.mark.parametrize(
    "text",
    [
        "only the compulsory ones",
        "rti ke mandatory course",
        "इनमें अनिवार्य कौन से हैं",
        "anivarya course dikhao",
        "கட்டாயப் பயிற்சிகள் மட்டும்",
        "বাধ্যতামূলক কোর্স আছে?",
        "ಕಡ್ಡಾಯ ಕೋರ್ಸ್ ಮಾತ್ರ",
        "صرف لازمی کورس",
    ],
)
def test_finds_what_everybody_has_to_take(extractor: LexiconExtractor, text: str) -> None:
    assert values(extractor, text, "mandatory") == [True]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("certificates of March 2026", "month", 3),
        ("certificates of March 2026", "year", 2026),
        ("certificates of last month", "period", "last_month"),
        ("जनवरी के प्रमाणपत्र", "month", 1),
        ("pichle mahine ke certificate", "period", "last_month"),
        ("what did I learn yesterday", "period", "yesterday"),
        ("ഇന്നലെ തീർത്ത കോഴ്സ്", "period", "yesterday"),
        ("आज क्या सीखूँ", "period", "today"),
        ("આજે શું શીખું", "period", "today"),
        ("innaiku enna padikkalam", "period", "today"),
        ("इस हफ़्ते", "period", "this_week"),
        ("ଏହି ସପ୍ତାହରେ", "period", "this_week"),
        ("पिछले हफ्ते के प्रमाणपत्र", "period", "last_week"),
        ("मागच्या आठवड्यात काय केले", "period", "last_week"),
        ("গত সপ্তাহে", "period", "last_week"),
        ("pona vaaram mudicha course", "period", "last_week"),
        ("gelya athavdyat", "period", "last_week"),
        ("اگلے ہفتے", "period", "next_week"),
        ("ಮುಂದಿನ ವಾರ", "period", "next_week"),
        ("ਅਗਲੇ ਮਹੀਨੇ", "period", "next_month"),
        ("vacche nela", "period", "next_month"),
    ],
)
def test_finds_dates(extractor: LexiconExtractor, text: str, entity: str, value: object) -> None:
    assert values(extractor, text, entity) == [value]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("cyber security for beginners", "beginner"),
        ("शुरुआती स्तर का कोर्स", "beginner"),
        ("नवशिक्यांसाठी अभ्यासक्रम", "beginner"),
        ("తెలుగులో ప్రారంభ స్థాయి కోర్సు", "beginner"),
        ("مبتدیوں کے لیے", "beginner"),
        ("thudakkakkarkku course undo", "beginner"),
        ("an intermediate course", "intermediate"),
        ("ಮಧ್ಯಮ ಹಂತದ ಕೋರ್ಸ್", "intermediate"),
        ("madhyam star ka course", "intermediate"),
        ("advanced excel", "advanced"),
        ("உயர்நிலை பயிற்சி", "advanced"),
        ("উন্নত স্তরের কোর্স", "advanced"),
        ("unnata mattada course", "advanced"),
    ],
)
def test_finds_levels(extractor: LexiconExtractor, text: str, level: str) -> None:
    assert values(extractor, text, "level") == [level]


@pytest.mark.parametrize(
    "text",
    [
        *("advance from the GPF", "salary advance", "basic pay", "how am I doing"),
        *("कल मिलते हैं", "मे की अछि", "आइए बैठिए", "ek bar phir", "hisa bara ahe", "ninna peru"),
    ],
)
def test_everyday_words_are_no_levels_and_no_periods(
    extractor: LexiconExtractor, text: str
) -> None:
    assert values(extractor, text, "level") == values(extractor, text, "period") == []


@pytest.mark.parametrize("text", ["a 70-20-10 plan", "APAR 2024-25", "in 2026"])
def test_shares_and_years_are_no_certificates(extractor: LexiconExtractor, text: str) -> None:
    assert values(extractor, text, "certificate_number") == []


@pytest.mark.parametrize(
    ("text", "language", "numbers"),
    [
        ("How do I get my certificate", "en", []),
        ("where will it be posted", "en", []),
        ("how do I open number two", "en", [2]),
        ("number do", "hi", [2]),
        ("course be batavo", "gu", [2]),
    ],
)
def test_function_words_of_english_are_no_numbers_in_english(
    extractor: LexiconExtractor, text: str, language: str, numbers: list
) -> None:
    message = Message({"text": text, "language": {"language": language}})
    extractor.process([message])
    found = message.get("entities")
    assert [e["value"] for e in found if e["entity"] == "item_number"] == numbers
