"""The competency model as a graph: areas, themes, sub-themes and levels; roles and courses.

    area -> (group) -> theme -> sub-theme
    role -> activities, and -> theme at a level
    course -> theme

Its edges are few and each is walked in two steps at most, so that plain mappings in both
directions serve.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from knowledge_base.catalogue import Catalogue, Competency, CompetencyName, Role
from knowledge_base.competency_names import CompetencyNames, NameMatch, preferred_forms
from knowledge_base.languages import registry


class EntryKind(StrEnum):
    """What an entry of the model is."""

    SANKALP = "sankalp"
    GUNA = "guna"
    AREA = "area"
    GROUP = "group"
    THEME = "competency"
    SUB_THEME = "sub_theme"
    LEVEL = "level"
    CONCEPT = "concept"
    ROLE = "role"


@dataclass(frozen=True)
class RoleNeed:
    """A role that needs a competency, and at which level, 1 to 5."""

    role: Role
    level: int


class CompetencyGuide:
    """Look up entries of the model by name in any language, and what they lead to.

    Args:
        catalogue: the loaded catalogue.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._model = model = catalogue.competency_model
        self._roles = {role.id: role for role in model.roles}
        self._themes = {theme.id: theme for theme in model.competencies}
        self._levels = {level.level: level.id for level in model.levels}
        self._themes_of: dict[str, list[str]] = defaultdict(list)
        self._kinds: dict[str, EntryKind] = {}
        for theme in model.competencies:
            for whole, kind in ((theme.area, EntryKind.AREA), (theme.group, EntryKind.GROUP)):
                if whole:
                    self._themes_of[whole].append(theme.id)
                    self._kinds[whole] = kind
            for part in theme.sub_themes:
                self._themes_of[part].append(theme.id)
                self._kinds[part] = EntryKind.SUB_THEME
        self._kinds |= dict.fromkeys(self._themes, EntryKind.THEME)
        self._kinds |= dict.fromkeys(self._levels.values(), EntryKind.LEVEL)
        self._kinds |= dict.fromkeys(model.sankalps, EntryKind.SANKALP)
        self._kinds |= {guna.id: EntryKind.GUNA for guna in model.gunas}
        self._kinds |= dict.fromkeys(model.concepts, EntryKind.CONCEPT)
        self._kinds |= dict.fromkeys(self._roles, EntryKind.ROLE)
        self._needing: dict[str, list[RoleNeed]] = defaultdict(list)
        for role in model.roles:
            for needed in role.competencies:
                self._needing[needed.id].append(RoleNeed(role, needed.level))
        self._names = CompetencyNames(
            preferred_forms(self._named(), {k for k in self._kinds if self._is_sub_theme(k)})
        )

    def _named(self) -> dict[str, dict[str, tuple[str, tuple[str, ...]]]]:
        """Return all names by language and id.

        Levels have names that say nothing by themselves ("basic", "working"); they are found by
        those of their other names that hold their number.
        """
        named: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {}
        for language, names in self._catalogue.competency_names.items():
            forms = named[language] = {}
            for key in self._kinds.keys() & names.keys():
                name = names[key]
                if self._kinds[key] is not EntryKind.LEVEL:
                    forms[key] = (name.name, name.aliases)
                    continue
                numbered = [form for form in name.aliases if any(c.isdigit() for c in form)]
                if numbered:
                    forms[key] = (numbered[0], tuple(numbered[1:]))
        return named

    def find(self, text: str) -> list[NameMatch]:
        """Find the names a text holds, the most telling first, see ``CompetencyNames.find``."""
        return self._names.find(text)

    def without_name(self, text: str, stand_in: str) -> str:
        """Return a text with a name in it replaced, see ``CompetencyNames.without_name``.

        Names of concepts stay: "competencies" is a word of the question.
        """
        return self._names.without_name(text, stand_in, self._model.concepts)

    def kind(self, key: str) -> EntryKind:
        """Return what sort of entry an id is.

        Raises:
            KeyError: the model has no such entry.
        """
        return self._kinds[key]

    def _is_sub_theme(self, key: str) -> bool:
        return self._kinds[key] is EntryKind.SUB_THEME

    def name(self, key: str, locale: str) -> CompetencyName:
        """Return what an entry is called, in the locale or the nearest to it."""
        for candidate in registry.fallback_locales(locale):
            names = self._catalogue.competency_names.get(candidate, {})
            if key in names:
                return names[key]
        raise KeyError(key)

    def role(self, key: str) -> Role | None:
        """Return a role by id, or None when the id is that of something else."""
        return self._roles.get(key)

    def activities(self, role: Role, locale: str) -> tuple[tuple[str, ...], str]:
        """Return what a role does, in the nearest language, and that language's code."""
        for candidate in registry.fallback_locales(locale):
            activities = self._catalogue.role_activities.get(candidate, {})
            if role.id in activities:
                return activities[role.id], candidate
        return role.activities, registry.DEFAULT_LOCALE

    def theme(self, key: str) -> Competency | None:
        """Return a theme by id, or None when the id is that of something else."""
        return self._themes.get(key)

    def themes_of(self, key: str) -> list[str]:
        """Return the themes an entry stands for.

        Args:
            key: id of a theme, which stands for itself, of an area or a group, for those in it,
                of a sub-theme, for those it is part of, or of a role, for those it needs.
        """
        if key in self._themes:
            return [key]
        role = self._roles.get(key)
        if role is not None:
            return [needed.id for needed in role.competencies]
        return list(self._themes_of.get(key, ()))

    def levels(self) -> list[tuple[int, str]]:
        """Return the steps of the scale with the ids of their names, the lowest first."""
        return sorted(self._levels.items())

    def roles_needing(self, keys: Iterable[str]) -> list[RoleNeed]:
        """Return the roles that need one of some themes, the highest level first, one a role."""
        highest: dict[str, RoleNeed] = {}
        for key in keys:
            for need in self._needing.get(key, ()):
                known = highest.get(need.role.id)
                if known is None or need.level > known.level:
                    highest[need.role.id] = need
        return sorted(highest.values(), key=lambda need: (-need.level, need.role.id))

    def required_level(self, role: Role, keys: Iterable[str]) -> int | None:
        """Return the highest level at which a role needs one of some themes, None for none."""
        wanted = set(keys)
        return max((n.level for n in role.competencies if n.id in wanted), default=None)

    def built_by(self, course_id: str) -> list[str]:
        """Return the themes a course builds, as the catalogue names them."""
        return [
            key for key in self._catalogue.courses[course_id].competencies if key in self._themes
        ]

    def courses_for(self, keys: Sequence[str]) -> list[str]:
        """Return ids of the courses that build some themes, those of more of them first.

        Args:
            keys: ids of themes; courses that build as many come shortest first.
        """
        return self._ranked(dict.fromkeys(keys, 1))

    def courses_for_role(self, role: Role) -> list[str]:
        """Return ids of courses for a role, those that build most of what it needs first."""
        return self._ranked({required.id: required.level for required in role.competencies})

    def _ranked(self, weights: dict[str, int]) -> list[str]:
        scored = [
            (sum(weights.get(key, 0) for key in course.competencies), course)
            for course in self._catalogue.courses.values()
        ]
        ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1].duration_seconds, pair[1].id))
        return [course.id for score, course in ranked if score]
