"""The lexicons in ``nlu_data/<locale>/lexicon.yml``: words of closed classes, by language."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, Iterator, List, Text, Union

import yaml

_FILES = "*/lexicon.yml"
Words = Dict[Union[int, Text], List[Text]]


@dataclass(frozen=True)
class Lexicon:
    """The words of one locale.

    Attributes:
        locale: whose they are.
        numbers: number -> its words, 1 to 12.
        ordinals: position -> its words, -1 for "the last one".
        languages: code of a language -> its names.
        stop: whole messages that end the reminders.
        units: ``minutes``, ``hours`` or ``weeks`` -> words of the unit.
        durations: length in minutes -> phrases such as "half an hour".
        months: number of a month -> its names.
        periods: key such as ``last_month`` -> phrases.
        levels: ``beginner``, ``intermediate`` or ``advanced`` -> phrases.
        mandatory: phrases for what everybody has to take.
    """

    locale: Text
    numbers: Words = field(default_factory=dict)
    ordinals: Words = field(default_factory=dict)
    languages: Words = field(default_factory=dict)
    stop: List[Text] = field(default_factory=list)
    units: Words = field(default_factory=dict)
    durations: Words = field(default_factory=dict)
    months: Words = field(default_factory=dict)
    periods: Words = field(default_factory=dict)
    levels: Words = field(default_factory=dict)
    mandatory: List[Text] = field(default_factory=list)


class LexiconError(ValueError):
    """A lexicon cannot be read; the message names the file and what is wrong."""


def lexicons(directory: Text) -> Iterator[Lexicon]:
    """Read the lexicons of all locales.

    Args:
        directory: folder with one folder a locale.

    Raises:
        LexiconError: a file is no YAML, or has sections that are not known.
    """
    for path in _paths(directory):
        try:
            words = yaml.safe_load(path.read_text(encoding="utf-8"))
            yield Lexicon(locale=path.parent.name, **words)
        except (yaml.YAMLError, TypeError) as error:
            raise LexiconError(f"{path}: {error}") from error


def lexicon_digest(directory: Text) -> Text:
    """Return a hash of all lexicons, by which Rasa sees that they changed."""
    digest = hashlib.sha256()
    for path in _paths(directory):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _paths(directory: Text) -> List[Path]:
    return sorted(Path(directory).glob(_FILES))
