"""Which of some named things does a message mean?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.base import Turn
from bot.actions.conversation import message_text
from knowledge_base.languages.normalise import normalise
from knowledge_base.romanise import phonetic_tokens

# Shorter phonetic keys are those of particles and number words.
_MIN_KEY_LENGTH = 3
# Inverse document frequencies, shared by the names that hold the word: one of an entry in
# fifty that two names hold scores 2.
_MIN_NAME_SCORE = 2.0
_CLEAR_LEAD = 1.2


def find_by_name(turn: Turn, names: Sequence[str]) -> int | None:
    """Return the one thing that the words of the message point to, if they do.

    Args:
        turn: the turn; numbers in its message are no words.
        names: what each thing is called, in all languages that matter.

    Returns:
        Its position, or None when no name or more than one fits.
    """
    titles = _keys(names)
    everything = normalise(message_text(turn.tracker)).lower()
    scores = _scores(turn, _without_numbers(turn), titles)
    # "the first appeals one": a number word may belong to a name whose other words fit.
    with_numbers = _scores(turn, everything, titles)
    ranked = sorted(
        ((score, with_numbers[i], i) for i, score in enumerate(scores) if score), reverse=True
    )
    if not ranked or ranked[0][0] < _MIN_NAME_SCORE:
        return None
    tied = [entry for entry in ranked if entry[0] * _CLEAR_LEAD > ranked[0][0]]
    if len(tied) == 1:
        return tied[0][2]
    first, second = sorted(tied, key=lambda entry: -entry[1])[:2]
    return first[2] if first[1] >= _CLEAR_LEAD * second[1] else None


def named_among(turn: Turn, names: Sequence[str]) -> list[int]:
    """Return the things that words of the message point to, the most telling first.

    Args:
        turn: the turn; numbers in its message are no words.
        names: what each thing is called, in all languages that matter.

    Returns:
        Their positions; several, when the message names several, or one that others share
        words with.
    """
    scores = _scores(turn, _without_numbers(turn), _keys(names))
    named = [i for i, score in enumerate(scores) if score >= _MIN_NAME_SCORE]
    return sorted(named, key=lambda i: -scores[i])


def _keys(names: Sequence[str]) -> list[set[str]]:
    return [set(phonetic_tokens(normalise(name))) for name in names]


def _scores(turn: Turn, text: str, titles: Sequence[set[str]]) -> list[float]:
    """Return how much of each title a text says, rare words counting more."""
    said = {key for key in phonetic_tokens(text) if len(key) >= _MIN_KEY_LENGTH}
    # A word that every name holds, or that is common everywhere, tells little.
    telling = {
        key: turn.knowledge_base.rarity(key) / max(1, sum(key in title for title in titles))
        for key in said
    }
    return [sum(telling[key] for key in said & title) for title in titles]


def _without_numbers(turn: Turn) -> str:
    """Return the last message without its number words, so that they match no name."""
    text = normalise(message_text(turn.tracker)).lower()
    for entity in reversed(turn.tracker.latest_message.get("entities") or []):
        if entity["entity"] == "item_number":
            text = text[: entity["start"]] + " " + text[entity["end"] :]
    return text
