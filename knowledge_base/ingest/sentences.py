"""Sentences of Indic, Urdu and English text."""

from __future__ import annotations

import regex
from indicnlp.tokenize.sentence_tokenize import sentence_split

from knowledge_base.languages.script import dominant_script

# Language by whose abbreviations indic-nlp-library decides; it knows no Urdu without Urduhack
# and needs none, since only the ends below are looked for.
_LANGUAGES = {
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
_ENDS = regex.compile("[.?!।॥۔؟]")
# Full stops that end no sentence are hidden behind a character that no text has.
_HIDDEN = "\ue000"
# A number before a full stop would keep indic-nlp-library from splitting there.
_AFTER_NUMBER = "\ue001"
# Before a name.
_TITLES = """
    Dr Mr Mrs Ms Prof Shri Smt Km Sh Col Gen Lt Capt Maj Hon St Addl Dy Asst Jt Supdt Engr v vs viz
    e.g i.e eg ie cf डॉ डा श्री श्रीमती सुश्री प्रो कु स्व पं मा सौ चि ले मो वि ডঃ ডা শ্রী শ্রীমতী মো মোঃ
    டாக்டர் திரு திருமதி பேரா డా శ్రీ శ్రీమతి ప్రొ ડૉ શ્રી શ્રીમતી પ્રો ಡಾ ಶ್ರೀ ಶ್ರೀಮತಿ ಪ್ರೊ
    ഡോ ശ്രീ ശ്രീമതി പ്രൊഫ ਡਾ ਸ਼੍ਰੀ ਪ੍ਰੋ ଡା ଶ୍ରୀ ଶ୍ରୀମତୀ
"""
# Before a number.
_NUMBERED = """
    Rs Re No Nos Sec Secs Art Arts Cl s ss p pp Para Paras Ch Chap Vol Fig Ref Reg Sl Sr approx
    Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec सं क्र रु रू पृ नं ई अनु उप धा কং নং পৃ রু எண் ரூ நெ
    నం రూ સં નં રૂ પૃ ನಂ ರೂ സം നം രൂ ਨੰ ਰੁ ନଂ ଟ
"""
# At the end of a sentence or within it: the next letter tells.
_AMBIGUOUS = """
    etc Ltd Pvt Co Corp Inc Govt Dept al Jr Ph.D M.A B.A w.e.f u/s कं लि
"""
_WORD_BEGINS = r"(?<![\p{L}\p{M}\p{N}])"


def _any_of(words: str) -> str:
    return "|".join(map(regex.escape, words.split()))


_ABBREVIATION = regex.compile(
    rf"{_WORD_BEGINS}(?:(?:{_any_of(_TITLES)})\."
    rf"|(?:{_any_of(_NUMBERED)})\.(?=\s?[\p{{N}}(₹/-])"
    rf"|(?:{_any_of(_AMBIGUOUS)})\.(?=\s?(?:[\p{{Ll}}\p{{N}},;)]|Ltd|Pvt)))"
)
# Initials ("A. K. Sharma", "U.S."), but not "vitamin C." at an end.
_INITIAL = regex.compile(r"(?<![\p{L}\p{M}\p{N}])\p{Lu}\.(?=\s?\p{L})")
# Decimals, sections ("4.2"), addresses, dots in a row.
_INNER = regex.compile(r"\.(?=[\p{L}\p{M}\p{N}.])")
# "1." before an item of a list.
_ITEM_NUMBER = regex.compile(r"^(\(?\p{Nd}{1,3}|[a-z]|[ivx]{1,4})\.(?=\s)")
_NUMBER_ENDS = regex.compile(r"(?<=\p{N})(?=[.?!।॥۔؟](?:\s|$))")
_CLOSING = regex.compile("^[\"'”’)\\]»?!.।॥]+")
_LETTERS = regex.compile(r"[\p{L}\p{N}]")


def split_sentences(text: str) -> list[str]:
    """Split a paragraph into sentences.

    indic-nlp-library (Kunchukuttan 2020) splits at danda, double danda, full stop, question and
    exclamation mark, and knows Indic initials and titles. What it does not know is hidden from
    it: abbreviations, English ones too, decimals, addresses, and numbers of list items. A
    single word before a full stop may be an abbreviation and stays with its neighbours.

    Args:
        text: one paragraph with single spaces.

    Returns:
        The sentences in order; joined with spaces they are the text again.
    """
    hidden = _ABBREVIATION.sub(lambda match: match[0][:-1] + _HIDDEN, text)
    hidden = _INITIAL.sub(lambda match: match[0][:-1] + _HIDDEN, hidden)
    hidden = _INNER.sub(_HIDDEN, hidden)
    hidden = _ITEM_NUMBER.sub(lambda match: match[1] + _HIDDEN, hidden)
    hidden = _NUMBER_ENDS.sub(_AFTER_NUMBER, hidden)
    language = _LANGUAGES.get(dominant_script(text) or "", "hi")
    sentences: list[str] = []
    for piece in sentence_split(hidden, language, delim_pat=_ENDS):
        sentence = piece.replace(_HIDDEN, ".").replace(_AFTER_NUMBER, "").strip()
        closing = _CLOSING.match(sentence)
        if closing and sentences:
            sentences[-1] += closing[0]
            sentence = sentence[closing.end() :].strip()
        if not sentence:
            continue
        if sentences and not _LETTERS.search(sentence):
            sentences[-1] += f" {sentence}"
        else:
            sentences.append(sentence)
    return sentences
