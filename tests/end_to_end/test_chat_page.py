"""The chat page in headless Chromium; ``SATHI_SCREENSHOTS=folder`` keeps pictures of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bot.actions.translations import message
from tests.end_to_end.conftest import Account
from tools.processes import Addresses

# A busy machine may take its time; what is checked is what is shown, not when.
expect.set_options(timeout=30_000)


@pytest.fixture
def page(chromium: Browser, sathi: Addresses) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 900, "height": 900}, locale="en-IN")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda entry: faults.append(entry.text) if entry.type == "error" else None)
    opened.goto(f"{sathi.assistant}/")
    expect(opened.locator("#conversation > li.bot")).to_have_count(1)
    yield opened
    context.close()
    # The browser itself reports the failed request that one test provokes.
    assert not [fault for fault in faults if "status of 503" not in fault]


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("SATHI_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder) / f"{name}.png")


def say(page: Page, text: str) -> None:
    """Type a message, send it by keyboard and wait for the reply to it."""
    replies = page.locator("#conversation > li.bot")
    before = replies.count()
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")
    expect(replies.nth(before)).to_be_visible(timeout=15_000)
    expect(page.locator("#status")).to_be_empty()


def test_a_one_time_link_opens_the_learners_progress_with_its_picture(
    page: Page, sathi: Addresses, account: Account
) -> None:
    page.goto("about:blank")
    page.goto(f"{sathi.assistant}/#link={account.token}")
    expect(page.locator("#conversation > li.bot").last).to_contain_text(account.learner.full_name)
    assert account.token not in page.url
    say(page, "how much progress have I made")
    shown = page.locator("#conversation > li.bot").last
    expect(shown).to_contain_text(account.learner.first_name)
    image = shown.locator("img")
    expect(image).to_be_visible()
    assert image.evaluate("node => node.decode().then(() => node.naturalWidth)") > 0
    picture(page, "progress")
    with page.expect_download() as download:
        shown.locator("a[download]").click()
    assert download.value.suggested_filename == "progress.png"


def test_hindi_question_more_and_urdu(page: Page) -> None:
    say(page, "मुझे साइबर सुरक्षा का कोर्स चाहिए")
    reply = page.locator("#conversation > li.bot").last
    expect(reply).to_have_attribute("lang", "hi")
    expect(reply.locator(".course")).to_have_count(5)
    expect(reply.locator(".course").first).to_contain_text("साइबर")
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    picture(page, "hindi")

    reply.get_by_role("button", name=message("button_more", "hi"), exact=True).click()
    more = page.locator("#conversation > li.bot").last
    expect(more.locator(".course").first).to_contain_text("6.", timeout=15_000)

    page.locator("#language").select_option("ur")
    expect(page.locator("html")).to_have_attribute("dir", "rtl", timeout=15_000)
    say(page, "پنچایتی راج کے بارے میں کورس")
    urdu = page.locator("#conversation > li.bot").last
    expect(urdu).to_have_attribute("dir", "rtl")
    expect(urdu.locator(".course").first).to_be_visible()
    picture(page, "urdu")


def test_a_course_card_opens_its_details(page: Page) -> None:
    say(page, "which course teaches right to information")
    page.locator(".course h3 button").first.click()
    details = page.locator("#conversation > li.bot").last
    expect(details).to_contain_text("Modules", timeout=15_000)
    expect(details.get_by_role("link")).to_have_attribute("rel", "noopener noreferrer")
    picture(page, "course")


def test_romanised_question(page: Page) -> None:
    say(page, "mujhe cyber security seekhna hai")
    reply = page.locator("#conversation > li.bot").last
    expect(reply).to_have_attribute("lang", "hi-Latn")
    picture(page, "romanised")


def test_usable_at_360_pixels_and_by_keyboard(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    say(page, "தகவல் அறியும் உரிமை பற்றி எந்தப் படிப்பு உள்ளது?")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    page.locator("body").press("Tab")
    for _ in range(12):
        if page.evaluate("document.activeElement.closest('.course') !== null"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#conversation > li.user").last).to_be_visible()
    picture(page, "phone")


def test_markup_in_messages_stays_text(page: Page) -> None:
    say(page, "<img src=x onerror=alert(1)> <b>RTI</b> course")
    assert page.locator("#conversation img, #conversation b").count() == 0
    expect(page.locator("#conversation > li.user").last).to_contain_text("<b>RTI</b>")


def test_a_lost_connection_offers_to_try_again(page: Page) -> None:
    page.route("**/webhooks/web/message", lambda route: route.fulfill(status=503, body="{}"))
    page.locator("#message").fill("help")
    page.locator("#message").press("Enter")
    failed = page.locator("#conversation > li.failed")
    expect(failed).to_be_visible()
    page.unroute("**/webhooks/web/message")
    failed.get_by_role("button").click()
    expect(page.locator("#conversation > li.bot").last).to_contain_text("karma")


def test_the_inbox_is_asked_each_minute_and_shows_every_message_once(page: Page) -> None:
    asked: list[dict] = []
    waiting = [reminder(4), reminder(5)]

    def answer(route: Route) -> None:
        call = route.request.post_data_json
        asked.append(call)
        route.fulfill(json={"messages": [m for m in waiting if m["id"] > call["after"]]})

    bubbles = page.locator("#conversation > li.bot")
    page.route("**/webhooks/web/inbox", answer)
    page.clock.install()
    page.reload()
    expect(bubbles).to_have_count(3, timeout=15_000)
    expect(bubbles.nth(2)).to_contain_text("Reminder 5")
    expect(bubbles.nth(2)).to_contain_text("Write stop")
    waiting.append(reminder(9))
    page.clock.run_for(61_000)
    expect(bubbles).to_have_count(4)
    with page.expect_response("**/webhooks/web/inbox"):
        page.clock.run_for(61_000)
    with page.expect_request("**/webhooks/web/inbox"):
        page.reload()
    expect(bubbles).to_have_count(4)
    assert [call["after"] for call in asked] == [0, 5, 9, 9]
    assert len({call["conversation"] for call in asked}) == 1
    page.locator("#restart").click()
    with page.expect_response("**/webhooks/web/inbox"):
        page.get_by_role("button", name="Start anew").click()
    expect(bubbles).to_have_count(4, timeout=15_000)
    assert asked[-1]["after"] == 0
    assert asked[-1]["conversation"] != asked[0]["conversation"]


def test_while_a_person_may_answer_the_inbox_is_asked_often_and_words_bear_their_name(
    page: Page,
) -> None:
    asked: list[int] = []
    answers = [[said("A person will answer here.", {"ticket": "S-1"})], []]
    agents: list[dict] = []

    def inbox(route: Route) -> None:
        after = route.request.post_data_json["after"]
        asked.append(after)
        route.fulfill(json={"messages": [m for m in agents if m["id"] > after]})

    def asked_within(seconds: int) -> int:
        before = len(asked)
        page.clock.run_for(1000 * seconds)
        page.wait_for_timeout(200)
        return len(asked) - before

    bubbles = page.locator("#conversation > li.bot")
    page.route("**/webhooks/web/inbox", inbox)
    page.clock.install()
    with page.expect_response("**/webhooks/web/inbox"):
        page.reload()
    expect(bubbles).to_have_count(1, timeout=15_000)
    assert asked_within(30) == 0
    page.route(
        "**/webhooks/web/message", lambda route: route.fulfill(json={"messages": answers.pop(0)})
    )
    say(page, "let me talk to somebody")
    agent = {"agent": {"name": "Meena", "text": "नमस्ते <b>"}, "ticket": "S-1"}
    agents.append({"id": 3, **said("Meena (helpdesk): नमस्ते <b>", agent)})
    assert asked_within(6) == 1
    expect(bubbles.last.locator(".agent")).to_have_text("Meena")
    expect(bubbles.last.locator(".answer")).to_have_text("नमस्ते <b>")
    page.clock.run_for(16 * 60_000)
    assert sum(asked_within(5) for _ in range(6)) <= 1
    # Words that go to the agent have no reply, and bring theirs soon.
    page.locator("#message").fill("thank you")
    page.locator("#message").press("Enter")
    expect(page.locator("#conversation > li.user").last).to_contain_text("thank you")
    expect(page.locator("#status")).to_be_empty()
    assert asked_within(6) == 1
    expect(bubbles).to_have_count(3)


def said(text: str, custom: dict) -> dict:
    """Return a message of the bot."""
    return {"text": text, "buttons": [], "custom": {"locale": "en", **custom}}


def reminder(number: int) -> dict:
    """Return a message of the inbox."""
    custom = {"answer": {"heading": "", "body": f"Reminder {number}"}, "note": "Write stop"}
    return {"id": number, "text": "x", "buttons": [], "custom": {"locale": "en", **custom}}


def test_page_allows_no_foreign_scripts(sathi: Addresses, client: httpx.Client) -> None:
    answer = client.get(f"{sathi.assistant}/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"conversation": "1", "message": "x"}', b"\xff", b'"x"']
)
def test_a_malformed_request_is_refused(
    sathi: Addresses, client: httpx.Client, body: bytes
) -> None:
    answer = client.post(f"{sathi.assistant}/webhooks/web/message", content=body)
    assert answer.status_code == 400
    assert "expected JSON" in answer.json()["error"]
