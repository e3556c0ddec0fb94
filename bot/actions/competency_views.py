"""Facts about the competency model that replies are worded from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.actions.views import View, competency_name, competency_view, local_text
from knowledge_base.competencies import EntryKind, RoleNeed
from knowledge_base.knowledge_base import KnowledgeBase


def names(knowledge_base: KnowledgeBase, keys: Iterable[str], locale: str) -> list[str]:
    """Return what entries are called, each name once."""
    called = (competency_name(knowledge_base, key, locale) for key in keys)
    return list(dict.fromkeys(called))


def entry_view(knowledge_base: KnowledgeBase, key: str, locale: str) -> View:
    """Return an entry with its place in the model.

    Args:
        knowledge_base: the opened knowledge base.
        key: id of an entry that is no role.
        locale: locale of the reader.
    """
    guide = knowledge_base.competencies
    kind, keys = guide.kind(key), guide.themes_of(key)
    themes = [theme for theme in map(guide.theme, keys) if theme is not None]
    is_theme = kind is EntryKind.THEME
    # An area stands for itself, and all roles need something of it.
    is_whole = kind in (EntryKind.AREA, EntryKind.GROUP)
    areas = [
        part
        for theme in themes
        for part in (theme.area, theme.group)
        if part and part != key and kind is not EntryKind.AREA
    ]
    sub_themes = [part for theme in themes for part in theme.sub_themes] if is_theme else []
    return {
        **competency_view(knowledge_base, key, locale),
        "kind": kind.value,
        "themes": [] if is_theme else names(knowledge_base, keys, locale),
        "areas": names(knowledge_base, areas, locale),
        "sub_themes": names(knowledge_base, sub_themes, locale),
        "roles": [] if is_whole else role_views(knowledge_base, guide.roles_needing(keys), locale),
        "project_own": bool(themes) and all(theme.project_own for theme in themes),
    }


def role_views(knowledge_base: KnowledgeBase, needs: Sequence[RoleNeed], locale: str) -> list[View]:
    """Return roles with the level at which they need something."""
    return [
        {
            "name": competency_name(knowledge_base, need.role.id, locale),
            "level": need.level,
            "level_name": level_name(knowledge_base, need.level, locale),
        }
        for need in needs
    ]


def level_name(knowledge_base: KnowledgeBase, level: int, locale: str) -> str:
    """Return what a level is called."""
    steps = dict(knowledge_base.competencies.levels())
    return competency_name(knowledge_base, steps[level], locale)


def level_views(knowledge_base: KnowledgeBase, locale: str) -> list[View]:
    """Return the steps of the scale, the lowest first."""
    return [
        {"level": level, "name": competency_name(knowledge_base, key, locale)}
        for level, key in knowledge_base.competencies.levels()
    ]


def role_view(knowledge_base: KnowledgeBase, key: str, locale: str) -> View:
    """Return a role with its activities and what it needs.

    Args:
        knowledge_base: the opened knowledge base.
        key: id of a role.
        locale: locale of the reader.
    """
    guide = knowledge_base.competencies
    role = guide.role(key)
    if role is None:
        raise KeyError(key)
    activities, language = guide.activities(role, locale)
    return {
        "role": competency_name(knowledge_base, key, locale),
        "activities": [local_text(activity, locale) for activity in activities],
        "source_language": language,
        "competencies": [
            {
                "name": competency_name(knowledge_base, needed.id, locale),
                "level": needed.level,
                "level_name": level_name(knowledge_base, needed.level, locale),
            }
            for needed in role.competencies
        ],
        "project_own": role.project_own,
    }


def built_views(knowledge_base: KnowledgeBase, course_id: str, locale: str) -> list[View]:
    """Return the competencies a course builds, each with its area."""
    guide = knowledge_base.competencies
    return [
        {
            "name": competency_name(knowledge_base, key, locale),
            "areas": entry_view(knowledge_base, key, locale)["areas"],
        }
        for key in guide.built_by(course_id)
    ]
