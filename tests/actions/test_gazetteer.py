"""The names of the sample catalogue; what they find in messages is tests/assistant's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from knowledge_base.catalogue import Catalogue
from knowledge_base.gazetteer import Gazetteer, main
from knowledge_base.languages import registry
from knowledge_base.languages.letter_names import spelled_out
from knowledge_base.loader import CatalogueError, load_catalogue
from knowledge_base.phrases import phonetic_keys, phrase_of, words_of
from knowledge_base.settings import KnowledgeBaseSettings
from tests.actions.conftest import REPOSITORY

CISF = "Central Industrial Security Force (CISF)"


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    """Return what the command writes."""
    out = tmp_path_factory.mktemp("names") / "made" / "gazetteer.json"
    assert main(["--out", str(out)]) == 0
    return Gazetteer(**json.loads(out.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("entity", "phrase", "key"),
    [
        ("role", "section officer", "section-officer"),
        ("role", "अनुभाग अधिकारी", "section-officer"),
        ("role", "సెక్షన్ ఆఫీసర్", "section-officer"),
        ("role", "প্রাইভেট সেক্রেটারি", "private-secretary"),
        ("role", "anubhag adhikari", "section-officer"),
        ("role", "PIO", "public-information-officer"),
        ("role", "cpio", "public-information-officer"),
        ("competency", "decision making", "decision-making"),
        ("competency", "swadhyay", "swadhyay"),
        ("competency", "वैयक्तिक परिणामकारकता", "personal-effectiveness"),
        ("provider", "cisf", CISF),
        ("provider", "central industrial security force", CISF),
        ("provider", "सीआईएसएफ", CISF),
        ("provider", "তপাল", None),
        ("provider", "تعلیم", None),
        ("provider", "डाक विभाग", "Department of Posts"),
        ("course", "right to information act part 1", "do_113693885524467712197"),
        ("course", "posh act", "sathi_posh_act"),
        ("module", "conflict of interest", "sathi_ethics_public_service/m2"),
    ],
)
def test_names_stand_for_ids(
    gazetteer: Gazetteer, entity: str, phrase: str, key: str | None
) -> None:
    assert gazetteer.written[entity].get(phrase) == ([key] if key else None)


@pytest.mark.parametrize(
    "phrase",
    [
        *("duty", "pride", "unity", "vikas", "कर्तव्य", "गर्व", "एकता", "ترقی", "கடமை"),
        *("domain", "core", "training", "law", "health", "communication", "যোগাযোগ", "budget"),
        *("ask", "dad", "manage", "so", "pa", "pio", "hyderabad", "part 1", "what has changed"),
        *("rti act", "indian languages", "पुलिस", "పోలీస్"),
    ],
)
def test_everyday_words_stand_for_no_course_or_provider(gazetteer: Gazetteer, phrase: str) -> None:
    held = {entity for entity, names in gazetteer.written.items() if phrase in names}
    assert held <= ({"competency"} if phrase == "rti act" else set())


def test_ambiguous_names_are_left_out_but_for_a_choice_of_courses(gazetteer: Gazetteer) -> None:
    for names in (gazetteer.written, gazetteer.phonetic):
        for entity, phrases in names.items():
            most = 3 if entity == "course" else 1
            assert {len(ids) for ids in phrases.values()} <= set(range(1, most + 1))
    change = gazetteer.written["course"]["change management"]
    assert len(change) == len(set(change)) > 1


def test_ids_are_those_of_the_catalogue(gazetteer: Gazetteer, catalogue: Catalogue) -> None:
    ids = {
        entity: {key for keys in names.values() for key in keys}
        for entity, names in gazetteer.written.items()
    }
    courses = catalogue.courses
    modules = {f"{key}/{module.id}" for key, c in courses.items() for module in c.modules}
    assert ids["role"] == {role.id for role in catalogue.competency_model.roles}
    assert ids["provider"] == {course.provider for course in courses.values()}
    assert ids["competency"] <= catalogue.competency_model.ids()
    assert ids["course"] <= courses.keys()
    assert len(ids["course"]) > 0.95 * len(courses)
    assert ids["module"] <= modules


def test_every_language_has_names_of_each_kind(gazetteer: Gazetteer, catalogue: Catalogue) -> None:
    roles = gazetteer.written["role"].keys()
    for language in registry.languages():
        role = catalogue.competency_names[language]["section-officer"]
        assert {phrase_of(form) for form in (role.name, *role.aliases)} & roles
        providers = catalogue.provider_names[language]
        forms = [form for names in providers.values() for form in names if " " in form]
        assert any(phrase_of(form) in gazetteer.written["provider"] for form in forms)


@pytest.mark.parametrize(
    "typed", ["anubhag adhikari", "anubhaag adhikaari", "অনুভাগ অধিকারী", "అనుభాగ అధికారి"]
)
def test_spellings_and_scripts_meet_in_the_phonetic_keys(gazetteer: Gazetteer, typed: str) -> None:
    keys = " ".join(phonetic_keys(typed, words_of(typed)))
    assert gazetteer.phonetic["role"][keys] == ["section-officer"]


def test_acronyms_are_spelled_out_in_every_script() -> None:
    spelled = set(spelled_out("CISF"))
    assert {"सीआईएसएफ", "সিআইএসএফ", "సీఐఎస్ఎఫ్", "سی آئی ایس ایف"} <= spelled
    assert list(spelled_out("M&E")) == []


def test_words_keep_their_places() -> None:
    text = "e-Office, क्या है?"
    assert [text[word.start : word.end] for word in words_of(text)] == ["e", "Office", "क्या", "है"]
    assert phrase_of("  Noting & Drafting (Hindi) ") == "noting drafting hindi"


def test_a_provider_that_no_course_has_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    sample = KnowledgeBaseSettings(_env_file=None).catalogue
    for part in sample.iterdir():
        if part.is_dir() and part.name != "providers":
            (folder / part.name).symlink_to(part)
    (folder / "providers").mkdir()
    (folder / "providers" / "hi.yaml").write_text("Nobody: [कोई नहीं]\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"hi\.yaml, line 1: no course has the provider"):
        load_catalogue(folder)


def test_make_writes_the_gazetteer_where_training_reads_it() -> None:
    dry_run = subprocess.run(
        ["make", "--dry-run", "--always-make", "train"],  # noqa: S607 - it runs these tests
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pipeline = yaml.safe_load((REPOSITORY / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    (path,) = (part["gazetteer"] for part in pipeline if "gazetteer" in part)
    made = dry_run.index(f"knowledge_base.gazetteer --out {path}")
    assert made < dry_run.index("tools.train")
