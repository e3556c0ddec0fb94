"""The editor of canned answers, for leads."""

from __future__ import annotations

from sanic.response import HTTPResponse

from connectors.console.accounts import Role
from connectors.console.admin_pages import identifier
from connectors.console.pages import Call, PageError, Pages, not_found
from knowledge_base.languages import registry

LONGEST_TEXT = 4000


def add_canned_pages(pages: Pages) -> None:
    """Add the pages."""

    @pages.get("/canned", Role.LEAD)
    def canned(call: Call) -> HTTPResponse:
        return call.render("canned.html", answers=call.services.canned.all(), edited=None)

    @pages.get("/canned/<answer:str>", Role.LEAD)
    def edit_canned(call: Call, answer: str) -> HTTPResponse:
        found = call.services.canned.find(identifier(answer))
        if found is None:
            raise not_found()
        return call.render("canned.html", answers=call.services.canned.all(), edited=found)

    @pages.post("/canned", Role.LEAD)
    def add_canned(call: Call) -> HTTPResponse:
        _save(call, None)
        return call.to("/canned", "saved")

    @pages.post("/canned/<answer:str>", Role.LEAD)
    def change_canned(call: Call, answer: str) -> HTTPResponse:
        if not _save(call, identifier(answer)):
            raise not_found()
        return call.to("/canned", "saved")

    @pages.post("/canned/<answer:str>/delete", Role.LEAD)
    def delete_canned(call: Call, answer: str) -> HTTPResponse:
        if not call.services.canned.delete(identifier(answer), call.agent.id):
            raise not_found()
        return call.to("/canned", "deleted")


def _save(call: Call, number: int | None) -> bool:
    locale = registry.known_locale(call.needed("language"))
    if locale is None:
        raise PageError(400, "There is no such language.")
    title, text = call.needed("title"), call.needed("text", LONGEST_TEXT)
    return call.services.canned.save(number, title, locale, text, call.agent.id)
