"""The calls of Sunbird's API that Sathi makes, one method each, without mapping.

Where a learner's own token is at hand, the public calls of the OpenAPI files of
Sunbird-Lern/Community are made with it; the others take the API key alone
(KB-iGOT/deterministic-chatbot, API_integration).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.platform import sunbird_answers as answers
from connectors.platform.records import NotKnownError
from connectors.platform.sunbird_client import Request, SunbirdClient

_USER_TOKEN_HEADER = "x-authenticated-user-token"  # noqa: S105
_ORGANISATION_HEADER = "x-authenticated-user-orgid"
# Two calls want an organisation, and the platform's own bot sends this for everybody.
_ANY_ORGANISATION = "igot"
_ALL_STATUSES = ["Live", "Review", "Draft", "Retired"]
_CONTENT_FIELDS = [
    "identifier",
    "name",
    "status",
    "mimeType",
    "primaryCategory",
    "duration",
    "minimumPassPercentage",
    "secureSettings",
]
_MAX_CONTENTS = 1000
_MAX_ADMINISTRATORS = 5
_MAX_CREDITS = 200
_END_OF_TIME = 9_999_999_999_999


class SunbirdApi:
    """Make calls and return their results.

    Every method raises what ``SunbirdClient.fetch`` does.

    Args:
        client: where to ask.
        user_token: returns a learner's access token, None if there is none.
    """

    def __init__(self, client: SunbirdClient, user_token: Callable[[str], str | None]) -> None:
        self._client = client
        self._user_token = user_token

    def profile(self, learner_id: str) -> answers.Profile:
        """Return a user's profile."""
        request = Request("GET", "/user/private/v1/read/{}", (learner_id,))
        return self._client.fetch(request, answers.ProfileResult).response

    def courses(self, learner_id: str) -> Sequence[answers.EnrolledCourse]:
        """Return a learner's enrolments in courses."""
        token = self._user_token(learner_id)
        if token is None:
            return self.private_enrolments(learner_id).courses
        path = "/course/v1/user/enrollment/list/{}"
        request = Request("GET", path, (learner_id,), headers={_USER_TOKEN_HEADER: token})
        return self._client.fetch(request, answers.EnrolmentResult).courses

    def private_enrolments(self, learner_id: str) -> answers.EnrolmentResult:
        """Return a learner's enrolments and totals, by the API key alone."""
        request = Request(
            "POST",
            "/course/private/v4/user/enrollment/list/{}",
            (learner_id,),
            # Without a filter by status, those not begun are listed too.
            body={"request": {"retiredCoursesEnabled": True}},
        )
        return self._client.fetch(request, answers.EnrolmentResult)

    def content_states(
        self, learner_id: str, course: answers.EnrolledCourse, content_ids: Sequence[str]
    ) -> Sequence[answers.ContentState]:
        """Return the states of resources; none without the learner's token."""
        token = self._user_token(learner_id)
        if token is None or not content_ids:
            return ()
        body = {
            "request": {
                "userId": learner_id,
                "courseId": course.course_id,
                "batchId": course.batch,
                "contentIds": list(content_ids),
                "fields": ["progress", "score"],
            }
        }
        path = "/course/v1/content/state/read"
        request = Request("POST", path, body=body, headers={_USER_TOKEN_HEADER: token})
        return self._client.fetch(request, answers.ContentStateResult).content_list

    def retakes(self, learner_id: str, assessment_id: str) -> answers.RetakeResult:
        """Return how often a learner took and may take an assessment."""
        request = Request(
            "GET",
            "/admin/assesment/retake/count",
            params={
                "assessmentIdentifier": assessment_id,
                "userId": learner_id,
                "editMode": "false",
            },
        )
        return self._client.fetch(request, answers.RetakeResult)

    def tree(self, course_id: str) -> answers.ContentTree:
        """Return a course with its units and resources."""
        request = Request("GET", "/course/v1/hierarchy/{}", (course_id,))
        return self._client.fetch(request, answers.ContentTreeResult).content

    def contents(self, ids: Sequence[str]) -> dict[str, answers.Content]:
        """Return contents of any status, by id; those that are not there are left out."""
        body = {
            "request": {
                "filters": {"identifier": list(ids), "status": _ALL_STATUSES},
                "isSecureSettingsDisabled": True,
                "fields": _CONTENT_FIELDS,
                "limit": _MAX_CONTENTS,
            }
        }
        request = Request("POST", "/composite/v4/search", body=body)
        found = self._client.fetch(request, answers.ContentSearchResult).content
        return {content.identifier: content for content in found}

    def user_groups(self, course_id: str, learner_id: str) -> Sequence[answers.UserGroup]:
        """Return the groups that may see a course; none if all may."""
        path = "/accessSettings/read/{}"
        request = Request("GET", path, (course_id,), headers={"wid": learner_id})
        try:
            return self._client.fetch(request, answers.AccessResult).access_control.user_groups
        except NotKnownError:
            return ()

    def administrators(self, organisation_id: str) -> Sequence[answers.Administrator]:
        """Return MDO administrators of an organisation."""
        body = {
            "request": {
                "filters": {
                    "rootOrgId": organisation_id,
                    "organisations.roles": ["MDO_ADMIN"],
                    "status": 1,
                },
                "limit": _MAX_ADMINISTRATORS,
            }
        }
        request = Request("POST", "/private/user/v1/search", body=body)
        return self._client.fetch(request, answers.UserSearchResult).response.content

    def plans(self, learner_id: str) -> Sequence[answers.Plan]:
        """Return a learner's capacity building plans."""
        request = Request(
            "GET",
            "/supportportal/cbplan/v2/admin/user/list/{}",
            (learner_id,),
            headers={_ORGANISATION_HEADER: _ANY_ORGANISATION},
        )
        try:
            return self._client.fetch(request, answers.PlanResult).content
        except NotKnownError:
            return ()

    def weekly_claps(self, learner_id: str) -> answers.WeeklyClaps:
        """Return a learner's last weeks; empty for who has not learned yet."""
        request = Request("GET", "/user/v1/activity/insights/{}", (learner_id,))
        try:
            return self._client.fetch(request, answers.InsightsResult).weekly_claps
        except NotKnownError:
            return answers.WeeklyClaps()

    def karma_credits(self, learner_id: str) -> Sequence[answers.KarmaCredit]:
        """Return the newest credits of karma points."""
        request = Request(
            "POST",
            "/karmapoints/read",
            body={"limit": _MAX_CREDITS, "offset": _END_OF_TIME},
            headers={"x-authenticated-userid": learner_id, _ORGANISATION_HEADER: _ANY_ORGANISATION},
        )
        return self._client.fetch(request, answers.KarmaResult).kp_list
