"""Labelled messages to measure with, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Iterable, List, Text

from knowledge_base.languages import registry

_FORM = '{"text": "...", "language": "hi", "intent": "find_course", "romanised": false}'


class QuestionFileError(ValueError):
    """A file of messages is broken; the message names the file, the line and the mend."""


@dataclass(frozen=True)
class LabelledMessage:
    """A message and what it is.

    Attributes:
        text: as typed.
        locale: language and script, e.g. ``hi`` or ``hi_Latn``.
        intent: name of the intent, ``out_of_scope`` for what Sathi does not do.
    """

    text: Text
    locale: Text
    intent: Text


def read_messages(paths: Iterable[Path]) -> List[LabelledMessage]:
    """Read files of messages.

    Args:
        paths: JSONL files; ``romanised`` may be left out for false.

    Raises:
        QuestionFileError: a line is no JSON, lacks a field or names an unknown language.
        OSError: a file cannot be read.
    """
    return [message for path in paths for message in _read(path)]


def _read(path: Path) -> Iterable[LabelledMessage]:
    # Not ``splitlines``: a message may hold separators such as U+2028 as they are.
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            yield _message(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            raise QuestionFileError(
                f"{path}, line {number}: {error!r}; a line is {_FORM}"
            ) from error


def _message(row: dict) -> LabelledMessage:
    for name in ("text", "language", "intent"):
        if not isinstance(row[name], str):
            raise TypeError(f"{name} is no string")
    language = registry.language_of(row["language"])
    if language not in registry.languages():
        raise ValueError(f"language {row['language']!r} is not known")
    romanised = bool(row.get("romanised")) or registry.is_romanised(row["language"])
    # English is in Latin letters by itself.
    is_marked = romanised and language != registry.DEFAULT_LOCALE
    locale = language + registry.ROMANISED_SUFFIX if is_marked else language
    return LabelledMessage(row["text"], locale, row["intent"])
