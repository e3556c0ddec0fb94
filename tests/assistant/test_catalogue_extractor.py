"""Over the gazetteer of the sample catalogue, which ``make setup`` has written."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import FileNotFoundException
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.catalogue_extractor import CatalogueExtractor
from knowledge_base.languages.normalise import normalise
from tests.assistant.conftest import REPOSITORY

CONFIG = {
    **CatalogueExtractor.get_default_config(),
    "gazetteer": str(REPOSITORY / ".build" / "gazetteer.json"),
}
ISTM = "Institute of Secretariat Training and Management (ISTM)"
CISF = "Central Industrial Security Force (CISF)"
RTI = {"do_113693885524467712197", "do_1134693696236748801441"}


@pytest.fixture(scope="module")
def extractor(storage: LocalModelStorage, context: ExecutionContext) -> CatalogueExtractor:
    resource = Resource("catalogue")
    CatalogueExtractor.create(CONFIG, storage, resource, context).train(TrainingData())
    return CatalogueExtractor.load(CONFIG, storage, resource, context)


def values(extractor: CatalogueExtractor, text: str, entity: str) -> list:
    return [e["value"] for e in extractor.extract(text) if e["entity"] == entity]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("what does a Section Officer need to know", "section-officer"),
        ("अनुभाग अधिकारी के लिए कोर्स", "section-officer"),
        ("सेक्शन ऑफिसर को क्या सीखना चाहिए", "section-officer"),
        ("సెక్షన్ ఆఫీసర్‌కి ఏ కోర్సులు", "section-officer"),
        ("সেকশন অফিসারের জন্য কোর্স", "section-officer"),
        ("ज़िला कलेक्टर", "district-collector"),
        ("ஊராட்சி செயலாளர் என்ன பயிற்சி", "panchayat-secretary"),
        ("anubhag adhikari ko kya seekhna chahiye", "section-officer"),
        ("main anubhaag adhikaari hoon", "section-officer"),
        ("sekshan ofisar", "section-officer"),
        ("nenu section officerni", "section-officer"),
        ("which courses for the DDO", "drawing-and-disbursing-officer"),
        ("ddo ke liye course", "drawing-and-disbursing-officer"),
        ("डीडीओ के लिए", "drawing-and-disbursing-officer"),
        ("assistant section officer", "assistant-section-officer"),
    ],
)
def test_finds_roles(extractor: CatalogueExtractor, text: str, role: str) -> None:
    assert values(extractor, text, "role") == [role]


@pytest.mark.parametrize(
    ("text", "competency"),
    [
        ("courses that build decision making", "decision-making"),
        ("what is Swadhyay", "swadhyay"),
        ("साइबर नहीं, परियोजना प्रबंधन", "project-management"),
        ("तणाव व्यवस्थापन शिकायचे आहे", "personal-effectiveness"),
        ("వ్యక్తిగత ప్రభావశీలత అంటే ఏమిటి", "personal-effectiveness"),
        ("ਸਮਾਂ ਪ੍ਰਬੰਧਨ", "operational-excellence"),
        ("ಒತ್ತಡ ನಿರ್ವಹಣೆ", "personal-effectiveness"),
        ("nirnay lena seekhna hai", "decision-making"),
        ("samay prabandhan ka course", "operational-excellence"),
        ("RTI", "rti-matters"),
        ("rti ka course", "rti-matters"),
        ("आरटीआई", "rti-matters"),
    ],
)
def test_finds_competencies(extractor: CatalogueExtractor, text: str, competency: str) -> None:
    assert values(extractor, text, "competency") == [competency]


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        ("courses by ISTM", ISTM),
        ("istm ke course", ISTM),
        ("आईएसटीएम के कोर्स", ISTM),
        ("ഐഎസ്ടിഎം കോഴ്സ്", ISTM),
        ("آئی ایس ٹی ایم کے کورس", ISTM),
        ("cisf course", CISF),
        ("সিআইএসএফ এর কোর্স", CISF),
        ("केंद्रीय औद्योगिक सुरक्षा बल", CISF),
        ("डाक विभाग के पाठ्यक्रम", "Department of Posts"),
        ("dak vibhag ke course", "Department of Posts"),
        ("தபால் துறை பயிற்சி", "Department of Posts"),
        ("माइक्रोसॉफ्ट का कोर्स", "Microsoft"),
        ("મિનિસ્ટ્રી નહીં, વિશ્વ બેંક", "World Bank"),
        ("vishwa bank che course", "World Bank"),
    ],
)
def test_finds_providers(extractor: CatalogueExtractor, text: str, provider: str) -> None:
    assert values(extractor, text, "provider") == [provider]


@pytest.mark.parametrize(
    ("text", "course"),
    [
        ("how long is Noting and Drafting", "do_1135948071783301121144"),
        ("is the POSH act course mandatory", "sathi_posh_act"),
        ("टिप्पण और प्रारूपण कितने घंटे का है", "do_1135948071783301121144"),
        ("ସାଇବର ସୁରକ୍ଷା କୋର୍ସ", "do_1142012225299906561237"),
        ("ಸೈಬರ್ ಭದ್ರತೆಯ ಕೋರ್ಸ್", "do_1142012225299906561237"),
        ("ಜೆಂಡರ್ ಬಜೆಟಿಂಗ್", "do_1141538800816947201667"),
        ("இணையப் பாதுகாப்பு", "do_1142012225299906561237"),
        ("ਸਾਈਬਰ ਸੁਰੱਖਿਆ ਦਾ ਕੋਰਸ", "do_1142012225299906561237"),
        ("tippan aur prarupan", "do_1135948071783301121144"),
        ("saibar suraksha course", "do_1142012225299906561237"),
        ("right to information act part 2", "do_1134693696236748801441"),
    ],
)
def test_finds_courses(extractor: CatalogueExtractor, text: str, course: str) -> None:
    assert values(extractor, text, "course") == [course]


@pytest.mark.parametrize("text", ["माहिती अधिकार", "সাইবার নয়, তথ্যের অধিকার", "mahiti adhikar"])
def test_a_shortened_title_of_two_courses_is_a_choice(
    extractor: CatalogueExtractor, text: str
) -> None:
    assert set(values(extractor, text, "course")) == RTI


def test_finds_modules(extractor: CatalogueExtractor) -> None:
    found = values(extractor, "what is in the module Conflict of Interest", "module")
    assert found == ["sathi_ethics_public_service/m2"]


@pytest.mark.parametrize(
    "text",
    [
        *("my duty hours are long", "I am proud of my team", "unity is strength", "pride"),
        *("how do I manage my time", "dad is ill", "please ask him", "what is the weather today"),
        *("pani pio", "idhar aao", "so what", "SO WHAT", "pa", "the collectorate is closed"),
        *("मेरा कर्तव्य क्या है", "देश का विकास", "मुझे गर्व है", "এসো", "என் கடமை", "నా బాధ్యత"),
        *("हेल्पडेस्क से संपर्क", "part 1", "भाग 2", "upgrade it", "Indian languages", "2", ""),
    ],
)
def test_everyday_words_are_no_names(extractor: CatalogueExtractor, text: str) -> None:
    assert extractor.extract(text) == []


def test_short_acronyms_count_in_capitals_only(extractor: CatalogueExtractor) -> None:
    assert values(extractor, "what does the PIO decide", "role") == ["public-information-officer"]
    assert values(extractor, "what does the pio decide", "role") == []


def test_offsets_refer_to_the_normalised_text(extractor: CatalogueExtractor) -> None:
    text = "क्‍या  अनुभाग   अधिकारी?"
    (found,) = extractor.extract(text)
    assert normalise(text)[found["start"] : found["end"]] == "अनुभाग अधिकारी"


def test_commands_are_left_alone_and_entities_of_others_kept(
    extractor: CatalogueExtractor,
) -> None:
    command = Message.build('/recommend{"role": "section-officer"}')
    other = {"entity": "level", "value": "beginner"}
    message = Message({TEXT: "ISTM for beginners", ENTITIES: [other]})
    extractor.process([command, message])
    assert command.get(ENTITIES) is None
    assert [e["entity"] for e in message.get(ENTITIES)] == ["level", "provider"]


def test_what_users_type_does_not_fill_the_vocabulary(extractor: CatalogueExtractor) -> None:
    extractor.extract("something")
    before = len(extractor._written._vocab.strings), len(extractor._phonetic._vocab.strings)
    extractor.extract("xqzwv jkhgf plmnb अआइईउऊ ಅಆಇಈ")
    after = len(extractor._written._vocab.strings), len(extractor._phonetic._vocab.strings)
    assert after == before


def test_the_fingerprint_follows_the_file(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.json"
    config = {"gazetteer": str(path)}
    missing = CatalogueExtractor.fingerprint_addon(config)
    path.write_text("{}")
    empty = CatalogueExtractor.fingerprint_addon(config)
    path.write_text('{"written": {}}')
    assert len({missing, empty, CatalogueExtractor.fingerprint_addon(config)}) == 3


def test_training_without_the_file_says_how_to_make_it(
    tmp_path: Path, storage: LocalModelStorage, context: ExecutionContext, resource: Resource
) -> None:
    config = {**CONFIG, "gazetteer": str(tmp_path / "none.json")}
    extractor = CatalogueExtractor.create(config, storage, resource, context)
    with pytest.raises(FileNotFoundException, match=r"knowledge_base\.gazetteer"):
        extractor.train(TrainingData())
