"""What replies about a learner's own records are worded from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.actions.base import Turn
from bot.actions.views import View, course_title
from connectors.platform.records import (
    Activity,
    Certificate,
    CourseProgress,
    Enrolment,
    Learner,
    PlanItem,
    ResourceState,
    Status,
)
from knowledge_base.knowledge_base import KnowledgeBase

INDIA = ZoneInfo("Asia/Kolkata")


class Reader(Protocol):
    """Whom facts are gathered for: the user of a turn, or somebody who is reminded.

    Attributes:
        knowledge_base: the opened knowledge base.
        locale: locale to reply in.
        clock: returns the current moment with its time zone.
    """

    knowledge_base: KnowledgeBase
    locale: str
    clock: Callable[[], datetime]


def today(reader: Reader) -> date:
    """Return the day it is in India."""
    return reader.clock().astimezone(INDIA).date()


def day(moment: datetime | date | None) -> str | None:
    """Return a day as ISO 8601 text, which the wording turns into the reader's form."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(INDIA).date()
    return moment.isoformat() if moment else None


def local_title(reader: Reader, course_id: str, name: str) -> str:
    """Return a course's title in the reader's language; the platform's name if it is unknown."""
    if course_id in reader.knowledge_base.catalogue.courses:
        return course_title(reader.knowledge_base, course_id, reader.locale)
    return name


def all_titles(turn: Turn, course_id: str, name: str) -> str:
    """Return what a course is called in the reader's language and on the platform."""
    return f"{local_title(turn, course_id, name)} {name}"


def enrolment_view(turn: Turn, enrolment: Enrolment) -> View:
    """Return the facts of an enrolment for a list."""
    overdue = enrolment.is_overdue(today(turn))
    return {
        "course_id": enrolment.course_id,
        "title": local_title(turn, enrolment.course_id, enrolment.course_name),
        "percentage": round(enrolment.percentage),
        "status": "overdue" if overdue else enrolment.status.name.lower(),
        "deadline": day(enrolment.deadline),
    }


def counts_view(reader: Reader, enrolments: Sequence[Enrolment]) -> dict[str, int]:
    """Count enrolments by state; an overdue one counts as such only."""
    overdue = [e for e in enrolments if e.is_overdue(today(reader))]
    others = [e for e in enrolments if e not in overdue]
    return {
        "completed": sum(e.status is Status.COMPLETED for e in others),
        "in_progress": sum(e.status is Status.IN_PROGRESS for e in others),
        "not_started": sum(e.status is Status.NOT_STARTED for e in others),
        "overdue": len(overdue),
    }


def activity_view(activity: Activity, learner: Learner) -> dict[str, int | bool]:
    """Return learning time in minutes against what is expected, and points."""
    return {
        "week": activity.minutes_this_week,
        "month": activity.minutes_this_month,
        "year": activity.minutes_this_year,
        "longer_are_lower_bounds": activity.longer_are_lower_bounds,
        "target": learner.target_minutes,
        "points": activity.karma_points,
    }


def modules_view(progress: CourseProgress) -> list[View]:
    """Return each module with whether all of it is finished."""
    return [
        {"title": module, "done": all(r.status is Status.COMPLETED for r in resources)}
        for module, resources in groupby(progress.resources, key=lambda r: r.module)
    ]


def resource_view(resource: ResourceState) -> View:
    """Return an open resource with what its advice depends on."""
    return {
        "name": resource.name,
        "kind": resource.kind.value,
        "minutes": resource.minutes,
        "score": resource.score,
        "pass_mark": resource.pass_mark,
        "attempts_left": resource.attempts_left,
    }


def certificate_view(turn: Turn, certificate: Certificate) -> View:
    """Return the facts of a certificate."""
    return {
        "number": certificate.number,
        "course": local_title(turn, certificate.course_id, certificate.course_name),
        "name": certificate.learner_name,
        "date": day(certificate.issued_on),
        "url": certificate.url,
    }


def plan_item_view(reader: Reader, item: PlanItem) -> View:
    """Return the facts of a course that a plan prescribes."""
    return {
        "course_id": item.course_id,
        "title": local_title(reader, item.course_id, item.course_name),
        "deadline": day(item.deadline),
        "overdue": not item.completed and item.deadline < today(reader),
    }
