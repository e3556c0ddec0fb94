"""Words and layout of the replies: facts and a message key in, a Rasa message out.

A message has a plain ``text`` that is complete by itself, for every channel, and
``custom`` with the same facts for channels that can draw cards.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.actions import (
    answer_rendering,
    competency_rendering,
    course_rendering,
    helpdesk_rendering,
    learner_rendering,
    reminder_rendering,
)
from bot.actions.layout import Facts, Message, button, scalars
from bot.actions.translations import message
from knowledge_base.languages import registry


def render(response: str, locale: str, facts: Facts) -> Message:
    """Word a reply.

    Args:
        response: name of the response, which is also its message key.
        locale: locale to reply in.
        facts: what the action found, see ``bot.actions.views``.

    Returns:
        A message as Rasa's NLG endpoint returns it.

    Raises:
        MessageMissingError: there is no such response.
    """
    builder = _BUILDERS.get(response, _plain)
    reply = builder(response, locale, facts)
    direction = registry.direction_of(locale)
    reply["custom"] = {"locale": locale, "direction": direction, **reply.get("custom", {})}
    if "confidence" in facts:
        # Channels do not show it; analytics count it.
        reply["custom"]["confidence"] = round(facts["confidence"], 3)
    reply.setdefault("buttons", [])
    return reply


def _plain(response: str, locale: str, facts: Facts) -> Message:
    return {"text": message(response, locale, **scalars(facts))}


def _forgotten(response: str, locale: str, facts: Facts) -> Message:
    text = message(response, locale)
    if facts["copies"]:
        copies = ", ".join(facts["copies"])
        text += "\n\n" + message(
            "forgotten_copies", locale, tickets=copies, contact=facts["contact"]
        )
    # The page keeps what was said in the browser, and drops it at this word.
    return {"text": text, "custom": {"forgotten": True}}


def _question(entity: str, intent: str, skip: bool) -> Callable[[str, str, Facts], Message]:
    """Return the layout of a question with entries of the competency model to choose from."""

    def build(response: str, locale: str, facts: Facts) -> Message:
        buttons = [
            {"title": choice["name"], "payload": f'/{intent}{{"{entity}": "{choice["id"]}"}}'}
            for choice in facts["choices"]
        ]
        lines = [message(response, locale), *(f"• {button['title']}" for button in buttons)]
        if skip:
            buttons.append(button("button_skip", f"/{intent}", locale))
        custom = {"heading": lines[0]}
        return {"text": "\n".join(lines), "buttons": buttons, "custom": custom}

    return build


def _items(response: str, locale: str, facts: Facts) -> Message:
    heading = message(response, locale)
    numbered = list(enumerate(facts["items"], start=facts["start"] + 1))
    lines = "\n".join(f"{number}. {item['title']}" for number, item in numbered)
    buttons = [
        {"title": item["title"], "payload": f'/choose_item{{"item_number": {number}}}'}
        for number, item in numbered
    ]
    if facts.get("more"):
        buttons.append(button("button_more", "/show_more", locale))
    return {"text": f"{heading}\n{lines}", "buttons": buttons, "custom": {"heading": heading}}


def _with_choices(*choices: tuple[str, str]) -> Callable[[str, str, Facts], Message]:
    def build(response: str, locale: str, facts: Facts) -> Message:
        buttons = [button(key, payload, locale) for key, payload in choices]
        return {**_plain(response, locale, facts), "buttons": buttons}

    return build


def _language_changed(response: str, locale: str, facts: Facts) -> Message:
    language = registry.languages()[registry.language_of(locale)]
    reply: Message = {"text": message(response, locale, language=language.endonym)}
    if facts.get("has_courses"):
        # "In Hindi" may mean the courses of the shown list.
        title = message("button_courses_in_language", locale, language=language.endonym)
        payload = f'/courses_in_language{{"language_name": "{language.code}"}}'
        reply["buttons"] = [{"title": title, "payload": payload}]
    return reply


def _choose_language(response: str, locale: str, facts: Facts) -> Message:
    languages = registry.languages().values()
    buttons = [
        {"title": lang.endonym, "payload": f'/choose_language{{"language_name": "{lang.code}"}}'}
        for lang in languages
    ]
    names = ", ".join(language.endonym for language in languages)
    return {"text": message(response, locale, languages=names), "buttons": buttons}


_TOPICS = _with_choices(
    ("button_find_course", "/find_course"),
    ("button_platform_help", "/help"),
    ("button_human", "/talk_to_human"),
)
_YES_NO = _with_choices(("button_yes", "/affirm"), ("button_no", "/deny"))

_BUILDERS: dict[str, Callable[[str, str, Facts], Message]] = {
    "utter_forgotten": _forgotten,
    "utter_not_sure": _items,
    "utter_not_in_courses": _items,
    "utter_related_answers": _items,
    "utter_greet": _TOPICS,
    "utter_not_found": _TOPICS,
    "utter_out_of_scope": _TOPICS,
    "utter_offer_human": _YES_NO,
    "utter_feedback": _YES_NO,
    "utter_small_talk": _with_choices(
        ("button_find_course", "/find_course"), ("button_recommend", "/recommend")
    ),
    "utter_abuse": _with_choices(
        ("button_platform_help", "/help"), ("button_human", "/talk_to_human")
    ),
    "utter_language_changed": _language_changed,
    "utter_choose_language": _choose_language,
    "utter_link_confirm": _YES_NO,
    "utter_forget_confirm": _YES_NO,
    "utter_ask_role": _question("role", "recommend", skip=True),
    "utter_ask_interest": _question("competency", "recommend", skip=True),
    "utter_learning_plan_which": _question("competency", "learning_plan", skip=False),
    **course_rendering.BUILDERS,
    **answer_rendering.BUILDERS,
    **competency_rendering.BUILDERS,
    **learner_rendering.BUILDERS,
    **reminder_rendering.BUILDERS,
    **helpdesk_rendering.BUILDERS,
}
