"""Spelling normalisation, the same in training, indexing and serving.

indic-nlp-library (Kunchukuttan 2020) brings nukta, chillu, visarga and vowel forms to
one encoding per script; joiners are removed because the tokeniser of the embedding
model turns them into spaces inside a word.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Optional

import regex
from indicnlp.normalize.indic_normalize import IndicNormalizerFactory

from knowledge_base.languages.script import dominant_script

_JOINERS = regex.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")
_CONTROLS = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]+")
_SPACES = regex.compile(r"\s+")
_STRETCHED = regex.compile(r"(\p{L})\1{2,}")
# Arabic keyboards produce other code points for the letters Urdu shares with Arabic.
_URDU = str.maketrans({"ي": "ی", "ك": "ک", "ة": "ہ", "ه": "ہ", "ۃ": "ہ"})
_SCRIPT_LANGUAGE = {
    "Deva": "hi",
    "Beng": "bn",
    "Taml": "ta",
    "Telu": "te",
    "Gujr": "gu",
    "Knda": "kn",
    "Orya": "or",
    "Mlym": "ml",
    "Guru": "pa",
}


@lru_cache(maxsize=None)
def _indic_normalizer(language: str):
    return IndicNormalizerFactory().get_normalizer(language)


def ascii_digits(text: str) -> str:
    """Replace the decimal digits of any script by ASCII ones."""
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() and char > "\x7f" else char
        for char in text
    )


def normalise(text: str, script: Optional[str] = None) -> str:
    """Bring a text to one spelling of its characters.

    Args:
        text: any text, of one script or mixed.
        script: ISO 15924 code if known; else the dominant script is used.

    Returns:
        Text in NFC with Indic forms unified, ASCII digits, no joiners or control
        characters, letters repeated more than twice cut to two, single spaces.
    """
    text = unicodedata.normalize("NFC", text)
    script = script or dominant_script(text)
    language = _SCRIPT_LANGUAGE.get(script or "")
    if language:
        text = _indic_normalizer(language).normalize(text)
    elif script == "Arab":
        text = text.translate(_URDU)
    text = _JOINERS.sub("", text)
    text = _CONTROLS.sub(" ", text)
    text = _STRETCHED.sub(r"\1\1", ascii_digits(text))
    return _SPACES.sub(" ", text).strip()
