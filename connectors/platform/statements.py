"""What ``SqlPlatform`` asks of the database.

Parameters are ``learner``, ``course``, ``number``, ``today`` and ``now``. Each statement but
``enrolment_log`` reads the learner's rows through an index.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import CTE, Select, and_, bindparam, case, exists, func, select, union_all

from connectors.platform.records import Availability, Status
from connectors.platform.schema import (
    UtcDateTime,
    certificates,
    course_access,
    course_administrators,
    courses,
    departments,
    designations,
    enrolments,
    karma_points,
    learners,
    learning_days,
    plan_items,
    resource_states,
    resources,
)

_LEARNER = bindparam("learner")
_COURSE = bindparam("course")
_ROWS_AT_A_TIME = 10_000


@cache
def learner() -> Select:
    """Select one learner's profile."""
    return (
        select(
            learners,
            departments.c.name.label("department"),
            designations.c.name.label("designation"),
        )
        .join(departments)
        .outerjoin(designations)
        .where(learners.c.id == _LEARNER)
    )


def _prescribed() -> CTE:
    """Return (course_id, deadline, apar) of the learner's plan, one row a course.

    Three branches instead of one condition with OR, so that each can use its index.
    """
    columns = (plan_items.c.course_id, plan_items.c.deadline, plan_items.c.apar)
    own = select(*columns).where(plan_items.c.learner_id == _LEARNER)
    department = (
        select(*columns)
        .join_from(learners, plan_items, plan_items.c.department_id == learners.c.department_id)
        .where(
            learners.c.id == _LEARNER,
            plan_items.c.designation_id.is_(None)
            | (plan_items.c.designation_id == learners.c.designation_id),
        )
    )
    designation = (
        select(*columns)
        .join_from(learners, plan_items, plan_items.c.designation_id == learners.c.designation_id)
        .where(learners.c.id == _LEARNER, plan_items.c.department_id.is_(None))
    )
    items = union_all(own, department, designation).subquery("items")
    return (
        select(
            items.c.course_id,
            func.min(items.c.deadline).label("deadline"),
            func.max(case((items.c.apar, 1), else_=0)).label("apar"),
        )
        .group_by(items.c.course_id)
        .cte("prescribed")
    )


def _enrolments() -> Select:
    prescribed = _prescribed()
    return (
        select(enrolments, courses.c.name, prescribed.c.deadline)
        .join(courses, courses.c.id == enrolments.c.course_id)
        .outerjoin(prescribed, prescribed.c.course_id == enrolments.c.course_id)
        .where(enrolments.c.learner_id == _LEARNER)
    )


@cache
def all_enrolments() -> Select:
    """Select a learner's enrolments with name and deadline, last active first."""
    return _enrolments().order_by(
        func.coalesce(enrolments.c.last_active, enrolments.c.enrolled_on).desc(),
        enrolments.c.course_id,
    )


@cache
def enrolment() -> Select:
    """Select a learner's enrolment in one course with name and deadline."""
    return _enrolments().where(enrolments.c.course_id == _COURSE)


@cache
def resources_with_states() -> Select:
    """Select a course's resources with the learner's states, in course order."""
    return (
        select(
            resources,
            func.coalesce(resource_states.c.status, int(Status.NOT_STARTED)).label("status"),
            resource_states.c.score,
            func.coalesce(resource_states.c.attempts, 0).label("attempts"),
        )
        .outerjoin(
            resource_states,
            and_(
                resource_states.c.learner_id == _LEARNER,
                resource_states.c.resource_id == resources.c.id,
            ),
        )
        .where(resources.c.course_id == _COURSE)
        .order_by(resources.c.position)
    )


@cache
def plan() -> Select:
    """Select the courses of a learner's plan with the state of each, by deadline."""
    prescribed = _prescribed()
    return (
        select(
            prescribed,
            courses.c.name,
            func.coalesce(enrolments.c.status, int(Status.NOT_STARTED)).label("status"),
        )
        .join(courses, courses.c.id == prescribed.c.course_id)
        .outerjoin(
            enrolments,
            and_(
                enrolments.c.learner_id == _LEARNER,
                enrolments.c.course_id == prescribed.c.course_id,
            ),
        )
        .order_by(prescribed.c.deadline, courses.c.name)
    )


def _certificates() -> Select:
    return (
        select(
            certificates,
            courses.c.name.label("course_name"),
            learners.c.first_name,
            learners.c.last_name,
        )
        .join(courses, courses.c.id == certificates.c.course_id)
        .join(learners, learners.c.id == certificates.c.learner_id)
    )


@cache
def certificates_of_learner() -> Select:
    """Select a learner's certificates, newest first."""
    return (
        _certificates()
        .where(certificates.c.learner_id == _LEARNER)
        .order_by(certificates.c.issued_on.desc(), certificates.c.number)
    )


@cache
def certificate() -> Select:
    """Select the certificate of a number."""
    return _certificates().where(certificates.c.number == bindparam("number"))


@cache
def days() -> Select:
    """Select a learner's learning days up to today."""
    return select(learning_days.c.day, learning_days.c.minutes).where(
        learning_days.c.learner_id == _LEARNER, learning_days.c.day <= bindparam("today")
    )


@cache
def karma() -> Select:
    """Select the sum of a learner's karma points up to now."""
    return select(func.coalesce(func.sum(karma_points.c.points), 0)).where(
        karma_points.c.learner_id == _LEARNER,
        karma_points.c.earned_on <= bindparam("now", type_=UtcDateTime()),
    )


@cache
def published_courses() -> Select:
    """Select the ids of ``courses`` that are neither retired nor drafts."""
    published = (Availability.OPEN.value, Availability.MODERATED.value)
    return select(courses.c.id).where(
        courses.c.id.in_(bindparam("courses", expanding=True)),
        courses.c.availability.in_(published),
    )


@cache
def has_courses() -> Select:
    """Select whether there is any course."""
    return select(exists(select(courses.c.id)))


@cache
def course_visibility() -> Select:
    """Select a course's availability and whether the learner's department has access."""
    allowed = exists().where(
        learners.c.id == _LEARNER,
        course_access.c.course_id == courses.c.id,
        course_access.c.department_id == learners.c.department_id,
    )
    return select(courses.c.name, courses.c.availability, allowed.label("allowed")).where(
        courses.c.id == _COURSE
    )


@cache
def enrolment_log() -> Select:
    """Select all enrolments, some at a time, in the order of the primary key."""
    key = (enrolments.c.learner_id, enrolments.c.course_id)
    query = select(*key, enrolments.c.enrolled_on).order_by(*key)
    return query.execution_options(yield_per=_ROWS_AT_A_TIME)


@cache
def administrators() -> Select:
    """Select the names of those who can give access to a course."""
    return (
        select(course_administrators.c.name)
        .where(course_administrators.c.course_id == _COURSE)
        .order_by(course_administrators.c.name)
    )
