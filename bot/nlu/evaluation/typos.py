"""Slips of the finger in any script, the same for the same seed.

A letter is a grapheme cluster, so that a consonant and its vowel sign go together, as
keyboards write and delete them (https://unicode.org/reports/tr29/).
"""

from __future__ import annotations

import random
from typing import Callable, Dict, List, Optional, Text

import regex

_CLUSTER = regex.compile(r"\X")
_LETTER = regex.compile(r"\p{L}")
_LAST_MARK = regex.compile(r"\p{M}$")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
# One slip in so many letters, at least one in a message.
_LETTERS_PER_SLIP = 12

_Slip = Callable[[List[Text], int, random.Random], Optional[List[Text]]]


def with_typos(text: Text, generator: random.Random) -> Text:
    """Return a text with slips: letters left out, doubled, swapped or missed.

    Args:
        text: a message; without letters it comes back as it is.
        generator: source of chance, seeded by the caller.
    """
    clusters = _CLUSTER.findall(text)
    letters = sum(1 for cluster in clusters if _LETTER.match(cluster))
    for _ in range(max(1, letters // _LETTERS_PER_SLIP)):
        clusters = _slip(clusters, generator)
    return "".join(clusters)


def _slip(clusters: List[Text], generator: random.Random) -> List[Text]:
    """Return the clusters with one slip, in a place and of a kind that chance chooses."""
    places = [i for i, cluster in enumerate(clusters) if _LETTER.match(cluster)]
    # A message of one letter that loses it says nothing.
    if len(places) < 2:  # noqa: PLR2004
        return clusters
    place = generator.choice(places)
    for slip in generator.sample(_SLIPS, len(_SLIPS)):
        slipped = slip(clusters, place, generator)
        if slipped is not None:
            return slipped
    return clusters


def _left_out(clusters: List[Text], place: int, _: random.Random) -> Optional[List[Text]]:
    return clusters[:place] + clusters[place + 1 :]


def _doubled(clusters: List[Text], place: int, _: random.Random) -> Optional[List[Text]]:
    return clusters[: place + 1] + clusters[place:]


def _swapped(clusters: List[Text], place: int, _: random.Random) -> Optional[List[Text]]:
    following = clusters[place + 1 : place + 2]
    if not following or not _LETTER.match(following[0]) or following[0] == clusters[place]:
        return None
    return clusters[:place] + following + [clusters[place]] + clusters[place + 2 :]


def _without_sign(clusters: List[Text], place: int, _: random.Random) -> Optional[List[Text]]:
    if not _LAST_MARK.search(clusters[place]):
        return None
    return [*clusters[:place], clusters[place][:-1], *clusters[place + 1 :]]


def _next_key(clusters: List[Text], place: int, generator: random.Random) -> Optional[List[Text]]:
    neighbours = _NEIGHBOURS.get(clusters[place].lower())
    if neighbours is None:
        return None
    return [*clusters[:place], generator.choice(neighbours), *clusters[place + 1 :]]


_SLIPS: List[_Slip] = [_left_out, _doubled, _swapped, _without_sign, _next_key]
# The keys to the left and the right of each Latin letter.
_NEIGHBOURS: Dict[Text, Text] = {
    letter: row[max(0, place - 1) : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place, letter in enumerate(row)
}
