"""The web chat in headless Chromium: bad connections, history, looks, accessibility.

``SATHI_SCREENSHOTS=folder`` keeps pictures of it.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.end_to_end.test_chat_page import picture, say
from tools.processes import REPOSITORY, Addresses

STATIC = REPOSITORY / "connectors" / "channels" / "web" / "static"
MESSAGE = "**/webhooks/web/message"
LARGEST_PAGE = 60_000
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Theme = Literal["light", "dark"]


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport={"width": 900, "height": 900}, locale="en-IN")
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, sathi: Addresses) -> Page:
    opened = context.new_page()
    opened.goto(f"{sathi.assistant}/")
    expect(opened.locator("#conversation > li.bot")).to_have_count(1, timeout=15_000)
    expect(opened.locator("#status")).to_be_empty()
    return opened


def write(page: Page, text: str) -> None:
    """Send a message without waiting for a reply."""
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")


def users(page: Page) -> list[str]:
    return page.locator("#conversation > li.user > p").all_inner_texts()


def in_conversation(page: Page, sathi: Addresses, client: httpx.Client) -> list[dict]:
    """Return what the assistant remembers of the page's conversation."""
    asked = {
        "conversation": page.evaluate("localStorage.getItem('conversation')"),
        "most": 100,
    }
    answer = client.post(f"{sathi.assistant}/webhooks/web/history", json=asked)
    answer.raise_for_status()
    return answer.json()["entries"]


def said_by_user(page: Page, sathi: Addresses, client: httpx.Client) -> list[str]:
    return [e["user"] for e in in_conversation(page, sathi, client) if "user" in e]


def test_what_is_written_offline_is_kept_and_sent_in_order_when_the_connection_is_back(
    page: Page, context: BrowserContext, sathi: Addresses, client: httpx.Client
) -> None:
    context.set_offline(True)
    expect(page.locator("#status")).to_contain_text("You are offline")
    write(page, "help")
    write(page, "which course teaches right to information")
    assert users(page) == ["help", "which course teaches right to information"]
    assert page.locator("#conversation > li.bot").count() == 1
    picture(page, "offline")
    context.set_offline(False)
    expect(page.locator(".course").first).to_be_visible(timeout=15_000)
    expect(page.locator("#status")).to_be_empty()
    assert said_by_user(page, sathi, client) == users(page)
    assert page.evaluate("localStorage.getItem('unsent')") == "[]"


def test_an_answer_that_got_lost_comes_again_and_the_message_is_answered_once(
    page: Page, sathi: Addresses, client: httpx.Client
) -> None:
    sent: list[dict] = []

    def lose(route: Route) -> None:
        sent.append(route.request.post_data_json)
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route(MESSAGE, lose)
    write(page, "help")
    failed = page.locator("#conversation > li.failed")
    failed.get_by_role("button", name="Try again").click()
    expect(page.locator("#conversation > li.bot").last).to_contain_text("karma")
    expect(failed).to_have_count(0)
    assert len({call["key"] for call in sent}) == 1
    assert [call["resent"] for call in sent] == [False, True]
    assert said_by_user(page, sathi, client) == ["help"]


def test_a_page_opened_while_the_server_starts_is_ready_when_it_is(
    context: BrowserContext, sathi: Addresses
) -> None:
    asked: list[str] = []

    def start(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.abort()
        elif len(asked) == 2:
            route.fulfill(status=503, body="{}")
        else:
            route.continue_()

    page = context.new_page()
    page.route("**/webhooks/web/languages", start)
    page.goto(f"{sathi.assistant}/")
    write(page, "help")
    expect(page.locator("#language option").first).to_be_attached(timeout=15_000)
    expect(page.locator("#conversation > li.bot").last).to_contain_text("karma", timeout=15_000)
    assert users(page) == ["help"]


def test_it_tries_again_by_itself(page: Page) -> None:
    page.clock.install()
    page.route(MESSAGE, lambda route: route.fulfill(status=503, body="{}"))
    write(page, "help")
    expect(page.locator("#conversation > li.failed")).to_be_visible()
    page.unroute(MESSAGE)
    page.clock.run_for(6_000)
    expect(page.locator("#conversation > li.bot").last).to_contain_text("karma")
    expect(page.locator("#conversation > li.failed")).to_have_count(0)


def test_a_message_that_is_never_answered_holds_up_the_next_for_minutes_only(page: Page) -> None:
    def answer(route: Route) -> None:
        if route.request.post_data_json["message"] == "poison":
            route.fulfill(status=503, json={"error": "no reply"})
        else:
            route.continue_()

    page.clock.install()
    page.route(MESSAGE, answer)
    write(page, "poison")
    expect(page.locator("#conversation > li.failed")).to_be_visible()
    write(page, "help")
    replies = page.locator("#conversation > li.bot")
    for _ in range(30):
        page.clock.run_for(61_000)
        page.wait_for_timeout(300)
        if "could not take" in page.locator("#conversation").inner_text():
            break
    expect(replies.last).to_contain_text("karma", timeout=15_000)
    expect(replies.nth(1)).to_contain_text("could not take this message")


def test_a_message_outlives_the_page(page: Page) -> None:
    page.route(MESSAGE, lambda route: route.abort())
    write(page, "help")
    expect(page.locator("#conversation > li.failed")).to_be_visible()
    page.unroute(MESSAGE)
    page.reload()
    expect(page.locator("#conversation > li.bot").last).to_contain_text("karma", timeout=15_000)
    assert users(page) == ["help"]


def test_a_message_that_is_refused_is_not_sent_forever(page: Page) -> None:
    page.route(MESSAGE, lambda route: route.fulfill(status=400, json={"error": "x"}))
    write(page, "help")
    shown = page.locator("#conversation > li.bot").last
    expect(shown).to_contain_text("could not take this message")
    assert page.evaluate("localStorage.getItem('unsent')") == "[]"


def test_the_conversation_is_there_after_a_reload(
    page: Page, sathi: Addresses, client: httpx.Client
) -> None:
    say(page, "which course teaches right to information")
    page.locator(".course h3 button").first.click()
    expect(page.locator("#conversation > li.bot").last).to_contain_text("Modules", timeout=15_000)
    expect(page.locator("#status")).to_be_empty()
    before = page.locator("#conversation > li").all_inner_texts()
    page.reload()
    expect(page.locator("#conversation > li")).to_have_count(len(before))
    assert page.locator("#conversation > li").all_inner_texts() == before
    # A browser that kept the id alone gets it from the assistant.
    page.evaluate("localStorage.removeItem('transcript')")
    page.reload()
    expect(page.locator("#conversation > li")).to_have_count(len(before))
    assert page.locator("#conversation > li").all_inner_texts() == before
    # A course of the list still opens.
    page.locator(".course h3 button").nth(1).click()
    expect(page.locator("#conversation > li.bot")).to_have_count(4, timeout=15_000)


def test_a_hindi_conversation_is_hindi_after_a_reload(page: Page) -> None:
    say(page, "मुझे साइबर सुरक्षा का कोर्स चाहिए")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    expect(page.locator("#language")).to_have_value("hi")


def test_a_new_conversation_is_begun_after_a_question_and_leaves_nothing(page: Page) -> None:
    say(page, "what is a karma point")
    first = page.evaluate("localStorage.getItem('conversation')")
    page.locator("#restart").click()
    page.get_by_role("button", name="Keep this conversation").click()
    page.locator("#restart").click()
    page.keyboard.press("Escape")
    assert users(page) == ["what is a karma point"]
    page.locator("#restart").click()
    page.get_by_role("button", name="Start anew").click()
    expect(page.locator("#conversation > li")).to_have_count(1)
    expect(page.locator("#status")).to_be_empty()
    assert page.evaluate("localStorage.getItem('conversation')") != first
    assert "what is" not in json.dumps(page.evaluate("({...localStorage})"))


def test_what_is_forgotten_is_forgotten_by_the_browser_too(page: Page) -> None:
    say(page, "what is a karma point")
    say(page, "/forget")
    write(page, "yes")
    expect(page.locator("#conversation > li")).to_have_count(1, timeout=15_000)
    page.reload()
    expect(page.locator("#conversation > li")).to_have_count(1)
    assert "karma" not in page.evaluate("localStorage.getItem('transcript')")


def test_another_tab_follows_the_conversation(page: Page, context: BrowserContext) -> None:
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator("#conversation > li.bot")).to_have_count(1)
    say(page, "help")
    expect(other.locator("#conversation > li")).to_have_count(3)
    assert users(other) == ["help"]


def background(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_light_and_dark_follow_the_system_until_one_is_chosen(page: Page) -> None:
    page.emulate_media(color_scheme="light")
    light = background(page)
    page.emulate_media(color_scheme="dark")
    dark = background(page)
    assert dark != light
    toggle = page.get_by_role("button", name="Dark")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    assert background(page) == light
    page.reload()
    assert background(page) == light
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "false")


def check_accessibility(page: Page) -> None:
    options = {"runOnly": WCAG, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    assert not [(fault["id"], [node["html"][:200] for node in fault["nodes"]]) for fault in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_with_cards_links_and_a_dialog(page: Page, theme: Theme) -> None:
    page.emulate_media(color_scheme=theme)
    say(page, "which course teaches right to information")
    page.locator(".course h3 button").first.click()
    expect(page.locator("#conversation > li.bot").last).to_contain_text("Modules", timeout=15_000)
    say(page, "how do I reset my password")
    check_accessibility(page)
    page.locator("#restart").click()
    expect(page.get_by_role("dialog", name="New conversation")).to_be_visible()
    check_accessibility(page)
    picture(page, f"dialog-{theme}")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_accessible_from_right_to_left_and_when_the_connection_is_lost(
    page: Page, theme: Theme
) -> None:
    page.emulate_media(color_scheme=theme)
    page.locator("#language").select_option("ur")
    expect(page.locator("html")).to_have_attribute("dir", "rtl", timeout=15_000)
    say(page, "پنچایتی راج کے بارے میں کورس")
    page.route(MESSAGE, lambda route: route.abort())
    write(page, "help")
    expect(page.locator("#conversation > li.failed")).to_be_visible()
    check_accessibility(page)
    picture(page, f"urdu-{theme}")


def test_the_language_menu_names_every_language_in_itself_and_works_by_keyboard(
    page: Page, sathi: Addresses, client: httpx.Client
) -> None:
    known = client.get(f"{sathi.assistant}/webhooks/web/languages").json()
    options = page.get_by_label("Language").locator("option")
    assert options.all_inner_texts() == [language["name"] for language in known]
    page.get_by_label("Language").focus()
    page.keyboard.press("ArrowDown")
    chosen = known[[language["code"] for language in known].index("en") + 1]
    expect(page.locator("html")).to_have_attribute("lang", chosen["code"], timeout=15_000)
    expect(page.locator("#conversation > li.user").last).to_contain_text(chosen["name"])


def test_a_reply_comes_message_by_message(page: Page) -> None:
    with page.expect_response(MESSAGE) as response:
        write(page, "help")
    assert response.value.headers["content-type"].startswith("application/x-ndjson")


def test_page_styles_and_scripts_are_small() -> None:
    files = [*STATIC.glob("*.html"), *STATIC.glob("*.css"), *STATIC.glob("*.js")]
    assert STATIC / "chat.js" in files
    sizes = {path.name: len(gzip.compress(path.read_bytes())) for path in files}
    assert sum(sizes.values()) < LARGEST_PAGE, sizes
