"""Accounts and the audit log, for admins."""

from __future__ import annotations

import secrets

from sanic.response import HTTPResponse

from connectors.console.accounts import PASSWORD_BYTES, AccountError, Agent, Role
from connectors.console.pages import Call, PageError, Pages, not_found

_ENTRIES = 100
_LONGEST_NUMBER = 12


def add_admin_pages(pages: Pages) -> None:
    """Add the pages."""

    @pages.get("/accounts", Role.ADMIN)
    def accounts(call: Call) -> HTTPResponse:
        return _accounts_page(call)

    @pages.post("/accounts", Role.ADMIN)
    def add_account(call: Call) -> HTTPResponse:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
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
        return _accounts_page(call, agent, password)

    @pages.post("/accounts/<account:str>", Role.ADMIN)
    def change_account(call: Call, account: str) -> HTTPResponse:
        agent = _find(call, account)
        try:
            role = Role.named(call.needed("role"))
            active = call.field("active") == "yes"
            call.services.accounts.change(agent.id, role, active, by=call.agent.id)
        except AccountError as error:
            raise PageError(400, f"Nothing was changed: {error}.") from error
        return call.to("/accounts", "saved")

    @pages.post("/accounts/<account:str>/password", Role.ADMIN)
    def renew_password(call: Call, account: str) -> HTTPResponse:
        agent = _find(call, account)
        if agent.id == call.agent.id:
            raise PageError(400, "Change your own password under “Password”.")
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        call.services.accounts.set_password(agent.id, password, by=call.agent.id)
        return _accounts_page(call, agent, password)

    @pages.get("/audit", Role.ADMIN)
    def audit(call: Call) -> HTTPResponse:
        before, who = call.argument("before"), call.argument("who")
        entries = call.services.audit.latest(
            _ENTRIES,
            identifier(before) if before else None,
            identifier(who) if who else None,
        )
        more = entries[-1][0] if len(entries) == _ENTRIES else None
        return call.render(
            "audit.html",
            entries=[entry for _, entry in entries],
            more=more,
            who=who,
            accounts=call.services.accounts.all(),
        )


def _accounts_page(call: Call, agent: Agent | None = None, password: str = "") -> HTTPResponse:
    """Show all accounts, and the password that was just made for one."""
    everybody = call.services.accounts.all()
    return call.render("accounts.html", accounts=everybody, changed=agent, password=password)


def _find(call: Call, account: str) -> Agent:
    found = call.services.accounts.find(identifier(account))
    if found is None:
        raise not_found()
    return found


def identifier(text: str) -> int:
    """Return the number of an address.

    Raises:
        PageError: it is none.
    """
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER:
        raise not_found()
    return int(text)
