"""The console in headless Chromium, on the public port, beside a learner's conversation.

``SATHI_SCREENSHOTS=folder`` keeps pictures of it.
"""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from bot.actions.translations import message
from connectors.console.accounts import AccountService, Agent, Role
from connectors.console.audit import AuditLog
from connectors.platform.database import open_database
from connectors.platform.schema import utc_now
from connectors.platform.settings import PlatformSettings
from tests.end_to_end.conftest import Ask
from tests.end_to_end.test_web_chat import Theme, check_accessibility
from tools.processes import Addresses

PASSWORD = "correct horse battery"  # noqa: S105
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
Enter = Callable[[str], Page]


@pytest.fixture(scope="module")
def agents(sathi: Addresses) -> dict[str, Agent]:
    engine = open_database(PlatformSettings().database)
    accounts = AccountService(engine, AuditLog(engine, utc_now), utc_now)
    names = {"agent": "Asha Nair", "other": "Om Prakash", "lead": "Lata Rao", "admin": "Arun Das"}
    roles = {"agent": Role.AGENT, "other": Role.AGENT, "lead": Role.LEAD, "admin": Role.ADMIN}
    return {
        key: accounts.add(name, f"{key}@example.in", roles[key], PASSWORD)
        for key, name in names.items()
    }


@pytest.fixture
def enter(chromium: Browser, sathi: Addresses, agents: dict[str, Agent]) -> Iterator[Enter]:
    """Return a function that logs an agent in, in a browser of their own."""
    contexts = []
    faults: list[str] = []

    def log_in(key: str) -> Page:
        context = chromium.new_context(viewport={"width": 1100, "height": 850}, locale="en-IN")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console", lambda entry: faults.append(entry.text) if entry.type == "error" else None
        )
        page.goto(f"{sathi.assistant}/console/")
        page.get_by_label("E-mail").fill(agents[key].email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Queue")).to_be_visible()
        return page

    yield log_in
    for context in contexts:
        context.close()
    assert not [fault for fault in faults if "status of 4" not in fault]


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("SATHI_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder) / f"console-{name}.png")


class Learner:
    """Somebody in a chat over REST, which hands out what waits with the next answer."""

    def __init__(self, assistant: str, client: httpx.Client) -> None:
        self._address = f"{assistant}/webhooks/rest/webhook"
        self._client = client
        self._sender = str(uuid.uuid4())

    def say(self, text: str) -> str:
        """Send a message and return all that is answered, a line each."""
        body = {"sender": self._sender, "message": text}
        answer = self._client.post(self._address, json=body)
        answer.raise_for_status()
        return "\n".join(message.get("text", "") for message in answer.json())


@pytest.fixture
def learner(sathi: Addresses, client: httpx.Client) -> Learner:
    return Learner(sathi.assistant, client)


def ask_for_a_person(learner: Learner) -> str:
    """Open a ticket and return its number."""
    replies = learner.say("I want to talk to a person at the helpdesk")
    numbers = re.findall(r"S-[0-9A-F]{8}", replies)
    assert numbers, replies
    return numbers[0]


def test_a_conversation_is_taken_answered_and_closed(enter: Enter, learner: Learner) -> None:
    learner.say("मुझे साइबर सुरक्षा का कोर्स चाहिए")
    number = ask_for_a_person(learner)
    page = enter("agent")
    picture(page, "queue")
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text("मुझे साइबर सुरक्षा का कोर्स चाहिए")).to_be_visible()
    page.get_by_role("button", name="Take the conversation").click()
    expect(page.get_by_role("status")).to_contain_text("You hold this conversation now")
    expect(page.get_by_label("Reply to the learner, in English")).to_be_visible()
    page.get_by_label("Reply to the learner").fill("नमस्ते, मैं आशा हूँ।")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status")).to_contain_text("on its way")
    heard = learner.say("धन्यवाद, कोर्स नहीं खुलता")
    assert "नमस्ते, मैं आशा हूँ।" in heard
    # It shows without loading the page anew.
    page.get_by_label("Reply to the learner").fill("एक मिनट")
    expect(page.get_by_text("धन्यवाद, कोर्स नहीं खुलता")).to_be_visible(timeout=20_000)
    # The language that Sathi answers in by now; what is being written stays.
    expect(page.get_by_label("Reply to the learner, in Hindi")).to_have_value("एक मिनट")
    picture(page, "ticket")
    page.get_by_role("button", name="Close the ticket").click()
    expect(page.locator("dl .mark")).to_have_text("closed")
    assert message("utter_help", "hi") in learner.say("help")


def test_an_entry_is_reviewed_by_somebody_else_and_answers_within_five_seconds(
    enter: Enter, ask: Ask
) -> None:
    question = "How do I pair the Qorvex braille display with the player?"
    assert "five seconds" not in ask(question)[0]["text"]
    author = enter("lead")
    author.goto(author.url + "faq/new")
    author.get_by_label("Question").fill(question)
    author.get_by_label("Answer").fill("Hold the button of the Qorvex display for five seconds.")
    picture(author, "faq-form")
    author.get_by_role("button", name="Send to review").click()
    author.get_by_role("link", name=question).click()
    expect(author.get_by_role("button", name="Publish")).to_have_count(0)
    reviewer = enter("admin")
    reviewer.goto(author.url)
    picture(reviewer, "faq-review")
    reviewer.get_by_role("button", name="Publish").click()
    expect(reviewer.get_by_role("status")).to_contain_text("The entry is live")
    start = time.monotonic()
    found = False
    while not found and time.monotonic() - start < 15:
        found = any("five seconds" in reply.get("text", "") for reply in ask(question))
    assert found
    assert time.monotonic() - start < 5


def test_unanswered_questions_and_figures(enter: Enter, ask: Ask) -> None:
    for question in (
        "is the canteen open on saturday",
        "what does the canteen cook on saturday",
        "कैंटीन शनिवार को खुली है क्या",
        "who won the cricket match yesterday",
    ):
        ask(question)
    page = enter("lead")
    page.get_by_role("link", name="Unanswered").click()
    for _ in range(30):
        if page.get_by_text("canteen").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.get_by_text("canteen").first).to_be_visible()
    picture(page, "unanswered")
    page.get_by_role("button", name="Make FAQ").first.click()
    expect(page.get_by_role("heading", name="A new entry")).to_be_visible()
    page.get_by_role("link", name="Analytics").click()
    expect(page.locator("svg.chart").first).to_be_visible()
    expect(page.locator(".figure dd").first).not_to_have_text("0")
    picture(page, "analytics")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "analytics.csv"
    assert "conversations" in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_markup_that_people_type_does_nothing(
    enter: Enter, learner: Learner, sathi: Addresses
) -> None:
    learner.say(EVIL)
    number = ask_for_a_person(learner)
    learner.say(f"{EVIL} still here")
    page = enter("admin")
    base = f"{sathi.assistant}/console"
    page.goto(f"{base}/tickets/{number}")
    page.get_by_role("button", name="Take the conversation").click()
    for label, button in (("Reply to the learner", "Send"), ("Note that only", "Keep the note")):
        page.get_by_label(label).fill(EVIL)
        page.get_by_role("button", name=button).click()
    page.goto(f"{base}/canned")
    page.get_by_label("Title").fill(EVIL)
    page.get_by_label("Text").fill(EVIL)
    page.get_by_role("button", name="Save").click()
    page.goto(f"{base}/faq/new")
    page.get_by_label("Question").fill(EVIL)
    page.get_by_label("Other wordings").fill(EVIL)
    page.get_by_label("Answer").fill(EVIL)
    page.get_by_role("button", name="Send to review").click()
    page.goto(f"{base}/accounts")
    page.get_by_label("Name, as learners see it").fill(EVIL)
    page.get_by_label("E-mail").fill("evil@example.in")
    page.get_by_role("button", name="Make the account").click()
    for path in (
        *("/", f"/tickets/{number}", f"/tickets/{number}/faq", "/canned", "/faq?status=review"),
        *("/unanswered", "/accounts", "/audit", "/analytics"),
    ):
        page.goto(f"{base}{path}")
        assert page.locator("main img, main script").count() == 0, path
        assert "owned" not in page.title(), path
    page.goto(f"{base}/tickets/{number}")
    assert page.get_by_text("<img src=x onerror=").count() >= 3
    # A canned answer that is inserted stays text, too.
    page.get_by_text("Canned answers").last.click()
    page.locator("a[data-insert]").first.click()
    expect(page.get_by_label("Reply to the learner")).to_have_value(EVIL)


def test_forms_of_other_sites_and_tickets_of_others(
    enter: Enter, learner: Learner, sathi: Addresses
) -> None:
    number = ask_for_a_person(learner)
    page = enter("agent")
    page.goto(f"{sathi.assistant}/console/tickets/{number}")
    answer = page.request.post(f"{sathi.assistant}/console/tickets/{number}/take", form={})
    assert answer.status == 403
    page.get_by_role("button", name="Take the conversation").click()
    other = enter("other")
    token = other.locator("input[name=csrf_token]").first.get_attribute("value")
    address = f"{sathi.assistant}/console/tickets/{number}"
    assert other.goto(address).status == 404
    form = {"csrf_token": token, "text": "x"}
    for act in ("take", "reply", "note", "close", "release", "hand"):
        assert other.request.post(f"{address}/{act}", form=form).status == 404
    assert other.goto(f"{sathi.assistant}/console/accounts").status == 403


def test_a_planted_session_and_five_wrong_passwords(
    chromium: Browser, sathi: Addresses, agents: dict[str, Agent]
) -> None:
    context = chromium.new_context()
    planted = {"name": "sathi_console", "value": "planted", "url": f"{sathi.assistant}/console/"}
    context.add_cookies([planted])
    page = context.new_page()

    def log_in(password: str) -> None:
        page.goto(f"{sathi.assistant}/console/login")
        page.get_by_label("E-mail").fill(agents["other"].email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()

    log_in(PASSWORD)
    cookies = {c["name"]: c for c in context.cookies(f"{sathi.assistant}/console/")}
    assert cookies["sathi_console"]["value"] != "planted"
    assert cookies["sathi_console"]["httpOnly"]
    assert cookies["sathi_console"]["sameSite"] == "Lax"
    page.get_by_role("button", name="Log out").click()
    for _ in range(5):
        log_in("wrong password")
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    log_in(PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("Too many wrong passwords")
    picture(page, "login")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_every_page_is_accessible_and_fits(
    enter: Enter, learner: Learner, theme: Theme, width: int
) -> None:
    number = ask_for_a_person(learner)
    page = enter("admin")
    page.set_viewport_size({"width": width, "height": 740})
    page.emulate_media(color_scheme=theme)
    for path in (
        *("", "faq", "faq/new", "unanswered", "analytics", "canned", "accounts", "audit"),
        *("password", "analytics?from=2026-11-20&to=2026-11-01", f"tickets/{number}"),
    ):
        page.goto(re.sub(r"/console/.*", f"/console/{path}", page.url))
        check_accessibility(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    picture(page, f"phone-{theme}" if width < 1000 else f"desktop-{theme}")


def test_an_untouched_page_shows_nothing_more_once_the_session_is_over(
    enter: Enter, learner: Learner, sathi: Addresses
) -> None:
    number = ask_for_a_person(learner)
    page = enter("lead")
    page.goto(f"{sathi.assistant}/console/tickets/{number}")
    with page.expect_request(lambda request: "untouched=1" in request.url, timeout=20_000):
        pass
    page.context.clear_cookies()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=20_000)


def test_nothing_else_of_the_action_server_is_public(
    sathi: Addresses, client: httpx.Client
) -> None:
    for path in ("/console/../nlg", "/nlg", "/outbox", "/console/%2e%2e/nlg", "/documents/x"):
        answer = client.post(sathi.assistant + path, json={"response": "utter_greet"})
        assert answer.status_code in (404, 405), path
