"""Durations as people give them: "30 min", "दो घंटे", "half an hour", "in two weeks"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Iterator, List, Mapping, Text

import regex

from bot.nlu.words import NOTHING, WORD_END, WORD_START, any_of, longest_first

# "h" or "min" must be a word by itself; longer words may be inflected at their end.
_SHORTEST_INFLECTED = 4
# A year; what is longer is no time that somebody has for a course.
_MOST_MINUTES = 366 * 24 * 60


@dataclass(frozen=True)
class Duration:
    """A duration found in a text.

    Attributes:
        minutes: its length in minutes.
        start: where it begins.
        end: where it ends.
    """

    minutes: int
    start: int
    end: int


class DurationFinder:
    """Find durations in normalised lower-case texts.

    Args:
        units: word of a unit -> its length in minutes.
        phrases: phrase -> its length in minutes.
        numbers: number word -> number.
    """

    def __init__(
        self, units: Mapping[Text, int], phrases: Mapping[Text, int], numbers: Mapping[Text, int]
    ) -> None:
        self._units: Dict[Text, int] = dict(units)
        self._phrases: Dict[Text, int] = dict(phrases)
        self._numbers: Dict[Text, int] = {word: n for word, n in numbers.items() if n > 0}
        amount = "|".join([r"\d{1,4}", *map(regex.escape, longest_first(self._numbers))])
        unit = any_of(self._units, _SHORTEST_INFLECTED)
        phrase = "|".join(map(regex.escape, longest_first(self._phrases))) or NOTHING
        self._counted = regex.compile(rf"{WORD_START}({amount})\s*-?\s*({unit})")
        self._named = regex.compile(rf"{WORD_START}({phrase}){WORD_END}")

    def find(self, text: Text) -> List[Duration]:
        """Return the durations of a text in their order; at most a year each.

        Args:
            text: text, normalised and in lower case.
        """
        found = sorted(
            [*self._in_phrases(text), *self._in_units(text)],
            key=lambda duration: (duration.start, -duration.end),
        )
        kept: List[Duration] = []
        for duration in found:
            if not kept or duration.start >= kept[-1].end:
                kept.append(duration)
        return [duration for duration in kept if 0 < duration.minutes <= _MOST_MINUTES]

    def _in_phrases(self, text: Text) -> Iterator[Duration]:
        for match in self._named.finditer(text):
            yield Duration(self._phrases[match[1]], match.start(), match.end())

    def _in_units(self, text: Text) -> Iterator[Duration]:
        for match in self._counted.finditer(text):
            amount = match[1]
            number = int(amount) if amount.isdecimal() else self._numbers[amount]
            yield Duration(number * self._units[match[2]], match.start(), match.end())
