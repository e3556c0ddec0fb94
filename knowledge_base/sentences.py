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
_END = regex.compile(r"[।॥۔。؟]+[\p{Pe}\p{Pf}\"']*|[.?!…]+[\p{Pe}\p{Pf}\"']*(?=\s|$)")
# A blank line, or a line that begins a point of a list.
_BREAK = regex.compile(r"\n\s*\n|\n(?=\s*(?:[-•*–▪]|\(?[\p{Nd}a-z]{1,2}[.)])\s)")
_LAST_WORD = regex.compile(r"[\p{L}\p{M}\p{N}/.]+$")
_NUMBERING = regex.compile(r"\s*[-•*–▪(]*(?:\p{Nd}{1,3}|[ivxlc]{1,4}|\p{L})[.)]*")
# Words that a full stop shortens: of English, of official papers, and of the languages that took
# the stop over.
_SHORTENED = """
    a.k.a addl adv al approx asst capt cf co col corp dept dr dy e.g ed eg engr ex ft gen govt
    hon i.e ie inc jr jt lt ltd maj max messrs min mr mrs ms ph.d prof pvt reg rs sh shri sl smt
    st supdt u.o u/s v viz vs w.e.f
    डॉ सं रु रू प्रो प्रा श्री श्रीमती सुश्री क्र पं कु ड डा मा मो सौ चि स्व ले वि कं लि उदा প্রফেসর
    ক ডা ড ডঃ শ্রী শ্রীমতী মো মোঃ রু ৰু টা নং નં ડૉ ડો શ્રી શ્રીમતી પ્રો રૂ રુ ਡਾ ਸ਼੍ਰੀ ਪ੍ਰੋ ਰੁ ਨੰ ଡା ଶ୍ରୀ ଶ୍ରୀମତୀ ଡ ଟ ରୁ
    டாக்டர் திரு திருமதி பேரா ரூ எண் డా డాక్టర్ శ్రీ శ్రీమతి ప్రొ రూ నెం ಡಾ ಶ್ರೀ ಶ್ರೀಮತಿ ಪ್ರೊ ರೂ ನಂ ಡೋ
    ഡോ ശ്രീ ശ്രീമതി പ്രൊഫ രൂ നം
"""
_ABBREVIATIONS = frozenset(_SHORTENED.split())
# These are words in their own right unless a number follows.
_SHORTENED_BEFORE_NUMBER = """
    art arts chap ch cl fig jan feb mar apr jun jul aug sep sept oct nov dec no nos p para paras pp
    pt r re ref s sec secs sr vol पृ नं अनु उप धा ई কং পৃ நெ నం సం સં પૃ സം ନଂ
"""
_NUMBERED = frozenset(_SHORTENED_BEFORE_NUMBER.split())


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
    found = _LAST_WORD.search(text, 0, match.start())
    if found is None or not following:
        return True
    word = found[0].casefold().lstrip(".")
    if word in _NUMBERED and following.isdigit():
        return False
    is_initial = len(word) == 1 and word.isascii() and word.isalpha()
    return not (is_initial or word in _ABBREVIATIONS or is_acronym_abbvr(word, language))
