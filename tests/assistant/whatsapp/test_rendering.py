from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from connectors.channels.whatsapp.client import GraphClient
from connectors.channels.whatsapp.rendering import Part, bold, render, template
from tests.fakes import whatsapp as fake

TITLE = "Code of Conduct for Government Employees"
HINDI = "सरकारी कर्मचारियों के लिए आचार संहिता और सेवा नियम"


def course(number: int | None, title: str = TITLE, **more: Any) -> dict:
    facts = {
        "number": number,
        "title": title,
        "provider": "ISTM",
        "duration": "2 h",
        "level": "Beginner",
        "languages": "English, हिन्दी",
        "link": "https://portal.example/toc/do_1",
        "link_label": "Open the course",
        "reason": "",
        "payload": f'/choose_item{{"item_number": {number}}}' if number else None,
    }
    return {**facts, **more}


def parts(
    text: str = "", buttons: list[tuple[str, str]] | None = None, **custom: Any
) -> list[Part]:
    message = {
        "text": text,
        "buttons": [{"title": title, "payload": payload} for title, payload in buttons or []],
        "custom": custom,
    }
    return render(message, "Choose", lambda payloads: [f"id{payload}" for payload in payloads])


def accepted(found: list[Part]) -> None:
    """Let the fake Cloud API check the limits of what was rendered."""

    async def send() -> None:
        async with fake.FakeGraph() as graph:
            client = GraphClient(graph.address, fake.PHONE_NUMBER_ID, fake.ACCESS)
            for part in found:
                content = part.content
                if part.document:
                    kind = content["type"]
                    identifier = await client.upload("a", part.document["mime"], b"x")
                    content = {**content, kind: {**content[kind], "id": identifier}}
                for sent in (content, *part.plain):
                    await client.send("919810218674", sent, "tag")
            await client.close()

    asyncio.run(send())


def interactive(part: Part) -> dict:
    return part.content["interactive"]


def rows(part: Part) -> list[dict]:
    (section,) = interactive(part)["action"]["sections"]
    return section["rows"]


def test_a_text_is_sent_as_it_is_without_a_preview() -> None:
    (part,) = parts("Namaste *you*\nhttps://example.org")
    body = {"body": "Namaste *you*\nhttps://example.org", "preview_url": False}
    assert part.content == {"type": "text", "text": body}


def test_a_long_text_becomes_several() -> None:
    sentence = "यह एक वाक्य है। "
    found = parts(sentence * 600)
    assert len(found) == 3
    assert all(part.content["text"]["body"].endswith("।") for part in found)
    accepted(found)


def test_up_to_three_short_buttons_are_buttons() -> None:
    (part,) = parts("Shall I?", [("Yes", "/affirm"), ("No", "/deny")])
    assert interactive(part)["type"] == "button"
    assert interactive(part)["body"] == {"text": "Shall I?"}
    assert interactive(part)["action"]["buttons"] == [
        {"type": "reply", "reply": {"id": "id/affirm", "title": "Yes"}},
        {"type": "reply", "reply": {"id": "id/deny", "title": "No"}},
    ]
    accepted([part])


@pytest.mark.parametrize(
    "buttons",
    [
        [(f"Button {n}", f"/b{n}") for n in range(4)],
        [("A title of 21 letters", "/a")],
        [("Same", "/a"), ("Same", "/b")],
    ],
)
def test_other_choices_become_a_list(buttons: list[tuple[str, str]]) -> None:
    (part,) = parts("Which?", buttons)
    assert interactive(part)["type"] == "list"
    assert [row["id"] for row in rows(part)] == [f"id{payload}" for _, payload in buttons]
    accepted([part])


def test_buttons_under_a_long_text_become_a_list_because_lists_allow_longer_ones() -> None:
    (part,) = parts("a " * 600, [("Yes", "/affirm")])
    assert interactive(part)["type"] == "list"
    accepted([part])


def test_the_list_comes_after_the_parts_of_a_text_that_is_too_long_for_one() -> None:
    found = parts("A sentence. " * 500, [("Yes", "/affirm"), ("No", "/deny")])
    assert [part.content["type"] for part in found] == ["text", "interactive"]
    accepted(found)


def test_more_than_ten_choices_become_several_lists() -> None:
    found = parts("Which language?", [(f"भाषा {n}", f"/l{n}") for n in range(1, 18)])
    assert [len(rows(part)) for part in found] == [10, 7]
    assert [interactive(part)["body"]["text"] for part in found] == ["Which language?", "11–17"]
    accepted(found)


def test_a_long_title_is_cut_between_letters_and_stands_in_full_in_the_body() -> None:
    (part,) = parts("Which?", [(HINDI, '/choose_item{"item_number": 1}'), ("RTI", "/x")])
    first, second = rows(part)
    assert first["title"] == "1. सरकारी कर्मचारियों…"
    assert first["description"] == HINDI
    assert second == {"id": "id/x", "title": "RTI"}
    assert interactive(part)["body"]["text"] == f"Which?\n• 1. {HINDI}"
    accepted([part])


def test_a_title_that_the_text_has_is_not_repeated() -> None:
    (part,) = parts(f"Which?\n1. {HINDI}", [(HINDI, '/choose_item{"item_number": 1}')])
    assert interactive(part)["body"]["text"] == f"Which?\n1. {HINDI}"


def test_equal_choices_are_offered_once() -> None:
    (part,) = parts("Which?", [("RTI", "/x"), ("RTI again", "/x")])
    (button,) = interactive(part)["action"]["buttons"]
    assert button["reply"] == {"id": "id/x", "title": "RTI"}


def test_courses_are_cards_in_bold_with_a_list_to_choose_from() -> None:
    (part,) = parts(
        "plain",
        [("More", "/show_more")],
        heading="Two courses:",
        courses=[course(1), course(2, HINDI, reason="For your role")],
        hint="Say a number.",
    )
    assert interactive(part)["body"]["text"] == (
        "Two courses:\n\n"
        f"*1. {TITLE}*\nISTM · 2 h · Beginner · English, हिन्दी\n\n"
        f"*2. {HINDI}*\nISTM · 2 h · Beginner · English, हिन्दी\nFor your role\n\n"
        "Say a number."
    )
    assert [row["title"] for row in rows(part)] == [
        "1. Code of Conduct for…",
        "2. सरकारी कर्मचारियों…",
        "More",
    ]
    accepted([part])


def test_facts_in_a_right_to_left_text_keep_their_own_direction() -> None:
    (part,) = parts("plain", heading="کورس:", courses=[course(1)], direction="rtl")
    assert "\u2068ISTM\u2069 · \u20682 h\u2069" in interactive(part)["body"]["text"]


def test_an_answer_shows_heading_source_and_related_courses() -> None:
    (part,) = parts(
        "plain",
        answer={"heading": "Time limit", "body": "30 days."},
        source="From: RTI › Requests",
        note="Translated",
        heading="Related:",
        courses=[course(1)],
    )
    assert interactive(part)["body"]["text"].startswith(
        "*Time limit*\n30 days.\n\n_From: RTI › Requests_\n\n_Translated_\n\nRelated:\n\n*1. Code"
    )
    accepted([part])


def test_further_sources_follow_with_their_links() -> None:
    link = {"url": "https://portal.example/r.pdf#page=4", "label": "Rules, page 4"}
    further = [
        {"heading": "Half pay", "body": "20 days.", "source": "FR", "note": "", "link": link},
        {"heading": "", "body": "", "source": "[2] FR", "note": "", "link": None},
    ]
    answer = {"heading": "", "body": "300 days."}
    (part,) = parts("plain", answer=answer, source="Rules", further=further)
    assert part.content["text"]["body"] == (
        "300 days.\n\n_Rules_\n\n*Half pay*\n20 days.\n\n_FR_\n\n"
        "Rules, page 4: https://portal.example/r.pdf#page=4\n\n_[2] FR_"
    )


def test_the_details_of_a_course_are_laid_out() -> None:
    details = course(
        None,
        summary="What officials may and may not do.",
        facts=[{"label": "Provider", "value": "ISTM"}],
        modules_label="Modules",
        modules=["Gifts", "Property"],
        note="In English",
    )
    (part,) = parts("plain", course=details)
    assert part.content["text"]["body"] == (
        f"*{TITLE}*\nWhat officials may and may not do.\n\n*Provider*: ISTM\n\n"
        "*Modules*\n1. Gifts\n2. Property\n\n_In English_\n\n"
        "Open the course: https://portal.example/toc/do_1"
    )


def test_a_link_stands_under_the_text_once() -> None:
    link = {"url": "https://portal.example/c/1", "label": "Open"}
    (with_link,) = parts("x", answer={"heading": "", "body": "Done."}, link=link)
    assert with_link.content["text"]["body"] == "Done.\n\nOpen: https://portal.example/c/1"
    (already,) = parts("See https://portal.example/c/1", link=link)
    assert already.content["text"]["body"] == "See https://portal.example/c/1"


def test_a_picture_has_the_text_as_its_caption() -> None:
    document = {"id": "d", "name": "progress.png", "mime": "image/png", "label": "Download"}
    (part,) = parts("Two of five.", document=document)
    assert part.content == {"type": "image", "image": {"caption": "Two of five."}}
    assert part.document == document
    assert part.plain[0]["text"]["body"] == "Two of five."
    accepted([part])


def test_a_picture_comes_before_choices() -> None:
    document = {"id": "d", "name": "progress.png", "mime": "image/png", "label": "Download"}
    found = parts("Two of five.", [("RTI", "/x")], document=document)
    assert [part.content["type"] for part in found] == ["image", "interactive"]
    assert found[0].content["image"] == {}
    accepted(found)


def test_a_file_keeps_its_name() -> None:
    document = {"id": "d", "name": "my-data.json", "mime": "application/json", "label": "x"}
    (part,) = parts("Here.", document=document)
    assert part.content["document"] == {"caption": "Here.", "filename": "my-data.json"}
    accepted([part])


def test_what_whatsapp_refuses_can_be_sent_as_plain_text_with_its_choices() -> None:
    (part,) = parts("Shall I?", [("Yes", "/affirm"), ("No", "/deny")])
    assert [plain["text"]["body"] for plain in part.plain] == ["Shall I?\n• Yes\n• No"]


def test_a_reply_without_words_is_no_message() -> None:
    assert parts("") == []


def test_a_part_is_stored_and_restored() -> None:
    document = {"id": "d", "name": "a.pdf", "mime": "application/pdf", "label": "x"}
    (part,) = parts("Here.", document=document, locale="hi")
    restored = Part.from_dict(json.loads(json.dumps(part.to_dict())))
    assert restored == part
    assert (restored.words, restored.locale, restored.is_template) == ("Here.", "hi", False)


@pytest.mark.parametrize(("text", "shown"), [("C*", "*C∗*"), (" a\nb ", "*a b*"), ("", "")])
def test_bold_type_survives_any_title(text: str, shown: str) -> None:
    assert bold(text) == shown


def test_a_template_takes_one_line() -> None:
    content = template("sathi_news", "hi", "Line one\n\nline     two\t" + "x" * 2000)
    (parameter,) = content["template"]["components"][0]["parameters"]
    assert parameter["text"].startswith("Line one line two xxx")
    assert len(parameter["text"]) == 900
