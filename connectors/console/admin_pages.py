"""Accounts and the audit log, for admins."""

from __future__ import annotations

import secrets

from sanic.response import HTTPResponse

from connectors.console.accounts import AccountError, Role
from connectors.console.pages import Call, PageError, Pages, not_found

_PASSWORD_BYTES = 12
_ENTRIES = 100
_LONGEST_NUMBER = 12


def add_admin_pages(pages: Pages) -> None:
    """Add the pages."""

    @pages.get("/accounts", Role.ADMIN)
    def accounts(call: Call) -> HTTPResponse:
        return call.render("accounts.html", accounts=call.services.accounts.all(), made=None)

    @pages.post("/accounts", Role.ADMIN)
    def add_account(call: Call) -> HTTPResponse:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        try:
            agent = call.services.accounts.add(
                call.needed("name"),
                call.needed("email"),
                Role.named(call.needed("role")),
                password,
                by=call.agent.id,
            )
        except AccountError as error:
            raise PageError(400, f"No account was made: {error}.") from error
        made = {"agent": agent, "password": password}
        return call.render("accounts.html", accounts=call.services.accounts.all(), made=made)

    @pages.post("/accounts/<account:str>", Role.ADMIN)
    def change_account(call: Call, account: str) -> HTTPResponse:
        number = identifier(account)
        if call.services.accounts.find(number) is None:
            raise not_found()
        try:
            role = Role.named(call.needed("role"))
            active = call.field("active") == "yes"
            call.services.accounts.change(number, role, active, by=call.agent.id)
        except AccountError as error:
            raise PageError(400, f"Nothing was changed: {error}.") from error
        return call.to("/accounts", "saved")

    @pages.get("/audit", Role.ADMIN)
    def audit(call: Call) -> HTTPResponse:
        before = call.argument("before")
        entries = call.services.audit.latest(_ENTRIES, identifier(before) if before else None)
        more = entries[-1][0] if len(entries) == _ENTRIES else None
        return call.render("audit.html", entries=[entry for _, entry in entries], more=more)


def identifier(text: str) -> int:
    """Return the number of an address.

    Raises:
        PageError: it is none.
    """
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER:
        raise not_found()
    return int(text)
