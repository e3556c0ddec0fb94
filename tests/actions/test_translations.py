from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po

from bot.actions.translations import LOCALE_DIRECTORY, MessageMissingError, message
from knowledge_base.languages import registry
from knowledge_base.languages.script import dominant_script
from tests.actions.conftest import REPOSITORY

_PLACEHOLDER = re.compile(r"{(\w+)}")
STRINGS = REPOSITORY / "connectors" / "channels" / "web" / "static" / "strings"


def catalogue(locale: str) -> dict[str, str]:
    path = LOCALE_DIRECTORY / locale / "LC_MESSAGES" / "sathi.po"
    with path.open("rb") as file:
        return {entry.id: entry.string for entry in read_po(file) if entry.id}


def placeholders(text: str) -> list[str]:
    return sorted(_PLACEHOLDER.findall(text))


def catalogue_locales() -> list[str]:
    """Return all languages, and the romanised locales that have a catalogue of their own."""
    own = sorted(path.name for path in LOCALE_DIRECTORY.iterdir() if path.is_dir())
    return [*registry.languages(), *(locale for locale in own if registry.is_romanised(locale))]


@pytest.mark.parametrize("locale", catalogue_locales())
def test_every_reply_is_translated_with_its_placeholders(locale: str) -> None:
    english = catalogue("en")
    local = catalogue(locale)
    assert set(local) == set(english)
    assert not [key for key, text in local.items() if not text.strip()]
    wrong = [key for key in english if placeholders(local[key]) != placeholders(english[key])]
    assert not wrong


@pytest.mark.parametrize("locale", catalogue_locales())
def test_every_text_of_the_page_is_translated(locale: str) -> None:
    english = json.loads((STRINGS / "en.json").read_text(encoding="utf-8"))
    local = json.loads((STRINGS / f"{locale}.json").read_text(encoding="utf-8"))
    assert set(local) == set(english)
    assert all(text.strip() for text in local.values())


def test_every_response_of_the_domain_has_a_message() -> None:
    domain = yaml.safe_load((REPOSITORY / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["responses"]) <= set(catalogue("en"))


def test_no_reply_text_in_python() -> None:
    texts = [text for text in catalogue("en").values() if len(text) > 25]
    for path in Path(REPOSITORY / "bot").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not [text for text in texts if text in source]


def test_placeholders_are_filled() -> None:
    assert "5" in message("utter_which_item", "hi", count=5)


@pytest.mark.parametrize("locale", registry.locales())
def test_every_reply_is_in_the_locales_script(locale: str) -> None:
    code = registry.language_of(locale)
    script = "Latn" if registry.is_romanised(locale) else registry.languages()[code].script
    for key in ("utter_greet", "utter_courses_found", "utter_not_found"):
        assert dominant_script(message(key, locale)) == script


def test_an_unknown_message_is_an_error() -> None:
    with pytest.raises(MessageMissingError):
        message("utter_nothing", "ta")
