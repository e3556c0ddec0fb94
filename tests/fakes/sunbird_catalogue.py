"""A fake Sunbird with a catalogue of generated courses, their files, and tokens that expire.

Search, content read and hierarchy answer as ``api.content.search``, ``api.content.read`` and
``api.course.hierarchy`` of Knowlg do, with the irregularities that are known of the real one:
bare strings for lists, JSON within strings, numbers as strings, nulls, HTML in texts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.sunbird import FakeSunbird, Refusal, Seen, envelope, not_found

API_KEY = "fake-catalogue-key"
_COLLECTION = "application/vnd.ekstep.content-collection"
LANGUAGES = ["English", "Hindi", "Tamil", "Odia"]
PROVIDERS = ["Sample Institute", "Sample Academy", "Department of Samples"]
THEMES = ["Project Management", "Data Analytics", "Communication", "Star Gazing"]
LEVELS = ["Beginner", "Intermediate", "Advanced", "", "Wizard"]


def course_id(number: int) -> str:
    """Return the id of a generated course."""
    return f"do_{1140000000000000000 + number}"


def made_course(number: int) -> dict[str, Any]:
    """Return a course as the platform has it: the same for the same number."""
    identifier = course_id(number)
    language = LANGUAGES[number % len(LANGUAGES)]
    provider = PROVIDERS[number % len(PROVIDERS)]
    theme = THEMES[number % len(THEMES)]
    tag = {
        "competencyAreaName": "Functional",
        "competencyThemeName": theme,
        "competencyThemeAdditionalProperties": {"displayName": theme, "timeStamp": 1724675757333},
        "competencySubThemeName": f"{theme} in practice",
    }
    is_odd = number % 2 == 1
    course = {
        "identifier": identifier,
        "name": f"Course number {number}",
        "description": f"<p>What course {number} teaches &amp; why.</p>",
        "instructions": "<p>Outcomes</p>",
        "primaryCategory": "Course",
        "courseCategory": "Course",
        "contentType": "Course",
        "objectType": "Content",
        "mimeType": _COLLECTION,
        "status": "Retired" if number % 40 == 7 else "Live",
        "language": language if is_odd else [language],
        "keywords": "files" if is_odd else ["files", "notes"],
        "organisation": provider if is_odd else [provider],
        "source": None,
        "difficultyLevel": LEVELS[number % len(LEVELS)],
        "duration": str(1200 + number) if is_odd else 1200 + number,
        "avgRating": [None, 0, 4.5, "3.5"][number % 4],
        # Several were made in the same second.
        "createdOn": f"2025-{1 + number // 60:02}-01T00:{number // 3 % 60:02}:00.000+0000",
        "lastUpdatedOn": f"2026-01-01T00:00:{number % 60:02}.000+0000",
        "versionKey": str(1700000000000 + number),
        "pkgVersion": 1,
        "competencies_v6": json.dumps([tag]) if is_odd else [tag],
        "competencies_v5": None,
    }
    units = [_unit(identifier, position, number) for position in (1, 2)]
    return course | {"children": units, "leafNodesCount": 4}


def _unit(parent: str, position: int, number: int) -> dict[str, Any]:
    identifier = f"{parent}{position}"
    leaves = [
        {
            "identifier": f"{identifier}{index}",
            "name": f"Resource {index}",
            "mimeType": mime_type,
            "primaryCategory": "Learning Resource",
            "duration": str(300 + number),
            "status": "Live",
            "artifactUrl": None,
        }
        for index, mime_type in enumerate(("text/x-url", "video/mp4"), start=1)
    ]
    return {
        "identifier": identifier,
        "name": f"Unit {position}",
        "mimeType": _COLLECTION,
        "primaryCategory": "Course Unit",
        "duration": None,
        "children": leaves,
    }


class FakeSunbirdCatalogue(FakeSunbird):
    """The server; use it in a ``with`` statement.

    Args:
        courses: number of generated courses.

    Attributes:
        contents: the courses with their resources, by id, in no particular order.
        files: what is stored, by path.
        redirects: where paths send to.
        file_headers: more headers of files, by path.
        access_token: token that calls must have; None for calls without a user.
        refresh_token: what a new token is given for.
        wrong_by: what the total is wrong by.
        cap: most courses of a page, whatever is asked for.
        before_search: called with the number of searches so far before each one.
    """

    def __init__(self, courses: int = 0) -> None:
        super().__init__()
        made = {course_id(number): made_course(number) for number in range(courses)}
        self.contents: dict[str, dict[str, Any]] = dict(reversed(made.items()))
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.file_headers: dict[str, Mapping[str, str]] = {}
        self.access_token: str | None = None
        self.refresh_token = ""
        self.wrong_by = 0
        self.cap = 1000
        self.before_search: Callable[[int], None] = lambda number: None
        self._renewals = 0

    def searches(self) -> list[Seen]:
        """Return the searches so far."""
        return [seen for seen in self.requests if seen.path.endswith("/search")]

    def live(self) -> set[str]:
        """Return the ids of the courses that are live."""
        return {key for key, course in self.contents.items() if course["status"] == "Live"}

    def add_leaf(self, number: int, **fields: Any) -> str:
        """Add a resource to the first unit of a course and return the unit's id."""
        unit = self.contents[course_id(number)]["children"][0]
        leaf = {"identifier": f"{unit['identifier']}{len(unit['children']) + 1}", "duration": ""}
        unit["children"].append(leaf | fields)
        return unit["identifier"]

    def _answer_with_headers(self, seen: Seen) -> tuple[int, Mapping[str, str], Any]:
        if seen.path in self.redirects:
            return 302, {"Location": self.redirects[seen.path]}, b""
        if seen.path in self.files:
            headers = {"Content-Type": "application/octet-stream"}
            return 200, headers | dict(self.file_headers.get(seen.path, {})), self.files[seen.path]
        return super()._answer_with_headers(seen)

    def _answer(self, seen: Seen) -> tuple[int, Any]:
        if seen.headers.get("authorization") != f"Bearer {API_KEY}":
            return 401, {"message": "Unauthorized"}
        try:
            return 200, envelope(self._result(seen))
        except Refusal as refusal:
            return refusal.status, envelope({}, refusal.response_code, refusal.error, "No.")

    def _result(self, seen: Seen) -> dict[str, Any]:
        if seen.path == "/auth/v1/refresh/token":
            return self._renewed(seen)
        token = seen.headers.get("x-authenticated-user-token")
        if self.access_token is not None and token != self.access_token:
            raise Refusal(401, "CLIENT_ERROR", "UNAUTHORIZED_USER")
        if seen.path in ("/composite/v4/search", "/content/v1/search"):
            return self._found(seen.inner)
        match = re.fullmatch("/(content/v1/read|course/v1/hierarchy)/([^/]+)", seen.path)
        if match is None or match[2] not in self.contents:
            raise not_found()
        content = self.contents[match[2]]
        if match[1] == "course/v1/hierarchy":
            return {"content": content}
        fields = {"identifier", *seen.query["fields"][0].split(",")}
        return {"content": {name: content.get(name) for name in fields if name in content}}

    def _renewed(self, seen: Seen) -> dict[str, Any]:
        if not self.refresh_token or seen.body != {"refresh_token": self.refresh_token}:
            raise Refusal(401, "CLIENT_ERROR", "INVALID_REFRESH_TOKEN")
        self._renewals += 1
        self.access_token = f"access-{self._renewals}"
        self.refresh_token = f"refresh-{self._renewals}"
        return {
            "access_token": self.access_token,
            "expires_in": 86400,
            "refresh_expires_in": 604800,
            "refresh_token": self.refresh_token,
            "token_type": "bearer",
        }

    def _found(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.before_search(len(self.searches()))
        found = [
            course
            for course in self.contents.values()
            if all(course.get(name) in values for name, values in asked["filters"].items())
        ]
        for name, direction in reversed(asked["sort_by"].items()):
            found.sort(key=lambda course: course[name], reverse=direction == "desc")
        page = found[asked["offset"] :][: min(asked["limit"], self.cap)]
        result: dict[str, Any] = {"count": len(found) + self.wrong_by}
        if page:
            fields = asked["fields"]
            result["content"] = [{f: c[f] for f in fields if f in c} for c in page]
        if asked.get("facets"):
            result["facets"] = [_facet(name, found) for name in asked["facets"]]
        return result


def _facet(name: str, courses: list[dict[str, Any]]) -> dict[str, Any]:
    field, _, part = name.partition(".")
    counts: Counter[str] = Counter()
    for course in courses:
        value = course.get(field)
        if part:
            tags = json.loads(value) if isinstance(value, str) else value or []
            counts.update(tag[part].lower() for tag in tags)
        else:
            counts.update(v.lower() for v in ([value] if isinstance(value, str) else value or []))
    return {"name": name, "values": [{"name": n, "count": c} for n, c in counts.items()]}
