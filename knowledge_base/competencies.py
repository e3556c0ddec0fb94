"""Questions about the competency model: what is X, what does a role need."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz, process

from knowledge_base.catalogue import Catalogue, CompetencyName, Role
from knowledge_base.languages import registry
from knowledge_base.languages.normalise import normalise
from knowledge_base.romanise import romanise

_MIN_SCORE = 88.0
# Shorter names ("SO") are found as whole words only, never as parts of other words.
_FUZZY_LENGTH = 5


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


class CompetencyGuide:
    """Look up competencies and roles by their names in any language.

    Args:
        catalogue: the loaded catalogue.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._model = catalogue.competency_model
        self._roles = {role.id: role for role in self._model.roles}
        self._named = self._model.ids()
        self._names: dict[str, str] = {}
        for names in catalogue.competency_names.values():
            for key, name in names.items():
                if key not in self._named or key in {level.id for level in self._model.levels}:
                    continue
                for form in (name.name, *name.aliases):
                    self._names.setdefault(_key(form), key)
                    self._names.setdefault(romanise(_key(form)), key)

    def find(self, text: str) -> list[NameMatch]:
        """Find the names a text holds.

        Args:
            text: text as typed, any language, any script.

        Returns:
            Best match a name, the most telling first.
        """
        best: dict[str, NameMatch] = {}
        words = f" {_key(text)} "
        for query in {words, f" {romanise(words.strip())} "}:
            for form, key in self._names.items():
                if f" {form} " in query:
                    self._keep(best, NameMatch(key, 100.0, len(form)))
            # In a longer name a short text would be found as its part.
            longest = len(words.strip()) + 1
            forms = [form for form in self._names if _FUZZY_LENGTH < len(form) <= longest]
            for form, score, _ in process.extract(
                query, forms, scorer=fuzz.partial_ratio, score_cutoff=_MIN_SCORE, limit=5
            ):
                self._keep(best, NameMatch(self._names[form], score, len(form)))
        return sorted(best.values(), key=lambda match: (-match.score * match.length, match.id))

    @staticmethod
    def _keep(best: dict[str, NameMatch], match: NameMatch) -> None:
        known = best.get(match.id)
        if known is None or match.score * match.length > known.score * known.length:
            best[match.id] = match

    def role(self, key: str) -> Role | None:
        """Return a role by id, or None when the id is that of something else."""
        return self._roles.get(key)

    def name(self, key: str, locale: str) -> CompetencyName:
        """Return what an entry is called, in the locale or the nearest to it."""
        for candidate in registry.fallback_locales(locale):
            names = self._catalogue.competency_names.get(candidate, {})
            if key in names:
                return names[key]
        raise KeyError(key)

    def kind(self, key: str) -> str:
        """Return what sort of entry an id is: ``guna``, ``sankalp``, ``role``, ..."""
        if key in self._roles:
            return "role"
        if key in self._model.sankalps:
            return "sankalp"
        if key in self._model.concepts:
            return "concept"
        if any(guna.id == key for guna in self._model.gunas):
            return "guna"
        return "competency"

    def courses_for(self, key: str) -> list[str]:
        """Return ids of the courses that build a competency, shortest first."""
        courses = [c for c in self._catalogue.courses.values() if key in c.competencies]
        return [c.id for c in sorted(courses, key=lambda c: (c.duration_seconds, c.id))]

    def courses_for_role(self, role: Role) -> list[str]:
        """Return ids of courses for a role, those that build most of what it needs first."""
        weights = {required.id: required.level for required in role.competencies}
        scored = [
            (sum(weights.get(key, 0) for key in course.competencies), course)
            for course in self._catalogue.courses.values()
        ]
        ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1].duration_seconds, pair[1].id))
        return [course.id for score, course in ranked if score]


def _key(text: str) -> str:
    return normalise(text).lower().strip(" ?.!।,;:")
