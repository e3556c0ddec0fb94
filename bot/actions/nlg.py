"""Rasa's NLG endpoint: words each response in the conversation's language.

Request and answer follow Rasa's documented format
(https://legacy-docs-oss.rasa.com/docs/rasa/nlg).
"""

from __future__ import annotations

import logging

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.actions.conversation import reply_locale
from bot.actions.rendering import render
from bot.actions.services import get_services
from bot.actions.translations import MessageMissingError
from connectors.observability.metrics import count_error, timed
from knowledge_base.languages.registry import known_locale

logger = logging.getLogger(__name__)
nlg = Blueprint("nlg")


@nlg.post("/nlg")
async def generate(request: Request) -> HTTPResponse:
    """Word one response."""
    call = request.json or {}
    response = call.get("response", "")
    facts = {"contact": get_services().settings.helpdesk_contact, **(call.get("arguments") or {})}
    slots = (call.get("tracker") or {}).get("slots") or {}
    locale = known_locale(facts.get("chosen_locale")) or reply_locale(slots)
    try:
        with timed("nlg"):
            return json(render(response, locale, facts))
    except MessageMissingError:
        logger.exception("no message for the response %r", response)
        count_error("nlg")
        return json(render("utter_technical_problem", locale, facts))
