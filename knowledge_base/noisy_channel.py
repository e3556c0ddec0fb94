"""Latin spellings back to words of a script that no lexicon knows.

A noisy channel (Knight and Graehl 1998, "Machine Transliteration"): the word w that is meant
by the letters t maximises P(w) P(t | w). P(w) is the frequency of a word that is known, else
an n-gram model of spelling units with Witten-Bell smoothing (Chen and Goodman 1999). P(t | w)
is the product of how each unit is typed, learnt by aligning words with what people typed for
them (Viterbi training).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from heapq import nlargest
from math import exp, inf, log

from rapidfuzz.distance import Levenshtein

from knowledge_base.languages.unify import to_devanagari
from knowledge_base.romanise import romanise
from knowledge_base.spelling_units import (
    CLOSED,
    END,
    INHERENT,
    NASAL,
    OPEN,
    SIGN,
    can_end,
    join_units,
    kind_of,
    split_units,
)

_LONGEST = 4
_ORDER = 4
_ROUNDS = 3
# How much a letter less, more or other than in the usual spelling costs before training.
_EDIT_COST = 2.0
# Typed pairs that the usual spelling weighs like, against those seen.
_PRIOR = 1.0
# Long vowels are typed double as well.
_LONG = {"आ": "aa", "ा": "aa", "ई": "ee", "ी": "ee", "ऊ": "oo", "ू": "oo"}
_RAREST = 0.005
# What else is typed for a usual spelling, by somebody somewhere, and its least share.
_VARIANTS = {
    "v": ("w", "b"), "b": ("v",), "bh": ("v", "b"), "ph": ("f",), "f": ("ph",), "k": ("c", "q"),
    "ch": ("c",), "chh": ("ch",), "j": ("z", "y"), "z": ("j",), "y": ("j",), "ny": ("nj", "n"),
    "sh": ("s",), "s": ("sh", "c"), "t": ("th",), "th": ("t",), "d": ("dh", "r"), "dh": ("d",),
    "r": ("d",), "rh": ("dh",), "zh": ("l",), "kh": ("k",), "gh": ("g",),
    "ksh": ("x",), "jny": ("gy", "dny", "gn"), "i": ("e", "y"), "u": ("o",), "e": ("i",),
    "o": ("u",), "ai": ("e", "ay"), "au": ("o", "ow"), "ri": ("ru", "r"), "a": ("o",),
}  # fmt: skip
_VARIANT_SHARE = 0.01
_BEAM = 6
_CHOICES = 6
_START = "^"
# The share of typed words that are known ones, and the log probability a letter from which a
# known word is what was typed, so that no other is looked for.
_KNOWN_SHARE = 0.9
_SURE = -0.35
_REMEMBERED = 500_000
_VOWELS = frozenset("aeiouy")

_Path = tuple[float, tuple[str, ...]]
# unit -> what is typed for it -> log probability
Channel = Mapping[str, Mapping[str, float]]


def usual_spelling(unit: str) -> str:
    """Return how a unit is typed as a rule."""
    if unit.startswith(INHERENT):
        return "" if unit.endswith(END) else "a"
    letters = unit.removesuffix(END)
    kind = kind_of(unit)
    if kind == SIGN:
        return romanise(f"क{to_devanagari(letters)}").removeprefix("k")
    latin = romanise(letters)
    return latin.removesuffix("a") if kind == OPEN else latin


def train_channel(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, float]]:
    """Learn how units are typed.

    Args:
        pairs: words of the script, each with a spelling of it in lower-case Latin letters.

    Returns:
        unit -> what is typed for it -> log probability.
    """
    split = [(split_units(word), typed) for word, typed in pairs]
    units = {unit for word, _ in split for unit in word}
    usual = {unit: usual_spelling(unit) for unit in units}
    channel: dict[str, dict[str, float]] = {}
    for _ in range(_ROUNDS):
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for word, typed in split:
            for unit, chunk in align(word, typed, channel, usual)[1]:
                counts[unit][chunk] += 1
        for unit in units:
            counts[unit][usual[unit]] += _PRIOR
            if (letter := to_devanagari(unit)) in _LONG:
                counts[unit][_LONG[letter]] += _PRIOR
            least = _VARIANT_SHARE * counts[unit].total()
            for variant in _VARIANTS.get(usual[unit], ()):
                counts[unit][variant] = max(counts[unit][variant], least)
        channel = {unit: _estimate(counts[unit]) for unit in units}
    return channel


def _estimate(weights: Counter[str]) -> dict[str, float]:
    total = weights.total()
    return {
        chunk: round(log(weight / total), 3)
        for chunk, weight in weights.items()
        if weight / total >= _RAREST
    }


def align(
    units: Sequence[str], typed: str, channel: Channel, usual: Mapping[str, str]
) -> tuple[float, list[tuple[str, str]]]:
    """Find what was typed for each unit in the likeliest way.

    Args:
        units: units of a word.
        typed: Latin letters.
        channel: what was learnt so far.
        usual: unit -> its usual spelling, for what the channel does not know.

    Returns:
        The log probability, and each unit with what was typed for it; minus infinity and
        nothing if the word cannot be typed so.
    """
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for unit in units:
        row: dict[int, tuple[float, int]] = {}
        known = channel.get(unit, {})
        for start, (score, _) in best[-1].items():
            for end in range(start, min(len(typed), start + _LONGEST) + 1):
                chunk = typed[start:end]
                if not _possible(unit, chunk):
                    continue
                cost = known.get(
                    chunk, -_EDIT_COST * (1 + Levenshtein.distance(chunk, usual[unit]))
                )
                if end not in row or score + cost > row[end][0]:
                    row[end] = (score + cost, start)
        best.append(row)
    if len(typed) not in best[-1]:
        return -inf, []
    end, chunks = len(typed), []
    for row in reversed(best[1:]):
        start = row[end][1]
        chunks.append(typed[start:end])
        end = start
    return best[-1][len(typed)][0], list(zip(units, reversed(chunks), strict=True))


def _possible(unit: str, chunk: str) -> bool:
    kind = kind_of(unit)
    if kind == NASAL:
        return chunk in ("", "n", "m", "ng")
    if kind == SIGN:
        return _VOWELS.issuperset(chunk.replace("r", "")) and (chunk != "" or unit[0] == INHERENT)
    if kind in (OPEN, CLOSED):
        return chunk != "" and not _VOWELS.intersection(chunk.replace("y", ""))
    return chunk != ""


class NoisyChannel:
    """Find the words that are meant by Latin letters.

    Args:
        words: word -> how often it occurs; what words of the language look like.
        channel: how units are typed, from ``train_channel``.
    """

    def __init__(self, words: Mapping[str, int], channel: Channel) -> None:
        self._words = words
        self._channel = channel
        self._scores: dict[tuple[str, ...], float] = {}

    @cached_property
    def _counts(self) -> dict[tuple[str, ...], Counter[str]]:
        """Context of units -> unit -> weight of the words that hold it there."""
        counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for word, occurrences in self._words.items():
            units = (_START, *split_units(word), END)
            weight = 1 + log(occurrences)
            for place in range(1, len(units)):
                for length in range(min(place, _ORDER - 1) + 1):
                    counts[units[place - length : place]][units[place]] += weight
        return dict(counts)

    @cached_property
    def _by_chunk(self) -> dict[tuple[bool, str], list[tuple[str, float]]]:
        """(Is it after an open consonant?, chunk) -> (unit, log P(chunk | unit)), best first."""
        found: dict[tuple[bool, str], list[tuple[str, float]]] = defaultdict(list)
        for unit, chunks in self._channel.items():
            for chunk, score in chunks.items():
                found[kind_of(unit) == SIGN, chunk].append((unit, score))
        return {
            key: nlargest(_CHOICES, units, key=lambda unit: unit[1] + self._score((), unit[0]))
            for key, units in found.items()
        }

    def _score(self, context: tuple[str, ...], unit: str) -> float:
        """Return log P(unit | context)."""
        key = (*context, unit)
        if key not in self._scores:
            if len(self._scores) == _REMEMBERED:
                self._scores.clear()
            self._scores[key] = log(self._probability(context, unit))
        return self._scores[key]

    def _probability(self, context: tuple[str, ...], unit: str) -> float:
        below = self._probability(context[1:], unit) if context else 1 / len(self._counts[()])
        seen = self._counts.get(context)
        if not seen:
            return below
        return (seen[unit] + len(seen) * below) / (seen.total() + len(seen))

    def readings(self, typed: str, known: Iterable[str], limit: int) -> list[tuple[str, float]]:
        """Return the likeliest words.

        Args:
            typed: one word in lower-case Latin letters.
            known: words among those given to the class that may be meant.
            limit: number of words wanted.

        Returns:
            (word, its share of the probability of all that are returned), likeliest first;
            empty if the letters spell nothing.
        """
        typing = {word: self._typing(word, typed) for word in known}
        scores = {
            word: log(_KNOWN_SHARE * self._words[word] / self._occurrences) + score
            for word, score in typing.items()
            if score > -inf
        }
        if max(typing.values(), default=-inf) < _SURE * len(typed):
            for word, score in self._decode(typed):
                scores[word] = max(score, scores.get(word, -inf))
        best = nlargest(limit, scores.items(), key=lambda item: (item[1], item[0]))
        shares = [exp(score - best[0][1]) for _, score in best]
        return [(word, share / sum(shares)) for (word, _), share in zip(best, shares, strict=True)]

    @cached_property
    def _occurrences(self) -> int:
        return sum(self._words.values())

    @cached_property
    def _usual(self) -> dict[str, str]:
        return {unit: usual_spelling(unit) for unit in self._counts[()] if unit != END}

    def _typing(self, word: str, typed: str) -> float:
        """Return log P(typed | word) of a word that is known."""
        return align(split_units(word), typed, self._channel, self._usual)[0]

    def _decode(self, typed: str) -> list[tuple[str, float]]:
        """Return words that are spelled as words are, with log P(word) P(typed | word)."""
        paths: list[list[_Path]] = [[] for _ in range(len(typed) + 1)]
        paths[0].append((0.0, (_START,)))
        for start in range(len(typed)):
            kept = nlargest(_BEAM, paths[start])
            for path in [*kept, *self._untyped(kept, "")]:
                for end in range(start + 1, min(len(typed), start + _LONGEST) + 1):
                    at_end = END if end == len(typed) else ""
                    paths[end] += self._typed(path, typed[start:end], at_end)
        last = nlargest(_BEAM, paths[-1])
        words: dict[str, float] = {}
        for score, units in [*last, *self._untyped(last, END)]:
            if kind_of(units[-1]) != OPEN:
                word = join_units(units[1:])
                whole = score + self._score(units[1 - _ORDER :], END)
                words[word] = max(whole, words.get(word, whole))
        return [(word, log(1 - _KNOWN_SHARE) + score) for word, score in words.items()]

    def _typed(self, path: _Path, chunk: str, at_end: str) -> Iterator[_Path]:
        """Yield a path with each unit that a chunk may stand for."""
        score, units = path
        after_open = kind_of(units[-1]) == OPEN
        for unit, cost in self._by_chunk.get((after_open, chunk), ()):
            if unit.endswith(END) == bool(at_end) or not can_end(unit):
                yield score + cost + self._score(units[1 - _ORDER :], unit), (*units, unit)

    def _untyped(self, paths: Iterable[_Path], at_end: str) -> Iterator[_Path]:
        """Yield the paths with a unit that is not typed: an inherent vowel or a last nasal."""
        for score, units in paths:
            is_open = kind_of(units[-1]) == OPEN
            for unit, cost in self._by_chunk.get((is_open, ""), ()):
                if unit.endswith(END) == bool(at_end):
                    yield score + cost + self._score(units[1 - _ORDER :], unit), (*units, unit)
