"""All routes of the console."""

from __future__ import annotations

from pathlib import Path

from sanic import Blueprint, Sanic

from connectors.analytics.unanswered import keep_encoded
from connectors.console.admin_pages import add_admin_pages
from connectors.console.canned_pages import add_canned_pages
from connectors.console.faq_pages import add_faq_pages
from connectors.console.insight_pages import add_insight_pages
from connectors.console.pages import Pages
from connectors.console.services import ConsoleServices
from connectors.console.session_pages import add_session_pages
from connectors.console.ticket_pages import add_ticket_pages
from knowledge_base.live_faq import LiveFaqWatcher

_STATIC = Path(__file__).parent / "static"


def mount_console(app: Sanic, services: ConsoleServices) -> None:
    """Add the console to an application: its routes, and what it does by itself.

    Live questions are found from now on.
    """
    live = LiveFaqWatcher(services.knowledge_base, services.faq)
    live.refresh()
    app.blueprint(console_routes(services))
    app.add_task(live.run())
    app.add_task(keep_encoded(services.unanswered, services.knowledge_base.encoder))


def console_routes(services: ConsoleServices) -> Blueprint:
    """Return the console's routes, all below ``/console``."""
    pages = Pages(services)
    pages.blueprint.static("/static", str(_STATIC), name="console_static")
    add_session_pages(pages)
    add_ticket_pages(pages)
    add_canned_pages(pages)
    add_faq_pages(pages)
    add_insight_pages(pages)
    add_admin_pages(pages)
    return pages.blueprint
