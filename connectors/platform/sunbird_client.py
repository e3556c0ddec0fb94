"""HTTP to Sunbird: credentials, connection pool, retries, and the envelope of every answer.

An answer is ``{id, ver, ts, params, responseCode, result}``. Services differ in
``params.status`` and some leave ``params`` out, so that only the HTTP status and
``responseCode`` decide (Sunbird-Lern/Community, .gitbook/assets).
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError
from tenacity import Retrying

from connectors.platform.records import (
    NotKnownError,
    PlatformDataError,
    PlatformRefusedError,
    PlatformUnavailableError,
)
from connectors.platform.sunbird_answers import Envelope
from connectors.retrying import (
    TRANSIENT_FAULTS,
    TransientError,
    is_transient,
    retry_after_seconds,
    retry_options,
)

_logger = logging.getLogger(__name__)
# A conversation bears no longer wait.
_LONGEST_WAIT_SECONDS = 10.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ERROR_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,60}")

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class Request:
    """One call of the API.

    Attributes:
        method: HTTP method.
        path: path below ``/api``, with ``{}`` for each of the ids; the only part of an
            address that is ever logged.
        ids: ids of learners, courses or certificates, as they are.
        body: JSON to send.
        form: fields of a form to send instead.
        params: query parameters.
        headers: headers besides the API key.
    """

    method: str
    path: str
    ids: tuple[str, ...] = ()
    body: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Method and path without ids, for log lines and errors."""
        return f"{self.method} {self.path}"

    def address(self) -> str:
        """Return the path with its ids, escaped.

        Raises:
            NotKnownError: an id would change the path instead of being a part of it.
        """
        if any(part in {"", ".", ".."} for part in self.ids):
            raise NotKnownError(f"{self.name}: no such id")
        return self.path.format(*(quote(part, safe="") for part in self.ids))


class _TransientError(TransientError, PlatformUnavailableError):
    """A failure of the platform that may be gone at the next attempt."""


class _WithoutAddresses(logging.Filter):
    """Drop httpx's line about each request to a host: its address holds a learner's id."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record may be logged."""
        values = record.args if isinstance(record.args, tuple) else ()
        return not any(isinstance(v, httpx.URL) and v.host == self._host for v in values)


class SunbirdClient:
    """Call Sunbird's API. Safe to share between threads.

    Failures that may pass (429, 5xx, time-outs, broken connections) are tried again as
    ``connectors.retrying`` does. All calls that Sathi makes only
    read, a POST too, so that repeating them is safe.

    Args:
        base_url: address of the platform, with or without ``/api``.
        api_key: key for ``Authorization: Bearer``, empty for public calls.
        timeout_seconds: limit to connect, and between two pieces of an answer.
        retries: attempts after the first.
        sleep: waits a number of seconds.
        longest_wait_seconds: a platform that asks for a longer wait is not asked again.

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
        longest_wait_seconds: float = _LONGEST_WAIT_SECONDS,
    ) -> None:
        root = base_url.rstrip("/").removesuffix("/api")
        if not re.match(r"https?://[^/]", root):
            raise ValueError("the address of the platform must start with https:// or http://")
        self._http = httpx.Client(
            base_url=f"{root}/api",
            timeout=timeout_seconds,
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=10),
            headers={
                **({"Authorization": f"Bearer {api_key}"} if api_key else {}),
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
            # A session that the gateway opens for one learner must not serve another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )
        self._log_filter = _WithoutAddresses(self._http.base_url.host)
        logging.getLogger("httpx").addFilter(self._log_filter)
        self._retrying = Retrying(
            sleep=sleep, **retry_options(retries, longest_wait_seconds, _logger)
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
        logging.getLogger("httpx").removeFilter(self._log_filter)

    def fetch(self, request: Request, answer: type[Answer]) -> Answer:
        """Make a call.

        Args:
            request: the call.
            answer: model of ``result``.

        Returns:
            The result, checked.

        Raises:
            PlatformUnavailableError: it still failed at the last attempt, or the platform
                asks for too long a wait.
            PlatformRefusedError: 401 or 403.
            NotKnownError: 404 or ``RESOURCE_NOT_FOUND``.
            PlatformDataError: any other answer, or one that is not of the documented shape.
        """
        return self._retrying(self._fetch_once, request, answer)

    def _fetch_once(self, request: Request, answer: type[Answer]) -> Answer:
        try:
            response = self._http.request(
                request.method,
                request.address(),
                json=request.body,
                data=request.form,
                params=request.params,
                headers=(_FORM if request.form else {}) | dict(request.headers),
            )
        except TRANSIENT_FAULTS as error:
            raise _TransientError(f"{request.name}: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise PlatformDataError(f"{request.name}: {type(error).__name__}") from None
        _check_status(request, response)
        envelope = _parse(request, Envelope, response)
        _check_envelope(request, response, envelope)
        return _parse(request, answer, envelope.result)


def _check_status(request: Request, response: httpx.Response) -> None:
    """Raise what the HTTP status alone means; gateways answer without an envelope."""
    status = response.status_code
    message = f"{request.name}: HTTP {status}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise PlatformRefusedError(message)
    if status == HTTPStatus.NOT_FOUND:
        if b'"responseCode"' not in response.content:
            _logger.warning("%s, not from the API; is the address right?", message)
        raise NotKnownError(message)
    if is_transient(response):
        raise _TransientError(message, retry_after_seconds(response.headers))
    if response.is_redirect:
        raise PlatformDataError(message)


def _check_envelope(request: Request, response: httpx.Response, envelope: Envelope) -> None:
    """Raise what ``responseCode`` means unless it is ``OK``."""
    code = envelope.params.err
    # A message of the platform may name a learner; a code cannot.
    reason = f", {code}" if _ERROR_CODE.fullmatch(code) else ""
    known = envelope.response_code if _ERROR_CODE.fullmatch(envelope.response_code) else "?"
    message = f"{request.name}: HTTP {response.status_code}, {known}{reason}"
    if envelope.response_code == "RESOURCE_NOT_FOUND":
        raise NotKnownError(message)
    if envelope.response_code == "SERVER_ERROR":
        raise _TransientError(message)
    if code == "UNAUTHORIZED_USER":
        raise PlatformRefusedError(message)
    if envelope.response_code != "OK" or not response.is_success:
        raise PlatformDataError(message)


def _parse(request: Request, model: type[Answer], source: Any) -> Answer:
    try:
        if isinstance(source, httpx.Response):
            return model.model_validate_json(source.content)
        return model.model_validate(source)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "answer"
        message = f"{request.name}: {where}: {first['type']}"
    # Outside the handler: the validation error holds the answer, so it is not chained.
    raise PlatformDataError(message)
