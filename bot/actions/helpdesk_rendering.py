"""Layout of the replies about the helpdesk, and of what it writes."""

from __future__ import annotations

from collections.abc import Callable

from bot.actions.learner_rendering import Facts, Message, answer, buttons, words
from bot.actions.translations import message
from bot.actions.views import View
from bot.actions.wording import local_date, local_time

_BACK = ("button_back_to_sathi", "/start_over")
_STATUS = ("button_ticket_status", "/ticket_status")
_PERSON = ("button_human", "/talk_to_human")
_OPINIONS = (
    ("button_rate_good", '/rate_help{"score": 1}'),
    ("button_rate_bad", '/rate_help{"score": 0}'),
)


def _with(*choices: tuple[str, str]) -> Callable[[str, str, Facts], Message]:
    """Return the layout of a text with buttons."""

    def build(response: str, locale: str, facts: Facts) -> Message:
        text = message(response, locale, **words(facts, locale))
        return {"text": text, "buttons": buttons(locale, *choices)}

    return build


def _hours(locale: str, facts: Facts) -> str:
    """Say when people answer; nothing where that is always."""
    if facts.get("opens"):
        date, time = facts["opens"][:10], local_time(facts["opens"], locale)
        return message("helpdesk_opens", locale, date=local_date(date, locale), time=time)
    if facts.get("closes"):
        return message("helpdesk_open_now", locale, time=local_time(facts["closes"], locale))
    return ""


def _handed_over(response: str, locale: str, facts: Facts) -> Message:
    lines = [message(response, locale, ticket=facts["ticket"]), _hours(locale, facts)]
    text = "\n".join(line for line in lines if line)
    return {**answer(text, ticket=facts["ticket"]), "buttons": buttons(locale, _STATUS)}


def _agent(response: str, locale: str, facts: Facts) -> Message:
    """Lay out what an agent writes, or that there is one."""
    name = facts["agent"] or message("label_helpdesk", locale)
    text = message(response, locale, **{**facts, "agent": name})
    custom = {"agent": {"name": name, "text": facts.get("text")}, "ticket": facts["ticket"]}
    return {"text": text, "custom": custom}


def _joined(response: str, locale: str, facts: Facts) -> Message:
    return {**_agent(response, locale, facts), "buttons": buttons(locale, _BACK)}


def _ticket_line(ticket: View, locale: str) -> str:
    subject = message(f"ticket_subject_{ticket['subject']}", locale)
    if ticket["course"]:
        subject += f", {ticket['course']}"
    status = message(f"ticket_status_{ticket['status']}", locale)
    facts = {"ticket": ticket["number"], "subject": subject, "status": status}
    return message("ticket_line", locale, **facts, date=local_date(ticket["date"], locale))


def _tickets(response: str, locale: str, facts: Facts) -> Message:
    lines = [f"• {_ticket_line(ticket, locale)}" for ticket in facts["tickets"]]
    return answer("\n".join([message(response, locale), *lines]))


BUILDERS: dict[str, Callable[[str, str, Facts], Message]] = {
    "utter_handed_over": _handed_over,
    "utter_complaint_taken": _handed_over,
    "utter_agent_joined": _joined,
    "utter_agent_message": _agent,
    "utter_hold_lapsed": _with(_STATUS),
    "utter_agent_left": _with(_STATUS),
    "utter_back_with_sathi": _with(_STATUS),
    "utter_ticket_closed": _with(*_OPINIONS),
    "utter_rated_bad": _with(_PERSON),
    "utter_tickets": _tickets,
    "utter_tickets_none": _with(_PERSON),
}
