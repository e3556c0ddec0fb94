"""Logging in and out, and one's own password."""

from __future__ import annotations

import hmac
import secrets

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sanic.response import HTTPResponse, redirect

from connectors.console.accounts import (
    MIN_PASSWORD,
    AccountError,
    LockedOutError,
    Role,
    WrongLoginError,
)
from connectors.console.pages import (
    COOKIE,
    LOGIN,
    PATH,
    Call,
    PageError,
    Pages,
    session_cookies,
)

_FORM_COOKIE = "sathi_console_login"
_FORM_SECONDS = 1800
_SALT = "sathi-console-login"
_TOKEN_BYTES = 16
_LONGEST_PASSWORD = 1024
_LOCKED = "Too many wrong passwords. Wait a quarter of an hour and try again."


def add_session_pages(pages: Pages) -> None:
    """Add the pages."""

    @pages.open("/login", "GET")
    def login(call: Call) -> HTTPResponse:
        if call.session is not None:
            return redirect(f"{PATH}/", status=303)
        return _login_page(call)

    @pages.open("/login", "POST")
    def log_in(call: Call) -> HTTPResponse:
        _check_login_form(call)
        email, password = call.needed("email"), call.needed("password", _LONGEST_PASSWORD)
        try:
            value = call.services.accounts.log_in(email, password, session_cookies(call.request))
        except LockedOutError:
            return _login_page(call, 429, _LOCKED)
        except WrongLoginError:
            return _login_page(call, 401, "E-mail and password do not belong together.")
        response = redirect(f"{PATH}/", status=303)
        _set_cookie(call, response, COOKIE, value)
        response.delete_cookie(_FORM_COOKIE, path=LOGIN)
        return response

    @pages.post("/logout", Role.AGENT)
    def log_out(call: Call) -> HTTPResponse:
        for value in session_cookies(call.request):
            call.services.accounts.log_out(value)
        return _left(call, "logged-out")

    @pages.get("/password", Role.AGENT)
    def password(call: Call) -> HTTPResponse:
        return _password_page(call)

    @pages.post("/password", Role.AGENT)
    def change_password(call: Call) -> HTTPResponse:
        old, new = (call.needed(name, _LONGEST_PASSWORD) for name in ("old", "new"))
        try:
            call.services.accounts.change_password(call.agent, old, new)
        except LockedOutError:
            return _password_page(call, 429, _LOCKED)
        except WrongLoginError:
            return _password_page(call, 400, "The old password is wrong.")
        except AccountError as error:
            return _password_page(call, 400, f"Nothing was changed: {error}.")
        return _left(call, "password")


def _password_page(call: Call, status: int = 200, problem: str = "") -> HTTPResponse:
    return call.render("password.html", status=status, shortest=MIN_PASSWORD, problem=problem)


def _left(call: Call, done: str) -> HTTPResponse:
    response = call.to("/login", done)
    response.delete_cookie(COOKIE, path=PATH)
    return response


def _login_page(call: Call, status: int = 200, problem: str = "") -> HTTPResponse:
    """Show the form; before there is a session, its token is in a signed cookie as well."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    response = call.render("login.html", status=status, problem=problem, token=token)
    _set_cookie(call, response, _FORM_COOKIE, _serializer(call).dumps(token), LOGIN)
    return response


def _check_login_form(call: Call) -> None:
    try:
        signed = call.request.cookies.get(_FORM_COOKIE, "")
        token = _serializer(call).loads(signed, max_age=_FORM_SECONDS)
    except BadSignature:
        token = ""
    if not token or not hmac.compare_digest(token.encode(), call.field("csrf_token").encode()):
        raise PageError(403, "The form is out of date. Load the page anew and log in again.")


def _serializer(call: Call) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(call.services.secret, salt=_SALT)


def _set_cookie(
    call: Call, response: HTTPResponse, name: str, value: str, path: str = PATH
) -> None:
    """Set a cookie that scripts cannot read; only over HTTPS where the browser uses it."""
    secure = call.request.headers.get("x-forwarded-proto", "") == "https"
    response.add_cookie(name, value, path=path, httponly=True, samesite="Lax", secure=secure)
