"""Recommended courses with the facts their reasons are worded from."""

from __future__ import annotations

from bot.actions.learner_views import Reader
from bot.actions.views import View, competency_name, course_title, course_view
from knowledge_base.recommend.profile import Reason, ReasonKind, Recommendation

_REASONS_SHOWN = 3
_KEYS = {
    ReasonKind.MANDATED: "reason_mandated",
    ReasonKind.OVERDUE: "reason_overdue",
    ReasonKind.IN_PROGRESS: "reason_in_progress",
    ReasonKind.GAP: "reason_gap",
    ReasonKind.INTEREST: "reason_interest",
    ReasonKind.SIMILAR: "reason_similar",
    ReasonKind.LIKE_TAKEN: "reason_similar",
    ReasonKind.TAKEN_TOGETHER: "reason_taken_together",
    ReasonKind.NEXT_LEVEL: "reason_next_level",
    ReasonKind.LANGUAGE: "reason_language",
    ReasonKind.RATED: "reason_rated",
    ReasonKind.POPULAR: "reason_popular",
    ReasonKind.SHORT: "reason_short",
    ReasonKind.LEVEL: "reason_level",
}


def recommendation_view(
    reader: Reader, recommendation: Recommendation, role_id: str | None
) -> View:
    """Return the facts of a recommended course.

    Args:
        reader: whom it is recommended to.
        recommendation: the course and why.
        role_id: role that gaps refer to.
    """
    worded = [r for r in recommendation.reasons if r.kind in _KEYS][:_REASONS_SHOWN]
    return {
        **course_view(reader.knowledge_base, recommendation.course_id, reader.locale),
        "reasons": [_reason_view(reader, reason, role_id) for reason in worded],
    }


def _reason_view(reader: Reader, reason: Reason, role_id: str | None) -> View:
    key = _KEYS[reason.kind]
    if reason.kind is ReasonKind.GAP and role_id is None:
        key = _KEYS[ReasonKind.NEXT_LEVEL]
    facts = {
        "level": reason.level,
        "minutes": reason.minutes,
        "date": reason.deadline.isoformat() if reason.deadline else None,
        "language": reason.language,
    }
    if reason.competency_id:
        facts["competency"] = _name(reader, reason.competency_id)
    if reason.course_id and reason.course_id in reader.knowledge_base.catalogue.courses:
        facts["course"] = course_title(reader.knowledge_base, reason.course_id, reader.locale)
    if role_id:
        facts["role"] = _name(reader, role_id)
    facts["name"] = facts.get("competency") or facts.get("course")
    return {"key": key, **{name: value for name, value in facts.items() if value is not None}}


def _name(reader: Reader, key: str) -> str:
    return competency_name(reader.knowledge_base, key, reader.locale)
