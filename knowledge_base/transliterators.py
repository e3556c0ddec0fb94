"""The transliterators of all languages: built with the index, kept in a file beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from knowledge_base.languages.registry import (
    DEFAULT_LOCALE,
    ROMANISED_SUFFIX,
    languages,
)
from knowledge_base.transliterate import (
    Transliterator,
    build_lexicon,
    english_words,
    learn_channel,
)


def build_transliterators(texts: Mapping[str, Sequence[str]]) -> dict[str, Transliterator]:
    """Build a transliterator for every language that romanised text is read in.

    Args:
        texts: normalised texts by locale, English and romanised ones among them.
    """
    english = english_words(texts.get(DEFAULT_LOCALE, ()))
    readers: dict[str, list[str]] = {}
    for language in languages().values():
        if language.romanised_reading:
            typed = texts.get(language.code + ROMANISED_SUFFIX, ())
            readers.setdefault(language.romanised_reading, []).extend(typed)
    built = {}
    for code, typed in sorted(readers.items()):
        lexicon = build_lexicon(texts.get(code, ()), code)
        built[code] = Transliterator(code, lexicon, english, learn_channel(lexicon, typed, english))
    return built


def extend_transliterators(
    known: Mapping[str, Transliterator], texts: Mapping[str, Sequence[str]]
) -> dict[str, Transliterator]:
    """Add the words of new texts; how people type is learnt with the next whole index.

    Args:
        known: transliterators by language.
        texts: new normalised texts by locale.
    """
    new = english_words(texts.get(DEFAULT_LOCALE, ()))
    return {
        code: replace(
            reader,
            lexicon={**build_lexicon(texts.get(code, ()), code), **reader.lexicon},
            english=reader.english | new,
        )
        for code, reader in known.items()
    }


def write_transliterators(path: Path, transliterators: Mapping[str, Transliterator]) -> None:
    """Write transliterators of a common English vocabulary to a file."""
    english = frozenset().union(*(reader.english for reader in transliterators.values()))
    content = {
        "english": sorted(english),
        "languages": {
            code: {"lexicon": reader.lexicon, "channel": reader.channel}
            for code, reader in transliterators.items()
        },
    }
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def read_transliterators(path: Path) -> dict[str, Transliterator]:
    """Read what ``write_transliterators`` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    english = frozenset(content["english"])
    return {
        code: Transliterator(
            code,
            {word: (latin, count) for word, (latin, count) in kept["lexicon"].items()},
            english,
            kept["channel"],
        )
        for code, kept in content["languages"].items()
    }
