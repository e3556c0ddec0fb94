"""The calls that take courses over, made as a user where a user's token is given."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from connectors.platform.records import PlatformRefusedError
from connectors.platform.sunbird_client import Request, SunbirdClient
from connectors.platform.sunbird_content_answers import (
    CourseContent,
    CourseContentResult,
    ListingResult,
    TokenResult,
)

_USER_TOKEN_HEADER = "x-authenticated-user-token"  # noqa: S105
_LISTED_FIELDS = ["identifier", "name", "status", "versionKey", "lastUpdatedOn", "createdOn"]
_READ_FIELDS = (
    "name,description,instructions,mimeType,primaryCategory,duration,language,keywords,"
    "organisation,source,creator,difficultyLevel,avgRating,isMandatory,competencies_v6,"
    "competencies_v5,artifactUrl,downloadUrl,transcripts"
)
FACETS = [
    "language",
    "organisation",
    "competencies_v6.competencyAreaName",
    "competencies_v6.competencyThemeName",
]

Answer = TypeVar("Answer", bound=BaseModel)


class UserTokens:
    """A user's access token, renewed with the refresh token. Safe to share between threads.

    The call is that of the platform's app: ``POST /api/auth/v1/refresh/token`` with a form.

    Args:
        access: the access token, empty for calls without a user.
        refresh: the refresh token, empty if there is none.
    """

    def __init__(self, access: str, refresh: str) -> None:
        self._access = access
        self._refresh = refresh
        self._lock = threading.Lock()

    @property
    def access(self) -> str:
        """The access token of the moment."""
        return self._access

    def renew(self, client: SunbirdClient, refused: str) -> bool:
        """Get a new access token in place of one that was refused.

        Args:
            client: where to ask.
            refused: the token that was refused; another thread may have renewed it.

        Returns:
            Whether there is another one now.

        Raises:
            PlatformError: the platform gives none.
        """
        with self._lock:
            if self._access == refused:
                if not self._refresh:
                    return False
                request = Request(
                    "POST", "/auth/v1/refresh/token", form={"refresh_token": self._refresh}
                )
                found = client.fetch(request, TokenResult)
                self._access = found.access_token
                self._refresh = found.refresh_token or self._refresh
            return self._access != refused


class SunbirdContentApi:
    """Make calls and return their results.

    Every method raises what ``SunbirdClient.fetch`` does.

    Args:
        client: where to ask.
        tokens: of the user who asks.
    """

    def __init__(self, client: SunbirdClient, tokens: UserTokens) -> None:
        self._client = client
        self._tokens = tokens

    def search(
        self,
        path: str,
        filters: Mapping[str, Any],
        offset: int,
        limit: int,
        facets: Sequence[str] = (),
    ) -> ListingResult:
        """Return a page of the courses that filters leave, oldest first.

        The day of creation never changes, so that a course keeps its place while it is edited.

        Args:
            path: path of the search below ``/api``.
            filters: values by field.
            offset: courses before the page.
            limit: courses of the page.
            facets: fields whose values are counted.
        """
        asked = {
            "filters": dict(filters),
            "fields": _LISTED_FIELDS,
            "sort_by": {"createdOn": "asc", "identifier": "asc"},
            "offset": offset,
            "limit": limit,
            "facets": list(facets),
            "isSecureSettingsDisabled": True,
        }
        return self._fetch(Request("POST", path, body={"request": asked}), ListingResult)

    def read(self, content_id: str) -> CourseContent:
        """Return what is known of a course."""
        request = Request(
            "GET", "/content/v1/read/{}", (content_id,), params={"fields": _READ_FIELDS}
        )
        return self._fetch(request, CourseContentResult).content

    def hierarchy(self, course_id: str) -> CourseContent:
        """Return a course with its units and resources."""
        request = Request("GET", "/course/v1/hierarchy/{}", (course_id,))
        return self._fetch(request, CourseContentResult).content

    def _fetch(self, request: Request, answer: type[Answer]) -> Answer:
        token = self._tokens.access
        try:
            return self._client.fetch(_as_user(request, token), answer)
        except PlatformRefusedError:
            if not token or not self._tokens.renew(self._client, token):
                raise
        return self._client.fetch(_as_user(request, self._tokens.access), answer)


def _as_user(request: Request, token: str) -> Request:
    if not token:
        return request
    return Request(
        request.method,
        request.path,
        request.ids,
        body=request.body,
        params=request.params,
        headers={_USER_TOKEN_HEADER: token},
    )
