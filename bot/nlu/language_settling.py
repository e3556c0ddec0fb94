"""Which language a conversation goes on in, from its last one and what a message looks like."""

from __future__ import annotations

from typing import Optional, Text

from knowledge_base.languages import registry
from knowledge_base.languages.script import dominant_script

# Probability that a change of language needs: short messages are often taken for a relative.
_SURE = 0.5
_SURE_WHEN_SHORT = 0.8
_SHORT = 20  # characters that are no spaces
# Hindi and Urdu in Latin letters are one spoken language; a word or two tells little.
_SURE_AMONG_ONE_SPEECH = 0.95
# More people type Hindi: of unclear words at a conversation's start it is assumed.
_SURE_AT_START = 0.9


def settle_locale(
    previous: Optional[Text], found: Text, confidence: float, text: Text
) -> Optional[Text]:
    """Return the locale to go on in.

    Args:
        previous: locale of the conversation so far, None at its start.
        found: most probable locale of the message.
        confidence: its probability, 0 to 1.
        text: the message.

    Returns:
        ``found`` when it is sure enough, else ``previous``; at the start, or when the script
        changes, the language to assume for the message's script.
    """
    if found == previous:
        return found
    script = dominant_script(text)
    is_latin = script == "Latn"
    same_script = previous is not None and _script_of(previous) == _script_of(found)
    if not same_script and not is_latin:
        return found if confidence >= _SURE else registry.script_language(script or "")
    length = sum(not char.isspace() for char in text)
    needed = _SURE if length >= _SHORT or previous is None else _SURE_WHEN_SHORT
    speech = _speech_of(found)
    if speech is not None and (previous is None or _speech_of(previous) != speech):
        if registry.language_of(found) != speech and confidence < _SURE_AT_START:
            found = speech + registry.ROMANISED_SUFFIX
    elif speech is not None:
        needed = _SURE_AMONG_ONE_SPEECH
    return found if confidence >= needed else previous


def _script_of(locale: Text) -> Text:
    if registry.is_romanised(locale):
        return "Latn"
    return registry.languages()[locale].script


def _speech_of(locale: Text) -> Optional[Text]:
    """Return the language a romanised locale is read in, None for others."""
    if not registry.is_romanised(locale):
        return None
    return registry.languages()[registry.language_of(locale)].romanised_reading
