"""A Sunbird that answers over HTTP on the loopback, with faults to switch on."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.fakes import openapi
from tests.fakes import sunbird_data as data

_LIST = "/course/v1/user/enrollment/list/{user-id}"


@dataclass(frozen=True)
class Seen:
    """A request that arrived; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Any

    @property
    def inner(self) -> dict[str, Any]:
        """The part of the body that Sunbird calls ``request``."""
        return self.body["request"]


@dataclass(frozen=True)
class Fault:
    """What happens to a request instead of an answer, or to its answer.

    Attributes:
        status: HTTP status of an error of the gateway.
        headers: headers of that error.
        rewrite: changes the bytes of a good answer.
        promised: bytes that the header promises beyond those that come.
        delay: seconds before the answer.
        hangs_up: whether the connection is closed without an answer.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    rewrite: Callable[[bytes], bytes] = bytes
    promised: int = 0
    delay: float = 0.0
    hangs_up: bool = False


def http_error(status: int, **headers: str) -> Fault:
    """Return an error that a gateway answers; ``_`` in a header's name stands for ``-``."""
    return Fault(status, {name.replace("_", "-"): value for name, value in headers.items()})


def slow(seconds: float) -> Fault:
    """Return an answer that comes late."""
    return Fault(delay=seconds)


def replaced(content: Any) -> Fault:
    """Return an answer with other content: bytes, or what JSON makes of it."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Fault(rewrite=lambda _: raw)


TRUNCATED_JSON = Fault(rewrite=lambda body: body[: len(body) // 2])
CUT_CONNECTION = Fault(promised=100)
CLOSED_CONNECTION = Fault(hangs_up=True)


class Refusal(Exception):  # noqa: N818
    """An error that the API itself answers."""

    def __init__(self, status: int, response_code: str, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.response_code = response_code
        self.error = error


def not_found() -> Refusal:
    return Refusal(404, "RESOURCE_NOT_FOUND", "NOT_FOUND")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent about clients that did not wait for a slow answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class FakeSunbird:
    """The server; use it in a ``with`` statement.

    Attributes:
        requests: what has arrived.
    """

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self._faults: list[tuple[str, Fault, int | None]] = []
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeSunbird:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def fail(self, fault: Fault, times: int | None = None, path: str = "") -> None:
        """Switch a fault on.

        Args:
            fault: what goes wrong.
            times: for how many requests, None for all that follow.
            path: for which, a part of the path.
        """
        self._faults.append((path, fault, times))

    def paths(self) -> list[str]:
        """Return the paths of the requests so far, below ``/api``."""
        return [request.path for request in self.requests]

    def last(self, path: str) -> Seen:
        """Return the last request whose path has a part."""
        return next(r for r in reversed(self.requests) if path in r.path)

    def _fault_for(self, path: str) -> Fault | None:
        for place, (part, fault, times) in enumerate(self._faults):
            if part in path and times != 0:
                self._faults[place] = (part, fault, None if times is None else times - 1)
                return fault
        return None

    def _handler(fake: FakeSunbird) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self._serve()

            def do_POST(self) -> None:
                self._serve()

            def log_message(self, *_: object) -> None:
                pass

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                raw = self.rfile.read(length)
                parts = urlsplit(self.path)
                seen = Seen(
                    self.command,
                    parts.path.removeprefix("/api"),
                    parse_qs(parts.query),
                    {name.lower(): value for name, value in self.headers.items()},
                    fake._body(raw, self.headers.get("Content-Type", "")),
                )
                fake.requests.append(seen)
                fault = fake._fault_for(seen.path) or Fault()
                if fault.hangs_up:
                    self.close_connection = True
                    return
                fake._closing.wait(fault.delay)
                if fault.status:
                    self._send(fault.status, fault.headers, b'{"message":"from the gateway"}')
                    return
                status, headers, content = fake._answer_with_headers(seen)
                raw = content if isinstance(content, bytes) else json.dumps(content).encode()
                body = fault.rewrite(raw)
                self.close_connection = bool(fault.promised)
                self._send(status, headers, body, fault.promised)

            def _send(
                self, status: int, headers: Mapping[str, str], body: bytes, promised: int = 0
            ) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json;charset=UTF-8")
                self.send_header("Content-Length", str(len(body) + promised))
                self.send_header("Set-Cookie", "session=of-one-learner; Path=/")
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

        return Handler

    @staticmethod
    def _body(raw: bytes, kind: str) -> Any:
        if kind.startswith("application/x-www-form-urlencoded"):
            return {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        return json.loads(raw) if raw else None

    def _answer_with_headers(self, seen: Seen) -> tuple[int, Mapping[str, str], Any]:
        status, content = self._answer(seen)
        return status, {}, content

    def _answer(self, seen: Seen) -> tuple[int, Any]:
        if seen.headers.get("authorization") != f"Bearer {data.API_KEY}":
            return 401, {"message": "Unauthorized"}
        for method, pattern, route in _ROUTES:
            match = re.fullmatch(pattern, seen.path)
            if match and method == seen.method:
                try:
                    result = route(seen, *map(unquote, match.groups()))
                except Refusal as refusal:
                    return refusal.status, envelope(
                        {}, refusal.response_code, refusal.error, "An explanation."
                    )
                # The registry leaves ``params`` out.
                return 200, envelope(result) | (
                    {"params": None, "ts": "1615529580406"} if "/certreg/" in seen.path else {}
                )
        return 404, {"message": "no Route matched with those values"}


def envelope(
    result: Any, response_code: str = "OK", error: str | None = None, message: str | None = None
) -> dict[str, Any]:
    params = {
        "resmsgid": "5f2c0000-0000-4000-8000-000000000001",
        "msgid": "5f2c0000-0000-4000-8000-000000000002",
        "err": error,
        "status": error or "success",
        "errmsg": message,
    }
    return {
        "id": "api.fake",
        "ver": "v1",
        "ts": "2020-12-03 06:56:38:376+0000",
        "params": params,
        "responseCode": response_code,
        "result": result,
    }


def _known(table: Mapping[str, Any], key: str) -> Any:
    if key not in table:
        raise not_found()
    return table[key]


def _check_token(seen: Seen, learner: str) -> None:
    if seen.headers.get("x-authenticated-user-token") != data.TOKENS.get(learner, ""):
        raise Refusal(401, "CLIENT_ERROR", "UNAUTHORIZED_USER")


def _profile(_: Seen, learner: str) -> dict[str, Any]:
    return {"response": _known(data.PROFILES, learner)}


def _search_users(seen: Seen) -> dict[str, Any]:
    wanted = {
        "rootOrgId": data.ASHA_ORGANISATION,
        "organisations.roles": ["MDO_ADMIN"],
        "status": 1,
    }
    found = [data.ADMINISTRATOR] if seen.inner["filters"] == wanted else []
    return {"response": {"count": len(found), "content": found}}


def _private_enrolments(_: Seen, learner: str) -> dict[str, Any]:
    karma = data.KARMA_TOTALS.get(learner)
    return {
        "courses": data.ENROLMENTS.get(learner, []),
        "external_courses": [],
        "userCourseEnrolmentInfo": {"karmaPoints": karma} if karma is not None else {},
    }


def _public_enrolments(seen: Seen, learner: str) -> dict[str, Any]:
    _check_token(seen, learner)
    return {"courses": [_public(course, learner) for course in data.ENROLMENTS.get(learner, [])]}


def _public(course: dict[str, Any], learner: str) -> dict[str, Any]:
    """Return an enrolment as v1 writes it, around the sample of the OpenAPI file."""
    listing = openapi.operation("course-enrolment", "get", _LIST)
    media = listing["responses"]["200"]["content"]["application/json"]
    item = deepcopy(media["example"]["result"]["courses"][0])
    # YAML 1.1 reads these words and numbers as what they are not.
    item["content"]["trackable"] = {"enabled": "Yes", "autoBatch": "Yes"}
    item["content"]["credentials"] = {"enabled": "Yes"}
    item["content"]["dialcodeRequired"] = "No"
    item["content"]["versionKey"] = str(item["content"]["versionKey"])
    item["content"] |= {"identifier": course["courseId"], "name": course["courseName"]}
    states = course["langContentStatus"].values()
    issued = course["issuedCertificates"]
    keys = ("courseId", "courseName", "contentId", "collectionId", "batchId", "status", "progress")
    return item | {
        **{key: course[key] for key in keys},
        "userId": learner,
        "leafNodesCount": course["leafNodesCount"],
        "completionPercentage": course["completionPercentage"],
        "completedOn": course["completedOn"],
        "contentStatus": {key: value for by_id in states for key, value in by_id.items()},
        "issuedCertificates": [],
        "certificates": [
            {
                "id": certificate["identifier"],
                "name": certificate["name"],
                "token": certificate["token"],
                "lastIssuedOn": certificate["lastIssuedOn"],
                "url": "https://sunbird.invalid/certs/1.pdf",
            }
            for certificate in issued
        ],
    }


def _content_states(seen: Seen) -> dict[str, Any]:
    inner = seen.inner
    _check_token(seen, inner["userId"])
    enrolled = data.ENROLMENTS.get(inner["userId"], [])
    states = {
        key: value
        for course in enrolled
        if course["courseId"] == inner["courseId"]
        for by_id in course["langContentStatus"].values()
        for key, value in by_id.items()
    }
    wanted = [key for key in inner["contentIds"] if key in states]
    return {
        "contentList": [
            {
                "contentId": key,
                "status": states[key],
                "completionPercentage": 100 if states[key] == 2 else 0,
                "score": data.SCORES.get(key, []),
            }
            for key in wanted
        ]
    }


def _search_contents(seen: Seen) -> dict[str, Any]:
    filters = seen.inner["filters"]
    known = data.TREES | data.CONTENTS
    found = [
        {name: value for name, value in known[key].items() if name in seen.inner["fields"]}
        for key in filters["identifier"]
        if key in known and known[key]["status"] in filters["status"]
    ]
    return {"count": len(found), "content": found} if found else {"count": 0}


def _find_certificates(seen: Seen) -> dict[str, Any]:
    number = seen.inner["query"]["match_phrase"]["_id"]
    # A phrase finds more than what is equal.
    found = [entry for key, entry in data.REGISTRY.items() if key.lower() == number.lower()]
    return {"response": {"count": len(found), "content": found}}


_ID = "([^/]+)"
_ROUTES: list[tuple[str, str, Callable[..., dict[str, Any]]]] = [
    ("GET", f"/user/private/v1/read/{_ID}", _profile),
    ("POST", "/private/user/v1/search", _search_users),
    ("POST", f"/course/private/v4/user/enrollment/list/{_ID}", _private_enrolments),
    ("GET", f"/course/v1/user/enrollment/list/{_ID}", _public_enrolments),
    ("POST", "/course/v1/content/state/read", _content_states),
    ("GET", f"/course/v1/hierarchy/{_ID}", lambda _, key: {"content": _known(data.TREES, key)}),
    ("POST", "/composite/v4/search", _search_contents),
    ("GET", f"/accessSettings/read/{_ID}", lambda _, key: _known(data.ACCESS, key)),
    (
        "GET",
        "/admin/assesment/retake/count",
        lambda seen: _known(data.RETAKES, seen.query["assessmentIdentifier"][0]),
    ),
    (
        "GET",
        f"/supportportal/cbplan/v2/admin/user/list/{_ID}",
        lambda _, key: {"count": len(_known(data.PLANS, key)), "content": data.PLANS[key]},
    ),
    (
        "GET",
        f"/user/v1/activity/insights/{_ID}",
        lambda _, key: {"weekly-claps": _known(data.INSIGHTS, key)},
    ),
    ("POST", "/karmapoints/read", lambda _: {"kpList": data.KARMA_CREDITS}),
    ("POST", "/certreg/v1/certs/search", _find_certificates),
    (
        "GET",
        f"/certreg/v2/certs/download/{_ID}",
        lambda _, key: {"printUri": _known(data.DOCUMENTS, key)},
    ),
]
