"""Answers from the competency model: entries, roles, levels, and what courses build."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import Turn
from bot.actions.competency_aspects import COURSES, ROLES
from bot.actions.competency_views import (
    built_views,
    entry_view,
    level_name,
    level_views,
    role_view,
    role_views,
)
from bot.actions.conversation import Item, RunningSearch, answered
from bot.actions.course_lists import show_courses
from bot.actions.views import competency_name, course_title
from knowledge_base.competencies import EntryKind
from knowledge_base.languages import registry

_PROFICIENCY = "proficiency-level"
_SEARCH_DEPTH = 25


def open_entry(turn: Turn, key: str) -> None:
    """Say what an entry of the competency model is."""
    kind = turn.knowledge_base.competencies.kind(key)
    if kind is EntryKind.ROLE:
        turn.reply("utter_role_competencies", **role_view(turn.knowledge_base, key, turn.locale))
    elif kind is EntryKind.LEVEL or key == _PROFICIENCY:
        turn.reply("utter_competency_levels", levels=level_views(turn.knowledge_base, turn.locale))
    else:
        view = entry_view(turn.knowledge_base, key, turn.locale)
        turn.reply("utter_competency_source", competency=view)


def explain_competency(turn: Turn, key: str, asked: str | None = None) -> list[EventType]:
    """Explain an entry of the competency model and list courses that build it.

    Args:
        turn: the turn.
        key: id of the entry.
        asked: what of it is asked for, see ``competency_aspects``; None for all.
    """
    knowledge_base, guide = turn.knowledge_base, turn.knowledge_base.competencies
    kind, themes = guide.kind(key), guide.themes_of(key)
    role = guide.role(key)
    if role is not None:
        open_entry(turn, key)
        return _list_courses(turn, "utter_related_courses", guide.courses_for_role(role))
    if asked == ROLES and themes:
        return explain_roles_needing(turn, key)
    if asked != COURSES or not themes:
        open_entry(turn, key)
    name = competency_name(knowledge_base, key, turn.locale)
    courses = guide.courses_for(themes)
    if kind is EntryKind.SUB_THEME:
        courses = _nearest_first(turn, key, courses)
    return _list_courses(turn, "utter_courses_for_competency", courses, name=name)


def _list_courses(turn: Turn, response: str, courses: list[str], **facts: str) -> list[EventType]:
    if not courses:
        return answered()
    search = RunningSearch(tuple(Item("course", c) for c in courses))
    return show_courses(turn, response, search.next_page(turn.settings.page_size), 0, **facts)


def _nearest_first(turn: Turn, key: str, courses: list[str]) -> list[str]:
    """Return the courses of a sub-theme's theme, those about the sub-theme before others."""
    name = turn.knowledge_base.competencies.name(key, registry.DEFAULT_LOCALE).name
    found = turn.knowledge_base.search_courses(name, registry.DEFAULT_LOCALE, _SEARCH_DEPTH)
    rank = {hit.target: place for place, hit in enumerate(found.hits)}
    return sorted(courses, key=lambda course: rank.get(course, len(rank)))


def explain_level(turn: Turn, role_key: str, key: str) -> list[EventType]:
    """Say at which level a role needs a competency, and list courses that build it.

    Args:
        turn: the turn.
        role_key: id of the role.
        key: id of a theme or a sub-theme.
    """
    knowledge_base, guide = turn.knowledge_base, turn.knowledge_base.competencies
    themes = guide.themes_of(key)
    role = guide.role(role_key)
    level = guide.required_level(role, themes) if role else None
    facts = {
        "role": competency_name(knowledge_base, role_key, turn.locale),
        "name": competency_name(knowledge_base, key, turn.locale),
        "project_own": role is not None and role.project_own,
    }
    if level is None:
        turn.reply("utter_role_needs_not", **facts)
    else:
        named = level_name(knowledge_base, level, turn.locale)
        turn.reply("utter_role_level", level=level, level_name=named, **facts)
    courses = guide.courses_for(themes)
    return _list_courses(turn, "utter_courses_for_competency", courses, name=facts["name"])


def explain_roles_needing(turn: Turn, key: str) -> list[EventType]:
    """Say which roles need a competency, and at which level."""
    knowledge_base, guide = turn.knowledge_base, turn.knowledge_base.competencies
    needs = guide.roles_needing(guide.themes_of(key))
    name = competency_name(knowledge_base, key, turn.locale)
    if needs:
        roles = role_views(knowledge_base, needs, turn.locale)
        own = any(need.role.project_own for need in needs)
        turn.reply("utter_roles_needing", name=name, roles=roles, project_own=own)
    else:
        turn.reply("utter_roles_needing_none", name=name)
    return answered()


def explain_course(turn: Turn, course_id: str) -> list[EventType]:
    """Say which competencies a course builds."""
    title = course_title(turn.knowledge_base, course_id, turn.locale)
    built = built_views(turn.knowledge_base, course_id, turn.locale)
    if built:
        turn.reply("utter_course_builds", course=title, competencies=built)
    else:
        turn.reply("utter_course_builds_none", course=title)
    return answered()
