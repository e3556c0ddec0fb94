"""What can be checked word by word in a claim: its numbers and its names."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import regex
from rapidfuzz import fuzz, process

from knowledge_base.languages.letter_names import spelled_out
from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import count_scripts
from knowledge_base.romanise import phonetic_key, phonetic_tokens

_UNIT_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TEN_NAMES = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: Decimal(value) for value, word in enumerate(_UNIT_NAMES.split())}
_TENS = {word: Decimal(10 * value) for value, word in enumerate(_TEN_NAMES.split(), start=2)}
_ADDED_TO_TENS = dict(list(_UNITS.items())[1:10])
# Words of other scripts are matched by their beginnings, since many languages add endings.
_SCALES = {
    100: "hundred",
    1_000: "thousand hazaar hazar हज़ार हजार হাজার હજાર ਹਜ਼ਾਰ ହଜାର ஆயிர వేయి వేల ಸಾವಿರ ആയിര ہزار",
    100_000: "lakh lac लाख লাখ লক্ষ લાખ ਲੱਖ ଲକ୍ଷ லட்ச இலட்ச లక్ష ಲಕ್ಷ ലക്ഷ لاکھ",
    1_000_000: "million मिलियन",
    10_000_000: "crore karod करोड़ करोड कोटी কোটি કરોડ ਕਰੋੜ କୋଟି கோடி కోటి ಕೋಟಿ കോടി کروڑ",
    1_000_000_000: "billion बिलियन",
}
_SCALE_OF = [(stem, value) for value, stems in _SCALES.items() for stem in stems.split()]
_TOKEN = regex.compile(r"\d+(?:,\d{2,3})*(?:\.\d+)*|[\p{L}\p{M}]+")
_NAME = regex.compile(r"[\p{Latin}\d][\p{Latin}\p{M}\d&'’]*(?:[.-][\p{Latin}\d&]+)*")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_POSSESSIVE = regex.compile(r"['’]s?$")
_TITLE = regex.compile(
    r"\p{Lu}[\p{L}-]*(?:\s+(?:(?:and|at|by|for|from|in|of|on|the|to|with)\s+)*\p{Lu}[\p{L}-]*)+"
)
_SEAM = regex.compile(
    r"(?<=\p{Latin})(?=[\p{L}--\p{Latin}])|(?<=[\p{L}\p{M}--\p{Latin}])(?=\p{Latin})",
    regex.VERSION1,
)
# Small words within names: Right to Information, Ministry of Finance.
_JOINING = frozenset({"and", "at", "by", "for", "from", "in", "of", "on", "the", "to", "with"})
# Two letters are the initials of some two words of nearly every text.
_SHORTEST_ACRONYM = 3
_ALIKE = 80.0
_LONG_ENOUGH = 4


def numbers_in(text: str) -> set[Decimal]:
    """Return the numbers of a text, whichever way they are written.

    ``1,00,000``, ``100000``, ``1 lakh`` and ``१ लाख`` are one number; English number words are
    read up to ninety-nine and with a scale ("two hundred", "five lakh"). Of a date or a clause
    (``12.04.2024``, ``4(1)``) every part is a number. A lone "one" is a pronoun as often as
    not, and left out.

    Args:
        text: any text.
    """
    found: set[Decimal] = set()
    last: Decimal | None = None
    is_word = False
    for token in _TOKEN.findall(normalise(text).casefold()):
        if last is not None and (scale := _scale(token)):
            last, is_word = last * scale, False
            continue
        if is_word and last in _TENS.values() and token in _ADDED_TO_TENS:
            last += _ADDED_TO_TENS[token]
            continue
        if last is not None and not (is_word and last == 1):
            found.add(last)
        last, is_word = _UNITS.get(token) or _TENS.get(token), True
        if token[0].isdigit():
            *others, last = _read(token)
            found.update(others)
            is_word = False
    if last is not None and not (is_word and last == 1):
        found.add(last)
    return found


def _scale(token: str) -> int | None:
    if token.isascii():
        token = token.removesuffix("s")
        return next((value for stem, value in _SCALE_OF if token == stem), None)
    return next((value for stem, value in _SCALE_OF if token.startswith(stem)), None)


def _read(token: str) -> list[Decimal]:
    """Return a number, or those of a date or a clause written with full stops."""
    whole, *rest = token.replace(",", "").split(".")
    if len(rest) == 1:
        return [Decimal(f"{whole}.{rest[0]}")]
    return [Decimal(part) for part in (whole, *rest)]


def names_in(sentence: str) -> list[tuple[str, ...]]:
    """Return the names of a sentence that Latin letters show: capitals within the sentence.

    The first word counts only if it has capitals beyond its first letter ("RTI", "iGOT").

    Args:
        sentence: a sentence of any language.

    Returns:
        Names, each as its words without the small ones between them.
    """
    # In a text in another script each Latin word is a name or a term.
    is_latin = set(count_scripts(sentence)) == {"Latn"}
    names: list[tuple[str, ...]] = []
    current: list[str] = []
    end = 0
    for match in _NAME.finditer(sentence):
        word = _POSSESSIVE.sub("", match[0])
        adjoins = not sentence[end : match.start()].strip()
        if current and adjoins and word in _JOINING:
            end = match.end()
            continue
        if not adjoins and current:
            names.append(tuple(current))
            current = []
        if _is_name(word, is_latin):
            current.append(word)
        elif current:
            names.append(tuple(current))
            current = []
        end = match.end()
    if current:
        names.append(tuple(current))
    first = _WORD.search(sentence)
    if names and first and is_latin and first[0].istitle() and names[0][0] == first[0]:
        names[0] = names[0][1:]
    return [name for name in names if name]


def _is_name(word: str, is_latin: bool) -> bool:
    if not any(char.isalpha() for char in word) or word.casefold() in _JOINING:
        return False
    return not is_latin or any(char.isupper() for char in word)


def unknown_names(sentence: str, evidence: str) -> list[str]:
    """Return the names of a sentence that a text does not have.

    A name is there in other inflection or case, as an acronym or what it is short for, and in
    another script by its sound.

    Args:
        sentence: a sentence.
        evidence: the text that should have its names.
    """
    wanted = names_in(sentence)
    if not wanted:
        return []
    words = {_folded(word) for word in _WORD.findall(_apart(normalise(evidence)))}
    initials = _initials(evidence)
    missing = []
    for name in wanted:
        missing += [word for word in name if not _is_there(word, words, initials, evidence)]
    if missing:
        # What the evidence has in short only: "RTI" stands for three of these words.
        short = words & set(_acronyms(_titles(sentence)))
        missing = [word for word in missing if not _is_short_for(word, short, sentence)]
    return missing


def _is_there(word: str, words: set[str], initials: str, evidence: str) -> bool:
    parts = [_folded(part) for part in _WORD.findall(normalise(word))]
    if all(part in words or part.isdigit() for part in parts):
        return True
    if len(word) >= _SHORTEST_ACRONYM and word.casefold() in initials:
        return True
    if set(count_scripts(evidence)) <= {"Latn"}:
        return False
    if word.isupper():
        return any(form in evidence for form in spelled_out(word))
    sounds = [_sound(key) for key in phonetic_tokens(_without_latin(evidence))]
    sound = _sound(phonetic_key(word))
    if len(sound) < _LONG_ENOUGH:
        return sound in sounds
    return process.extractOne(sound, sounds, scorer=fuzz.ratio, score_cutoff=_ALIKE) is not None


def _sound(key: str) -> str:
    # Of "Delhi" and "दिल्ली" only one is written with an h.
    return key.replace("h", "")


def _initials(text: str) -> str:
    """Return the first letters of all words, once with the small ones and once without."""
    words = regex.findall(r"\p{L}+", text.casefold())
    without = [word for word in words if word not in _JOINING]
    return " ".join("".join(word[0] for word in some) for some in (words, without))


def _is_short_for(word: str, acronyms: set[str], sentence: str) -> bool:
    """Tell whether a word is one of those that an acronym takes its letters from."""
    return any(
        word in run[start : start + len(acronym)]
        for acronym in acronyms
        for run in _titles(sentence)
        for start in range(len(run))
        if acronym == "".join(part[0] for part in run[start : start + len(acronym)]).casefold()
    )


def _apart(text: str) -> str:
    """Part Latin words from the endings that other scripts add to them: "OTPతో"."""
    return _SEAM.sub(" ", text)


def _without_latin(text: str) -> str:
    return regex.sub(r"\p{Latin}+", " ", text)


def _folded(word: str) -> str:
    word = word.casefold()
    for ending in ("ies", "es", "s"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word.removesuffix("e") if len(word) > _LONG_ENOUGH else word


def _titles(text: str) -> list[tuple[str, ...]]:
    """Return runs of capitalised words, with the small words between them and without."""
    runs = [match[0].split() for match in _TITLE.finditer(text)]
    without = [[word for word in run if word not in _JOINING] for run in runs]
    return [tuple(run) for run in runs + without]


def _acronyms(names: Iterable[tuple[str, ...]]) -> Iterable[str]:
    """Yield what names could be shortened to, from any of their words on."""
    for name in names:
        initials = "".join(word[0] for word in name).casefold()
        for start in range(len(initials)):
            for end in range(start + 2, len(initials) + 1):
                yield initials[start:end]
