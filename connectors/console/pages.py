"""The frame of every page: who asks, may they, does the form come from them, what is shown."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, html, redirect

from connectors.console import wording
from connectors.console.accounts import Agent, Role, Session
from connectors.console.services import ConsoleServices
from connectors.platform.records import PlatformError
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
COOKIE = "sathi_console"
PATH = "/console"
LOGIN = f"{PATH}/login"
MAX_BODY = 1024**2
# Parameter of requests that a page makes by itself, see static/console.js.
UNTOUCHED = "untouched"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
        "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Few, so that hashing passwords and clustering leave the cores to conversations.
_THREADS = 2
_MESSAGES = {
    "taken": "You hold this conversation now.",
    "replied": "The reply is on its way to the learner.",
    "not-sent": "The reply is kept, but the chat now belongs to nobody or somebody else: it was "
    "not sent.",
    "noted": "The note is kept.",
    "closed": "The ticket is closed; Sathi answers again.",
    "handed": "The ticket was handed over.",
    "returned": "Sathi answers in the chat again; the ticket stays open.",
    "saved": "Saved.",
    "deleted": "Deleted.",
    "proposed": "The entry waits for review by somebody else.",
    "approved": "The entry is live: Sathi finds it within five seconds.",
    "rejected": "The entry was rejected.",
    "retired": "The entry is no longer found.",
    "password": "The password was changed. Log in with the new one.",
    "logged-out": "You are logged out.",
}


class PageError(Exception):
    """A page that cannot be shown, or a form that cannot be taken.

    Args:
        status: HTTP status.
        message: what is shown.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def not_found() -> PageError:
    """Return the answer for what is not there and for what is not theirs, which look alike."""
    return PageError(404, "There is no such page.")


def session_cookies(request: Request) -> list[str]:
    """Return the values of the session cookies; browsers may send several of one name."""
    return request.cookies.getlist(COOKIE) or []


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        request: as Sanic has it.
        services: what pages work with.
        session: the log-in; pages without one are made by ``Pages.open``.
        render: makes a page of a template and its facts.
    """

    request: Request
    services: ConsoleServices
    session: Session | None
    render: Callable[..., HTTPResponse]

    @property
    def agent(self) -> Agent:
        """Who asks."""
        if self.session is None:
            raise PageError(403, "Log in first.")
        return self.session.agent

    def field(self, name: str, longest: int = 200) -> str:
        """Return a field of the form, without blanks around it, empty if it is missing.

        Raises:
            PageError: it is longer than ``longest`` characters.
        """
        value = (self._form().get(name) or "").replace("\r\n", "\n").strip()
        if len(value) > longest:
            raise PageError(400, f"At most {longest:,} characters fit into “{name}”.")
        if "\x00" in value:
            raise PageError(400, "The form holds characters that cannot be kept.")
        return value

    def needed(self, name: str, longest: int = 200) -> str:
        """Return a field of the form that must be filled in.

        Raises:
            PageError: it is empty or too long.
        """
        value = self.field(name, longest)
        if not value:
            raise PageError(400, f"Fill in “{name.replace('_', ' ')}”.")
        return value

    def _form(self) -> Mapping[str, Any]:
        try:
            return self.request.form or {}
        except Exception as error:
            # Sanic's parsers raise what the malformed body makes them raise.
            raise PageError(400, "The form cannot be read.") from error

    def argument(self, name: str) -> str:
        """Return a parameter of the address, empty if it is missing."""
        return (self.request.args.get(name) or "").strip()[:200]

    def to(self, path: str, done: str = "") -> HTTPResponse:
        """Send the browser to another page of the console, with a message of ``_MESSAGES``."""
        address = f"{PATH}{path}"
        if done:
            address += f"{'&' if '?' in path else '?'}done={done}"
        return redirect(address, status=303)


Page = Callable[..., HTTPResponse]


class Pages:
    """The console's routes.

    Args:
        services: what pages work with.
    """

    def __init__(self, services: ConsoleServices) -> None:
        self.blueprint = Blueprint("console", url_prefix=PATH)
        self._services = services
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="console")
        self._templates = _environment()
        self.blueprint.listener("after_server_stop")(self._stop)

    async def _stop(self, *_: Any) -> None:
        self._threads.shutdown(wait=False)

    def get(self, path: str, role: Role) -> Callable[[Page], Page]:
        """Return a decorator for a page that agents of a role and above may see."""
        return self._route(path, "GET", role)

    def post(self, path: str, role: Role) -> Callable[[Page], Page]:
        """Return a decorator for a form that agents of a role and above may send."""
        return self._route(path, "POST", role)

    def open(self, path: str, method: str) -> Callable[[Page], Page]:
        """Return a decorator for what is there without a log-in; it checks its own forms."""
        return self._route(path, method, None)

    def _route(self, path: str, method: str, role: Role | None) -> Callable[[Page], Page]:
        def register(page: Page) -> Page:
            async def handle(request: Request, **arguments: str) -> HTTPResponse:
                # The log's lines of the page have the id of the request.
                context = contextvars.copy_context()
                work = functools.partial(context.run, self._answer, page, role, request, arguments)
                loop = asyncio.get_running_loop()
                response = await loop.run_in_executor(self._threads, work)
                response.headers.update(HEADERS)
                return response

            name = f"{method.lower()}_{page.__name__}"
            self.blueprint.add_route(handle, path, methods=[method], name=name)
            return page

        return register

    def _answer(
        self, page: Page, role: Role | None, request: Request, arguments: Mapping[str, str]
    ) -> HTTPResponse:
        session = None
        try:
            _check_size(request)
            session = self._session(request)
            call = Call(
                request, self._services, session, functools.partial(self._render, request, session)
            )
            if role is not None:
                refused = _refuse(call, role)
                if refused is not None:
                    return refused
            return page(call, **arguments)
        except PageError as error:
            status, message = error.status, error.message
        except PlatformError as error:
            logger.warning("console: %s", type(error).__name__)
            status, message = 503, "The database does not answer now. Try again in a moment."
        except Exception:
            logger.exception("console: %s failed", page.__name__)
            status, message = 500, "That did not work. The fault is noted in the log."
        return self._render(request, session, "error.html", status=status, message=message)

    def _session(self, request: Request) -> Session | None:
        """Return the log-in; of several cookies of the name, planted ones have none."""
        # A page that renews itself while nobody touches it must not keep its session alive.
        keep = request.args.get(UNTOUCHED) is None
        accounts = self._services.accounts
        found = (accounts.session(value, keep) for value in session_cookies(request))
        return next((session for session in found if session is not None), None)

    def _render(
        self,
        request: Request,
        session: Session | None,
        template: str,
        status: int = 200,
        **facts: Any,
    ) -> HTTPResponse:
        done = (request.args.get("done") or "") if request.method == "GET" else ""
        page = self._templates.get_template(template).render(
            agent=session.agent if session else None,
            csrf_token=session.csrf_token if session else "",
            notice=_MESSAGES.get(done, ""),
            status=status,
            now=self._services.clock(),
            here=request.path,
            **facts,
        )
        return html(page, status=status)


def _check_size(request: Request) -> None:
    if len(request.body) > MAX_BODY:
        raise PageError(413, "The form is larger than 1 MB.")


def _refuse(call: Call, role: Role) -> HTTPResponse | None:
    if call.session is None:
        return redirect(LOGIN, status=303)
    if call.request.method == "POST" and not call.session.allows(call.field("csrf_token")):
        raise PageError(403, "The form is out of date. Go back, load the page anew and send again.")
    if call.agent.role < role:
        raise PageError(403, f"This page is for {role.label}s.")
    return None


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("connectors.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for filter_ in (
        wording.moment,
        wording.day,
        wording.age,
        wording.number,
        wording.share,
        wording.language,
        wording.tag,
        wording.words,
        wording.confidence_step,
    ):
        environment.filters[filter_.__name__] = filter_
    environment.globals["Role"] = Role
    environment.globals["languages"] = registry.languages
    environment.globals["locales"] = registry.locales
    return environment
