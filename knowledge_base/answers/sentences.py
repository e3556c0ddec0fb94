"""Where sentences begin and end, in every script of the courses.

The abbreviations of Indian languages are those of indic-nlp-library (Kunchukuttan 2020). Its
own splitter returns changed texts without positions, never ends a sentence after a number
("of 2005. The ...") and needs a package of its own for Urdu.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import regex
from indicnlp.tokenize.sentence_tokenize import is_acronym_abbvr

from knowledge_base.languages import registry
from knowledge_base.languages.script import dominant_script

# Ending marks with what closes behind them: quotes and brackets.
_END = regex.compile(r"[.?!।॥۔؟]+[\p{Pe}\p{Pf}\"']*(?=\s|$)|(?<=[।॥۔؟])")
# A blank line, or a line that begins a point of a list.
_BREAK = regex.compile(r"\n\s*\n|\n(?=\s*(?:[-•*–▪]|\(?[\p{Nd}a-z]{1,2}[.)])\s)")
_LAST_WORD = regex.compile(r"[\p{L}\p{M}\p{N}.&]+$")
_NUMBERING = regex.compile(r"\s*[-•*–▪(]*(?:\p{Nd}{1,3}|[ivxlc]{1,4}|\p{L})[.)]*")
# English ones of official papers; rupees, number and doctor as Indian languages shorten them.
_SHORTENED = """
    a.k.a al approx art cf ch cl co col dept dr e.g ed etc ex fig ft gen govt hon i.e inc jr lt ltd
    max messrs min mr mrs ms no nos p para pp prof pt rs s sec shri smt sr st u.o u/s v viz vol vs
    रु रू क्र नं डा पृ सं उदा রু টা নং ডা ৰু ਰੁ ਨੰ ਡਾ રૂ રુ નં ડૉ ડો ଟ ନଂ ଡା ரூ திரு திருமதி எண்
    రూ రు నం డా ರೂ ನಂ ಡಾ ಶ್ರೀ രൂ നം ഡോ ശ്രീ
"""
_ABBREVIATIONS = frozenset(_SHORTENED.split())


@dataclass(frozen=True)
class Sentence:
    """A sentence and its place in a text.

    Attributes:
        text: its words as they stand there.
        start: position of its first character.
        end: position after its last one.
    """

    text: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def split_sentences(text: str) -> tuple[Sentence, ...]:
    """Divide a text into sentences.

    A full stop ends one unless it belongs to an abbreviation, an initial or the number of a
    point, or goes on in small letters; danda, question and exclamation marks always do.

    Args:
        text: any text, of one script or mixed.

    Returns:
        Its sentences in order; what stands between them is white space.
    """
    language = registry.script_language(dominant_script(text) or "") or registry.DEFAULT_LOCALE
    ends = {match.end() for match in _END.finditer(text) if _ends(text, match, language)}
    ends |= {match.start() for match in _BREAK.finditer(text)} | {len(text)}
    sentences, start = [], 0
    for end in sorted(ends):
        piece = text[start:end]
        if _NUMBERING.fullmatch(piece) and end < len(text):
            # "1." belongs to what it numbers.
            continue
        words = piece.strip()
        if words:
            first = start + piece.index(words)
            sentences.append(Sentence(words, first, first + len(words)))
        start = end
    return tuple(sentences)


def _ends(text: str, match: regex.Match[str], language: str) -> bool:
    if not match[0].startswith("."):
        return True
    following = text[match.end() :].lstrip()[:1]
    if following.islower():
        return False
    word = _LAST_WORD.search(text, 0, match.start())
    if word is None or match.end() == len(text):
        return True
    known = word[0].lower() in _ABBREVIATIONS or is_acronym_abbvr(word[0], language)
    initial = len(word[0]) == 1 and word[0].isupper()
    return not (known or initial)
