from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import lru_cache
from itertools import chain

import pytest
import regex
from aksharamukha import transliterate

from knowledge_base.languages.unify import script_of
from knowledge_base.romanise import phonetic_key, phonetic_tokens, romanise
from tests.actions.conftest import REPOSITORY

_AKSHARAMUKHA = {
    "Deva": "Devanagari", "Beng": "Bengali", "Guru": "Gurmukhi", "Gujr": "Gujarati",
    "Orya": "Oriya", "Taml": "Tamil", "Telu": "Telugu", "Knda": "Kannada", "Mlym": "Malayalam",
}  # fmt: skip
_WORDS = regex.compile("[\u0900-\u0963\u0966-\u0d7f]+")
# What aksharamukha leaves as it is: Assamese letters, and the addak before a vowel.
_LEFT = regex.compile("[ৰৱ]|\u0a71[\u0a05-\u0a14]")
_EVERY = 7


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("सूचना का अधिकार", "suchna ka adhikar"),
        ("સૂચના", "suchna"),
        ("RTI कानून", "RTI kanun"),
        ("plain", "plain"),
    ],
)
def test_romanises_as_people_type(text: str, latin: str) -> None:
    assert romanise(text) == latin


@pytest.mark.parametrize(
    "spellings",
    [
        ("chahiye", "chaahie", "chahie", "chaahiye"),
        ("soochna", "suchna", "suchana"),
        ("adhikar", "adhikaar", "adikar"),
        ("vibhag", "wibhaag", "vibhaag"),
        ("limit", "limits"),
        ("reply", "replying", "replies"),
    ],
)
def test_spellings_of_a_word_share_their_key(spellings: tuple[str, ...]) -> None:
    assert len({phonetic_key(word) for word in spellings}) == 1


def test_different_words_keep_different_keys() -> None:
    assert phonetic_key("kanun") != phonetic_key("kisan")


def test_scripts_meet_in_the_key() -> None:
    assert phonetic_tokens("सूचना का अधिकार") == phonetic_tokens("soochna ka adhikaar")
    assert phonetic_tokens("సమాచార హక్కు") == phonetic_tokens("samachara hakku")


def test_numbers_are_kept() -> None:
    assert "2017" in phonetic_tokens("GFR 2017")


@lru_cache(maxsize=1)
def _words() -> dict[str, list[str]]:
    """Return every seventh word of the training data and the catalogue, by script."""
    files = chain(
        (REPOSITORY / "nlu_data").rglob("*.yml"),
        (REPOSITORY / "knowledge_base" / "sample").rglob("*.yaml"),
    )
    texts = (unicodedata.normalize("NFC", path.read_text(encoding="utf-8")) for path in files)
    found = {word for text in texts for word in _WORDS.findall(text) if not _LEFT.search(word)}
    by_script = defaultdict(list)
    for word in sorted(found)[::_EVERY]:
        by_script[script_of(word[0])].append(word)
    return by_script


@pytest.mark.parametrize("script", _AKSHARAMUKHA)
def test_reads_as_aksharamukha_does(script: str) -> None:
    words = _words()[script]
    text = "\n".join(words)
    options = []
    if script in {"Deva", "Beng", "Guru", "Gujr"}:
        text = transliterate.process(_AKSHARAMUKHA[script], "Devanagari", text)
        script, options = "Deva", ["RemoveSchwaHindi"]
    latin = transliterate.process(
        _AKSHARAMUKHA[script], "RomanColloquial", text, pre_options=options
    )
    assert dict(zip(words, map(romanise, words), strict=True)) == dict(
        zip(words, latin.split("\n"), strict=True)
    )


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("কৰিব", "karib"),
        ("হোৱা", "hova"),
        ("GeM से खरीद।", "GeM se kharid."),
        ("فارم 16", "farm 16"),
    ],
)
def test_reads_what_aksharamukha_leaves(text: str, latin: str) -> None:
    assert romanise(text) == latin
