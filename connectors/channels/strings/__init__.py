"""Texts that channels say by themselves, also when the action server does not answer.

One JSON file a locale; what is missing falls back as the language files say.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Dict

from knowledge_base.languages import registry

_FOLDER = Path(__file__).parent


def words(key: str, locale: str) -> str:
    """Return a text in a locale or the nearest one that has it.

    Args:
        key: key in the JSON files, e.g. ``answer_delayed``.
        locale: locale wanted.

    Raises:
        KeyError: no file, not even the English one, has the text.
    """
    for candidate in registry.fallback_locales(locale):
        text = _strings(candidate).get(key)
        if text:
            return text
    raise KeyError(key)


@lru_cache(maxsize=None)
def _strings(locale: str) -> Dict[str, str]:
    path = _FOLDER / f"{locale}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
