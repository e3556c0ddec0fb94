"""The learning platform over Sunbird's REST API, on which iGOT Karmayogi runs.

Shapes: the OpenAPI files of Sunbird-Lern/Community (.gitbook/assets) and the API guides of
KB-iGOT/deterministic-chatbot (API_integration). Where neither says how to learn a thing, the
record's default stands; each call says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from connectors.platform import sunbird_answers as answers
from connectors.platform import sunbird_mapping as mapping
from connectors.platform.records import (
    Activity,
    Availability,
    Certificate,
    CourseAccess,
    CourseProgress,
    Enrolment,
    Learner,
    NotKnownError,
    PlanItem,
    PlatformError,
    ResourceKind,
    ResourceState,
    Status,
)
from connectors.platform.sunbird_access import may_see
from connectors.platform.sunbird_api import SunbirdApi
from connectors.platform.sunbird_certificates import fetch_document, find_certificate
from connectors.platform.sunbird_client import SunbirdClient
from connectors.platform.sunbird_fields import INDIA

_logger = logging.getLogger(__name__)
_LIVE = "Live"
Found = TypeVar("Found")
StandIn = TypeVar("StandIn")


class SunbirdPlatform:
    """A ``LearningPlatform`` over the REST API. Safe to share between threads.

    With the API key alone the platform answers about any learner, so that the caller must
    have verified who asks. Where a learner's own token is at hand the public calls are made
    with it, as the OpenAPI files describe, and the platform checks it.

    Args:
        base_url: address of the platform, with or without ``/api``.
        api_key: key of the API gateway.
        timeout_seconds: limit to connect, and between two pieces of an answer.
        retries: attempts after the first.
        sleep: waits a number of seconds between two attempts.
        user_token: returns a learner's access token, None if there is none.

    Raises:
        ValueError: the address is not one of HTTP.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        timeout_seconds: float = 5.0,
        retries: int = 2,
        sleep: Callable[[float], None] = time.sleep,
        user_token: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._client = SunbirdClient(base_url, api_key, timeout_seconds, retries, sleep)
        self._api = SunbirdApi(self._client, user_token)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def learner(self, learner_id: str) -> Learner:
        """Return a profile.

        The documented profile has no languages and no learning target: the record's
        defaults stand.

        Args:
            learner_id: id of the learner.

        Raises:
            NotKnownError: there is no such learner.
        """
        profile = self._api.profile(learner_id)
        details = profile.profile_details
        posts = details.professional_details
        first, last = profile.names
        department = details.employment_details.department_name
        return Learner(
            id=learner_id,
            first_name=first,
            last_name=last,
            department=department or next((p.name for p in posts if p.name), profile.channel),
            designation=next((p.designation for p in posts if p.designation), None),
        )

    def enrolments(self, learner_id: str) -> list[Enrolment]:
        """Return all enrolments in courses, last active first.

        Deadlines come from the learner's plan; without an answer about the plan there are
        none. ``last_active`` is what the platform says, which it leaves out for many. An
        unknown learner has no enrolments. Events and courses of other sites are left out.

        Args:
            learner_id: id of the learner.
        """
        courses = self._api.courses(learner_id)
        deadlines = self._deadlines(learner_id) if courses else {}
        found = [mapping.to_enrolment(course, deadlines) for course in courses]
        return sorted(found, key=mapping.last_sign, reverse=True)

    def progress(self, learner_id: str, course_id: str) -> CourseProgress:
        """Return one course in detail.

        A resource counts with the best state it has in any of the learner's enrolments, since
        a programme does not carry the states of its courses. Scores need a learner's token;
        pass marks are there only where the platform gives them with the resource, attempts
        only for assessments that are still open.

        Args:
            learner_id: id of the learner.
            course_id: id of the course.

        Raises:
            NotKnownError: no enrolment, or the platform no longer has the course.
        """
        courses = self._api.courses(learner_id)
        own = [course for course in courses if course.course_id == course_id]
        if not own:
            raise NotKnownError("the learner is not enrolled in this course")
        # Somebody can be in several batches of a course.
        course = max(own, key=lambda c: (c.status, mapping.percentage(c), c.enrolled_date))
        states = mapping.best_states(courses)
        resources = self._resources(course, states)
        nothing: dict[str, float] = {}
        scores = _supplement(lambda: self._scores(learner_id, course, resources), nothing)
        details = tuple(
            self._resource_state(learner_id, leaf, states, scores) for leaf in resources
        )
        return CourseProgress(mapping.to_enrolment(course, self._deadlines(learner_id)), details)

    def certificates(self, learner_id: str) -> list[Certificate]:
        """Return the learner's certificates for courses, newest first.

        The name is the profile's of today, which a certificate issued earlier may not bear.
        Their language is documented nowhere.

        Args:
            learner_id: id of the learner.
        """
        courses = [
            c for c in self._api.courses(learner_id) if c.issued_certificates or c.certificates
        ]
        if not courses:
            return []
        first, last = self._api.profile(learner_id).names
        name = f"{first} {last}".strip()
        found = {
            issued.number: mapping.to_certificate(course, issued, name)
            for course in courses
            for issued in (*course.certificates, *course.issued_certificates)
        }
        return sorted(found.values(), key=lambda c: c.issued_on, reverse=True)

    def verify(self, number: str) -> Certificate | None:
        """Return the certificate of a number as its registry entry has it, for third parties.

        Args:
            number: id of the certificate; spaces around it do not matter.

        Returns:
            The certificate; None if there is no such certificate or it was revoked.

        Raises:
            PlatformDataError: there is such a document, but no entry that says whose.
        """
        number = number.strip()
        return find_certificate(self._client, number) if number else None

    def certificate_document(self, number: str) -> bytes:
        """Return a certificate as the platform made it.

        Args:
            number: id of the certificate; the caller has verified that it may be handed out.

        Returns:
            An SVG file.

        Raises:
            NotKnownError: there is no such certificate.
        """
        return fetch_document(self._client, number)

    def plan(self, learner_id: str) -> list[PlanItem]:
        """Return what the learner's plans prescribe, by deadline.

        A course of several plans has the earliest deadline, and is for the APAR if one of
        them is. Plans without an end date are left out.

        Args:
            learner_id: id of the learner.
        """
        plans = self._api.plans(learner_id)
        if not plans:
            return []
        completed = {
            c.course_id for c in self._api.courses(learner_id) if c.status is Status.COMPLETED
        }
        prescriptions = list(mapping.prescriptions(plans))
        apar = {course.identifier for plan, course, _ in prescriptions if plan.is_apar}
        items: dict[str, PlanItem] = {}
        for _, course, deadline in prescriptions:
            key = course.identifier
            item = PlanItem(key, course.name, deadline, key in apar, key in completed)
            items.setdefault(key, item)
        return list(items.values())

    def activity(self, learner_id: str, now: datetime) -> Activity:
        """Return learning time and points.

        The platform tells the minutes of four weeks only. The month and the year are the sum
        of those weeks that began in them: **at least** so much, never more. Without the
        total of karma points, the newest 200 credits are summed.

        Args:
            learner_id: id of the learner.
            now: the moment, with time zone.

        Raises:
            ValueError: the moment has no time zone.
        """
        if now.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        today = now.astimezone(INDIA).date()
        claps = self._api.weekly_claps(learner_id)
        monday = claps.start_date or today - timedelta(days=today.weekday())
        weeks = [(monday - timedelta(weeks=i), spent) for i, spent in enumerate(claps.minutes)]
        in_year = [(start, spent) for start, spent in weeks if start.year == today.year]
        return Activity(
            minutes_this_week=claps.minutes[0] if claps.minutes else 0,
            minutes_this_month=sum(spent for day, spent in in_year if day.month == today.month),
            minutes_this_year=sum(spent for _, spent in in_year),
            weekly_minutes=claps.minutes,
            claps=claps.total_claps,
            karma_points=self._karma_points(learner_id),
            longer_are_lower_bounds=True,
        )

    def unavailable(self, course_ids: Sequence[str]) -> set[str]:
        """Return those of some courses that nobody can take.

        Args:
            course_ids: ids of courses, at most 1,000.

        Returns:
            Ids of those that are not live, or not there.
        """
        found = self._api.contents(course_ids)
        live = {identifier for identifier, course in found.items() if course.status == _LIVE}
        return set(course_ids) - live

    def access(self, course_id: str, learner_id: str) -> CourseAccess:
        """Return whether the learner can see a course.

        Args:
            course_id: id of the course.
            learner_id: id of the learner.

        Returns:
            ``OPEN`` for a restricted course too if the learner is among those it is for;
            ``DRAFT`` for all that is neither live nor retired. Administrators are the MDO
            administrators of the learner's organisation, none if they cannot be asked for.

        Raises:
            NotKnownError: there is no such course, or no such learner.
        """
        course = self._api.contents([course_id]).get(course_id)
        if course is None:
            raise NotKnownError("no course has this id")
        if course.status != _LIVE:
            retired = course.status == "Retired"
            return CourseAccess(
                Availability.RETIRED if retired else Availability.DRAFT, course.name
            )
        groups = self._api.user_groups(course_id, learner_id)
        if not groups and course.secure_settings is None:
            return CourseAccess(Availability.OPEN, course.name)
        profile = self._api.profile(learner_id)
        if may_see(profile, course.secure_settings, groups):
            return CourseAccess(Availability.OPEN, course.name)
        people = _supplement(lambda: self._api.administrators(profile.root_org_id), ())
        names = tuple(person.full_name for person in people if person.full_name)
        return CourseAccess(Availability.MODERATED, course.name, names)

    def enrolment_log(self) -> Iterator[tuple[str, str, datetime]]:
        """Yield nothing: Sunbird has no call for the enrolments of all learners.

        Whoever runs Sunbird can export them from its database to a CSV file for
        ``python -m bot.actions.fit_recommender --log FILE.csv``.
        """
        return iter(())

    def _deadlines(self, learner_id: str) -> dict[str, date]:
        """Return the earliest deadline of each course in the learner's plans."""
        plans = _supplement(lambda: self._api.plans(learner_id), ())
        deadlines: dict[str, date] = {}
        for _, course, deadline in mapping.prescriptions(plans):
            deadlines.setdefault(course.identifier, deadline)
        return deadlines

    def _resources(
        self, course: answers.EnrolledCourse, states: Mapping[str, Status]
    ) -> list[mapping.Leaf]:
        """Return module and resource for everything that counts, in course order."""
        tree = self._api.tree(course.course_id)
        leaves = mapping.leaves_of(tree)
        if not states.keys() & leaves.keys():
            # The resources of another language are those of that language's own course.
            version = mapping.version_in_use(course, tree)
            if version:
                tree = self._api.tree(version)
                leaves = mapping.leaves_of(tree)
        wanted = set(tree.leaf_nodes) or leaves.keys()
        missing = [key for key in dict.fromkeys(tree.leaf_nodes) if key not in leaves]
        found = self._api.contents(missing) if missing else {}
        for key in missing:
            leaves[key] = (tree.name, found.get(key, answers.Content(identifier=key)))
        return [leaf for key, leaf in leaves.items() if key in wanted]

    def _scores(
        self, learner_id: str, course: answers.EnrolledCourse, resources: Iterable[mapping.Leaf]
    ) -> dict[str, float]:
        """Return the best score in percent by assessment."""
        wanted = [
            r.identifier
            for _, r in resources
            if mapping.resource_kind(r) is ResourceKind.ASSESSMENT
        ]
        return {
            state.content_id: max(100 * a.total_score / a.total_max_score for a in attempts)
            for state in self._api.content_states(learner_id, course, wanted)
            if (attempts := [a for a in state.score if a.total_max_score > 0])
        }

    def _attempts_left(self, learner_id: str, assessment_id: str) -> int:
        count = self._api.retakes(learner_id, assessment_id)
        return max(0, count.attempts_allowed - count.attempts_made)

    def _resource_state(
        self,
        learner_id: str,
        leaf: mapping.Leaf,
        states: Mapping[str, Status],
        scores: Mapping[str, float],
    ) -> ResourceState:
        module, resource = leaf
        kind = mapping.resource_kind(resource)
        status = states.get(resource.identifier, Status.NOT_STARTED)
        attempts = None
        if kind is ResourceKind.ASSESSMENT and status is not Status.COMPLETED:
            attempts = _supplement(
                lambda: self._attempts_left(learner_id, resource.identifier), None
            )
        return ResourceState(
            id=resource.identifier,
            name=resource.name,
            module=module,
            kind=kind,
            minutes=max(1, round(resource.duration / 60)) if resource.duration > 0 else 0,
            status=status,
            score=scores.get(resource.identifier),
            pass_mark=resource.minimum_pass_percentage,
            attempts_left=attempts,
        )

    def _karma_points(self, learner_id: str) -> int:
        total = self._api.private_enrolments(learner_id).user_course_enrolment_info.karma_points
        if total is not None:
            return total
        return sum(credit.points for credit in self._api.karma_credits(learner_id))


def _supplement(ask: Callable[[], Found], otherwise: StandIn) -> Found | StandIn:
    """Return an answer that only adds to another one, or a stand-in if it fails."""
    try:
        return ask()
    except PlatformError as error:
        _logger.warning("left out: %s", error)
        return otherwise
