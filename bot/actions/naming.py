"""Which of some named things does a message mean?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.base import Turn
from bot.actions.conversation import message_text
from knowledge_base.languages.normalise import normalise
from knowledge_base.romanise import phonetic_tokens

# Shorter phonetic keys are those of particles and number words.
_MIN_KEY_LENGTH = 3
# Inverse document frequencies: a word of one entry in fifty scores 4.
_MIN_NAME_SCORE = 4.0
_CLEAR_LEAD = 1.2


def find_by_name(turn: Turn, names: Sequence[str]) -> int | None:
    """Return the one thing that the words of the message point to, if they do.

    Args:
        turn: the turn; numbers in its message are no words.
        names: what each thing is called, in all languages that matter.

    Returns:
        Its position, or None when no name or more than one fits.
    """
    if not names:
        return None
    said = {key for key in phonetic_tokens(_without_numbers(turn)) if len(key) >= _MIN_KEY_LENGTH}
    titles = [set(phonetic_tokens(normalise(name))) for name in names]
    # A word that every name holds, or that is common everywhere, tells little.
    telling = {
        key: turn.knowledge_base.rarity(key) / max(1, sum(key in title for title in titles))
        for key in said
    }
    scores = [sum(telling[key] for key in said & title) for title in titles]
    best = max(range(len(names)), key=scores.__getitem__)
    runner_up = max((s for i, s in enumerate(scores) if i != best), default=0.0)
    is_clear = scores[best] >= _MIN_NAME_SCORE and scores[best] >= _CLEAR_LEAD * runner_up
    return best if is_clear else None


def _without_numbers(turn: Turn) -> str:
    """Return the last message without its number words, so that they match no name."""
    text = normalise(message_text(turn.tracker)).lower()
    for entity in reversed(turn.tracker.latest_message.get("entities") or []):
        if entity["entity"] == "item_number":
            text = text[: entity["start"]] + " " + text[entity["end"] :]
    return text
