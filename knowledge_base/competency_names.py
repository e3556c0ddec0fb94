"""Names of the competency model in texts of any language and script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from knowledge_base.languages.normalise import normalise
from knowledge_base.languages.script import dominant_script
from knowledge_base.romanise import romanise

_MIN_SCORE = 88.0
# Shorter names ("SO") are found as whole words only, never as parts of other words.
_FUZZY_LENGTH = 5
_EDGES = " ?.!।۔؟,;:\"'“”()"


@dataclass(frozen=True)
class NameMatch:
    """A name of the model found in a text.

    Attributes:
        id: id of the entry.
        score: 0 to 100.
        length: length of the name matched, in characters; longer is more telling.
    """

    id: str
    score: float
    length: int


class CompetencyNames:
    """Finds names as they are written, in Latin letters, or with slips.

    Args:
        forms: pairs of a name and the id it stands for, those to be preferred first.
    """

    def __init__(self, forms: Iterable[tuple[str, str]]) -> None:
        self._ids: dict[str, str] = {}
        written = [(_key(form), key) for form, key in forms]
        _transliterate_together(form for form, _ in written)
        for form, key in written:
            for spelling in (form, romanise(form)):
                self._ids.setdefault(spelling, key)
        self._ids.pop("", None)
        self._longest = max((len(form.split()) for form in self._ids), default=0)
        self._by_script: dict[str | None, list[str]] = defaultdict(list)
        for form in self._ids:
            if len(form) > _FUZZY_LENGTH:
                self._by_script[dominant_script(form)].append(form)

    def find(self, text: str) -> list[NameMatch]:
        """Find the names a text holds.

        Args:
            text: text as typed, any language, any script.

        Returns:
            Best match a name, the most telling first.
        """
        best: dict[str, NameMatch] = {}
        written = _key(text)
        for query in dict.fromkeys((written, romanise(written))):
            exact = list(self._exact(query))
            matches = [NameMatch(self._ids[form], 100.0, len(form)) for form in exact]
            for match in (*matches, *self._similar(query, exact)):
                known = best.get(match.id)
                if known is None or _telling(match) > _telling(known):
                    best[match.id] = match
        return sorted(best.values(), key=lambda match: (-_telling(match), match.id))

    def without_name(self, text: str, stand_in: str, kept: Collection[str]) -> str:
        """Return a text, normalised, with the longest name in it replaced.

        Args:
            text: text as typed.
            stand_in: what is put for the name.
            kept: ids of entries whose names are no names here but words of the question.
        """
        written = _key(text)
        names = (form for form in self._exact(written) if self._ids[form] not in kept)
        longest = max(names, key=len, default=None)
        return written.replace(longest, stand_in, 1) if longest else written

    def _exact(self, query: str) -> list[str]:
        """Return the names among the runs of words of a text, longest first.

        A name within a longer one ("procurement" in "procurement officer") is not meant.
        """
        words = [word.strip(_EDGES) for word in query.split(" ")]
        runs = [
            (start, end, form)
            for start in range(len(words))
            for end in range(start + 1, min(start + self._longest, len(words)) + 1)
            if (form := " ".join(words[start:end])) in self._ids
        ]
        taken: set[int] = set()
        found = []
        for start, end, form in sorted(runs, key=lambda run: -len(run[2])):
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                found.append(form)
        return found

    def _similar(self, query: str, exact: Collection[str]) -> Iterator[NameMatch]:
        """Yield names written with slips, besides parts of those that are written right."""
        # In a longer name a short text would be found as its part.
        same_script = self._by_script.get(dominant_script(query), ())
        forms = [form for form in same_script if len(form) <= len(query) + 1]
        for form, score, _ in process.extract(
            f" {query} ", forms, scorer=fuzz.partial_ratio, score_cutoff=_MIN_SCORE, limit=5
        ):
            if not any(form in longer for longer in exact):
                yield NameMatch(self._ids[form], score, len(form))


def _transliterate_together(forms: Iterable[str]) -> None:
    """Transliterate texts of a script in one call, which costs as much as one text alone."""
    by_script: dict[str | None, list[str]] = defaultdict(list)
    for form in forms:
        by_script[dominant_script(form)].append(form)
    for texts in by_script.values():
        romanise(" ".join(texts))


def preferred_forms(
    names: Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]], parts: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield names with their ids, so that the first of two equal ones is the one meant.

    An entry's own name counts before all else; the names of parts count before other names of
    wholes ("stress management" is a sub-theme, and another name of its theme).

    Args:
        names: language -> id -> (name, other names).
        parts: ids of entries that are parts of others.
    """
    for key, name, _ in _each(names):
        if key not in parts:
            yield name, key
    for key, name, aliases in _each(names):
        if key in parts:
            yield from ((form, key) for form in (name, *aliases))
    for key, _, aliases in _each(names):
        if key not in parts:
            yield from ((form, key) for form in aliases)


def _each(
    names: Mapping[str, Mapping[str, tuple[str, tuple[str, ...]]]],
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for entries in names.values():
        for key, (name, aliases) in entries.items():
            yield key, name, aliases


def _telling(match: NameMatch) -> float:
    return match.score * match.length


def _key(text: str) -> str:
    return normalise(text).lower().strip(_EDGES)
