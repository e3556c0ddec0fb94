"""From Sunbird's answers to Sathi's records; no call is made here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime

from connectors.platform import sunbird_answers as answers
from connectors.platform.records import (
    Certificate,
    Enrolment,
    PlatformDataError,
    ResourceKind,
    Status,
)

_COLLECTION = "application/vnd.ekstep.content-collection"
_ASSESSMENT_CATEGORIES = {"Course Assessment", "Competency Assessment", "Practice Question Set"}
_KINDS = {
    "application/vnd.ekstep.html-archive": ResourceKind.SCORM,
    "application/vnd.sunbird.questionset": ResourceKind.ASSESSMENT,
    "application/pdf": ResourceKind.PDF,
    "video/mp4": ResourceKind.VIDEO,
    "video/webm": ResourceKind.VIDEO,
}

# Title of the module, and the resource.
Leaf = tuple[str, answers.Content]


def percentage(course: answers.EnrolledCourse) -> float:
    """Return completion in percent; the platform leaves it out for what is not begun."""
    if course.completion_percentage is not None:
        return course.completion_percentage
    if course.status is Status.COMPLETED:
        return 100.0
    count = course.leaf_nodes_count
    return min(100.0, 100 * course.progress / count) if count else 0.0


def to_enrolment(course: answers.EnrolledCourse, deadlines: Mapping[str, date]) -> Enrolment:
    """Return an enrolment with the deadline that a plan sets for its course, if one does."""
    return Enrolment(
        course_id=course.course_id,
        course_name=course.course_name or course.content.name,
        status=course.status,
        percentage=percentage(course),
        enrolled_on=course.enrolled_date,
        completed_on=course.completed_on,
        last_active=course.last_content_access_time,
        deadline=deadlines.get(course.course_id),
    )


def last_sign(enrolment: Enrolment) -> datetime:
    """Return when the learner was last seen in the course, as far as that is known."""
    return enrolment.last_active or enrolment.completed_on or enrolment.enrolled_on


def best_states(courses: Iterable[answers.EnrolledCourse]) -> dict[str, Status]:
    """Return the best state of each resource over all enrolments and languages."""
    best: dict[str, Status] = {}
    for course in courses:
        for states in (course.content_status, *course.lang_content_status.values()):
            for resource, state in states.items():
                best[resource] = max(state, best.get(resource, state))
    return best


def leaves_of(tree: answers.ContentTree) -> dict[str, Leaf]:
    """Return the resources below a course with the title of what holds them, in order."""
    leaves: dict[str, Leaf] = {}
    for child in tree.children:
        # The questions of an assessment are no resources of the course.
        if child.mime_type == _COLLECTION or (child.children and not child.mime_type):
            for key, leaf in leaves_of(child).items():
                leaves.setdefault(key, leaf)
        else:
            leaves.setdefault(child.identifier, (tree.name, child))
    return leaves


def version_in_use(course: answers.EnrolledCourse, tree: answers.ContentTree) -> str | None:
    """Return the id of the course in the language the learner takes it in, if another."""
    by_language = course.lang_content_status
    if not by_language:
        return None
    language = max(by_language, key=lambda code: sum(by_language[code].values()))
    version = tree.language_map_v1.get(language)
    return version.id if version and version.id != tree.identifier else None


def resource_kind(resource: answers.Content) -> ResourceKind:
    """Return what a resource is; assessments are told by category or type."""
    if resource.primary_category in _ASSESSMENT_CATEGORIES:
        return ResourceKind.ASSESSMENT
    return _KINDS.get(resource.mime_type, ResourceKind.OTHER)


def to_certificate(
    course: answers.EnrolledCourse, issued: answers.IssuedCertificate, learner_name: str
) -> Certificate:
    """Return a certificate; one without a date is from the day of completion.

    Raises:
        PlatformDataError: it has no id, or neither date.
    """
    issued_on = issued.last_issued_on or course.completed_on
    if not issued.number or issued_on is None:
        raise PlatformDataError("enrolment list: a certificate lacks its id or date")
    return Certificate(
        number=issued.number,
        course_id=course.course_id,
        course_name=course.course_name or course.content.name,
        learner_name=learner_name,
        issued_on=issued_on,
        url=issued.url,
    )


def prescriptions(
    plans: Iterable[answers.Plan],
) -> Iterator[tuple[answers.Plan, answers.PlannedContent, date]]:
    """Yield plan, course and deadline of all courses, the earliest deadline first."""
    dated = [(plan, plan.end_date) for plan in plans if plan.end_date]
    for plan, deadline in sorted(dated, key=lambda pair: pair[1]):
        for content in plan.content_list:
            if content.content_type == "Course":
                yield plan, content, deadline
