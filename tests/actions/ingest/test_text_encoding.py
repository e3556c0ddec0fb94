"""Encodings of text files."""

from __future__ import annotations

import pytest

from knowledge_base.ingest.source import ItemError
from knowledge_base.ingest.text_encoding import decode
from tests.actions.ingest.material import TEXTS

FRENCH = "Les élèves étaient déjà là où l'on récitait « la leçon » à Pondichéry. " * 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-be"])
@pytest.mark.parametrize("language", sorted(TEXTS))
def test_unicode_is_read_in_any_form(encoding: str, language: str) -> None:
    text = TEXTS[language][0]
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    assert decode((mark + text).encode(encoding)) == text


def test_an_older_encoding_is_found_out() -> None:
    assert decode(FRENCH.encode("cp1252")) == FRENCH


def test_an_encoding_that_is_declared_counts() -> None:
    page = '<?xml version="1.0" encoding="cp1251"?><p>Право</p>'
    assert "Право" in decode(page.encode("cp1251"))


@pytest.mark.parametrize("language", ["hi", "ta", "ur"])
def test_letters_damaged_by_a_wrong_encoding_are_told(language: str) -> None:
    damaged = TEXTS[language][0].encode().decode("cp1252", "replace")
    with pytest.raises(ItemError, match="damaged by a wrong encoding"):
        decode(damaged.encode())


def test_an_unknown_declaration_is_told() -> None:
    with pytest.raises(ItemError, match="it says it is klingon and is not"):
        decode('<meta charset="klingon"><p>é'.encode("latin-1"))


def test_line_ends_are_the_same_everywhere() -> None:
    assert decode(b"a\r\nb\rc\n") == "a\nb\nc\n"
