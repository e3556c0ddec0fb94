"""The chat inside a portal's page, in headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from tests.end_to_end.conftest import Account
from tests.end_to_end.test_chat_page import picture
from tests.end_to_end.test_web_chat import check_accessibility
from tests.fakes.portal import FakePortal
from tools.processes import Addresses


@pytest.fixture
def context(chromium: Browser, sathi: Addresses, portal: FakePortal) -> Iterator[BrowserContext]:
    portal.learner = None
    opened = chromium.new_context(viewport={"width": 900, "height": 900}, locale="en-IN")
    yield opened
    opened.close()


def enter(page: Page, portal: FakePortal) -> FrameLocator:
    """Open the portal's page and the chat in it."""
    page.goto(portal.url)
    page.get_by_role("button", name="Ask Sathi").click()
    frame = page.frame_locator("iframe[title='Ask Sathi']")
    expect(frame.locator("#conversation > li.bot").first).to_be_visible(timeout=15_000)
    expect(frame.locator("#status")).to_be_empty(timeout=15_000)
    return frame


def ask(frame: FrameLocator, text: str) -> None:
    replies = frame.locator("#conversation > li.bot")
    before = replies.count()
    frame.locator("#message").fill(text)
    frame.locator("#message").press("Enter")
    expect(replies.nth(before)).to_be_visible(timeout=15_000)
    expect(frame.locator("#status")).to_be_empty()


def test_the_portals_learner_is_known_and_the_next_one_sees_nothing_of_the_former(
    context: BrowserContext, portal: FakePortal, account: Account, another: Account
) -> None:
    page = context.new_page()
    portal.learner = account.learner.id
    frame = enter(page, portal)
    replies = frame.locator("#conversation > li.bot")
    expect(replies.last).to_contain_text(account.learner.full_name, timeout=15_000)
    ask(frame, "how much progress have I made")
    expect(replies.last).to_contain_text(account.learner.first_name)
    picture(page, "widget")

    # Coming back, the learner is known without another word.
    frame = enter(page, portal)
    expect(replies).to_have_count(3)
    ask(frame, "how much progress have I made")
    expect(replies.last).to_contain_text(account.learner.first_name)

    portal.learner = another.learner.id
    frame = enter(page, portal)
    expect(replies.last).to_contain_text(another.learner.full_name, timeout=15_000)
    assert account.learner.full_name not in frame.locator("#conversation").inner_text()

    portal.learner = None
    frame = enter(page, portal)
    assert another.learner.full_name not in frame.locator("#conversation").inner_text()
    ask(frame, "how much progress have I made")
    assert another.learner.first_name not in replies.last.inner_text()


def test_the_widget_opens_and_closes_by_keyboard_and_is_accessible(
    context: BrowserContext, portal: FakePortal
) -> None:
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda entry: faults.append(entry.text) if entry.type == "error" else None)
    enter(page, portal)
    frame = page.locator("iframe[title='Ask Sathi']")
    check_accessibility(page)
    button = page.get_by_role("button", name="Ask Sathi")
    expect(button).to_have_attribute("aria-expanded", "true")
    button.press("Enter")
    expect(frame).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    button.press("Enter")
    expect(frame).to_be_visible()
    assert not faults


def test_a_page_that_is_not_named_cannot_hold_the_chat(
    context: BrowserContext, sathi: Addresses
) -> None:
    portal = FakePortal()
    portal.sathi = sathi.assistant
    with portal:
        page = context.new_page()
        refused: list[str] = []
        page.on("console", lambda entry: refused.append(entry.text))
        page.goto(portal.url)
        page.get_by_role("button", name="Ask Sathi").click()
        page.wait_for_timeout(1_000)
        assert page.frame_locator("iframe").locator("#conversation").count() == 0
        assert any("frame-ancestors" in text for text in refused)
        assert portal.asked == 0


def test_a_message_of_another_window_is_no_identity(
    context: BrowserContext, sathi: Addresses, portal: FakePortal, account: Account
) -> None:
    portal.learner = account.learner.id
    stolen = portal.token()
    portal.learner = None
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{sathi.assistant}/")
    page.evaluate("token => postMessage({ sathi: 'identity', token }, '*')", stolen)
    frame = enter(page, portal)
    page.frames[1].evaluate("token => postMessage({ sathi: 'identity', token }, '*')", stolen)
    ask(frame, "help")
    assert not [url for url in asked if url.endswith("/introduce")]
