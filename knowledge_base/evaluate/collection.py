"""What search is measured on: documents are known by id, queries with what answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class CollectionError(ValueError):
    """A file of a test collection is broken; the message names the file, the line, the mend."""


@dataclass(frozen=True)
class Query:
    """A question and what answers it.

    Attributes:
        id: its id, unique in its collection.
        text: as typed.
        language: what it is counted under: a language code or a locale.
        locale: language and script it is searched in.
        relevant: id of what answers -> grade from 1 up; empty where nothing answers.
        form: how it is written, one of ``FORMS``; None where that is not told.
    """

    id: str
    text: str
    language: str
    locale: str
    relevant: Mapping[str, int] = field(default_factory=dict)
    form: str | None = None


NATIVE, ROMANISED, CODE_MIXED = "native", "romanised", "code_mixed"
FORMS = (NATIVE, ROMANISED, CODE_MIXED)
