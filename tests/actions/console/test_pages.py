"""The console's pages over HTTP: who may see and do what, and what comes out escaped."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from connectors.console.accounts import AccountService, Agent, Role
from connectors.console.faq import FaqService, FaqStatus, FaqText
from connectors.console.pages import COOKIE, Call
from connectors.console.services import ConsoleServices
from connectors.console.ticket_pages import _conversation, _written_in, desk_agent
from connectors.helpdesk.records import (
    Attempt,
    Line,
    Sender,
    TicketRequest,
    TicketStatus,
)
from connectors.platform.linking import Chat
from knowledge_base.live_faq import LiveFaqWatcher
from knowledge_base.passages import Kind
from tests.actions.console.conftest import PASSWORD, Browser, Clock

Open = Callable[..., Browser]
EVIL = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"


def a_request(chat: str = "1001", **changes: object) -> TicketRequest:
    return TicketRequest(
        **{
            "chat": Chat("telegram", chat),
            "chat_key": chat * 16,
            "subject": "asked_for_person",
            "locale": "hi",
            "converses": True,
            "summary": [Line(Sender.LEARNER, "मेरा कोर्स अटक गया"), Line(Sender.BOT, "देखता हूँ")],
            "attempts": [Attempt("my_progress", 0.8, ["action_my_progress"], ["FAQ: stuck"])],
            **changes,
        }
    )


@pytest.fixture
def ticket(services: ConsoleServices) -> str:
    number = services.desk.open(a_request())
    services.desk.append(number, [Line(Sender.LEARNER, "कोई है?")])
    return number


@pytest.fixture
def other(accounts: AccountService) -> Agent:
    return accounts.add("Om", "om@example.in", Role.AGENT, PASSWORD)


# Logging in


def test_log_in_and_out(browser: Open, agent: Agent) -> None:
    one = browser()
    assert one.get("/").headers["location"] == "/console/login"
    assert one.log_in(agent).headers["location"] == "/console/"
    assert "Asha" in one.get("/").text
    one.post("/logout")
    assert one.get("/").headers["location"] == "/console/login"


def test_a_wrong_password_says_no_more_than_that(browser: Open, agent: Agent) -> None:
    answers = []
    for who in (agent, replace(agent, email="nobody@example.in")):
        answer = browser().log_in(who, "wrong password")
        assert answer.status_code == 401
        answers.append(re.sub(r'value="[^"]+"', "", answer.text))
    assert answers[0] == answers[1]


def test_five_wrong_passwords_lock(browser: Open, agent: Agent) -> None:
    one = browser()
    for _ in range(5):
        assert one.log_in(agent, "wrong password").status_code == 401
    answer = one.log_in(agent)
    assert answer.status_code == 429
    assert COOKIE not in one.client.cookies
    assert "quarter of an hour" in answer.text


@pytest.mark.parametrize("path", ["/console", "/console/"])
def test_a_session_that_was_planted_is_worth_nothing(
    browser: Open, agent: Agent, other: Agent, path: str
) -> None:
    attacker, victim = browser(other), browser()
    planted = attacker.client.cookies[COOKIE]
    victim.get("/login")
    for value in ("chosen-by-somebody", planted):
        victim.client.cookies.set(COOKIE, value, domain="127.0.0.1", path=path)
        victim.post("/login", email=agent.email, password=PASSWORD)
        values = {c.value for c in victim.client.cookies.jar if c.name == COOKIE}
        assert values - {"chosen-by-somebody", planted}
        assert agent.name in victim.get("/").text
        victim.client.cookies.clear()
        victim.get("/login")
    assert attacker.get("/").headers["location"] == "/console/login"


@pytest.mark.parametrize("is_https", [False, True])
def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    browser: Open, agent: Agent, is_https: bool
) -> None:
    one = browser()
    if is_https:
        one.client.headers["X-Forwarded-Proto"] = "https"
    form = one.get("/login")
    # Over plain HTTP the client itself would not send a secure cookie back.
    one.client.cookies.clear()
    one.client.headers["Cookie"] = form.headers["set-cookie"].split(";")[0]
    answer = one.post("/login", email=agent.email, password=PASSWORD)
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith(f"{COOKIE}=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/console" in cookie
    assert ("Secure" in cookie) is is_https


def test_the_log_in_form_must_come_from_here(browser: Open, agent: Agent) -> None:
    one = browser()
    fields = {"email": agent.email, "password": PASSWORD}
    assert one.post("/login", token="", **fields).status_code == 403
    one.get("/login")
    assert one.post("/login", "made-up", **fields).status_code == 403
    foreign = browser()
    foreign.get("/login")
    assert one.post("/login", token=foreign.token, **fields).status_code == 403


def test_a_password_is_changed_by_who_knows_the_old_one(
    browser: Open, agent: Agent, clock: Clock
) -> None:
    one, elsewhere = browser(agent), browser(agent)
    assert one.post("/password", old="wrong password", new="a new long one").status_code == 400
    short = one.post("/password", old=PASSWORD, new="short")
    assert short.status_code == 400
    assert "12 characters" in short.text
    for _ in range(4):
        one.post("/password", old="wrong password", new="a new long one")
    assert one.post("/password", old=PASSWORD, new="a new long one").status_code == 429
    assert elsewhere.get("/").status_code == 200
    clock.pass_by(minutes=16)
    one, elsewhere = browser(agent), browser(agent)
    answer = one.post("/password", old=PASSWORD, new="a new long one")
    assert answer.headers["location"] == "/console/login?done=password"
    assert one.get("/").status_code == 303
    assert elsewhere.get("/").status_code == 303
    assert browser().log_in(agent).status_code == 401
    assert browser().log_in(agent, "a new long one").status_code == 303


def test_a_page_that_renews_itself_untouched_lets_the_session_end(
    browser: Open, agent: Agent, clock: Clock
) -> None:
    one = browser(agent)
    for _ in range(2):
        clock.pass_by(minutes=20)
        last = one.get("/?untouched=1")
    assert last.headers["location"] == "/console/login"
    one = browser(agent)
    for _ in range(2):
        clock.pass_by(minutes=20)
        assert one.get("/").status_code == 200


# Forms and headers


def test_every_page_has_a_strict_policy_and_no_script_of_its_own(
    browser: Open, admin: Agent, ticket: str
) -> None:
    one = browser(admin)
    paths = (
        *("/", f"/tickets/{ticket}", "/canned", "/faq", "/faq/new", "/unanswered", "/analytics"),
        *("/accounts", "/audit", "/password", f"/tickets/{ticket}/faq", "/nothing"),
    )
    for path in paths:
        answer = one.get(path)
        if path != "/nothing":
            assert answer.status_code == 200, path
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
        scripts = re.findall(r"<script[^>]*>([^<]*)</script>", answer.text)
        assert not any(scripts)
        assert not re.search(r"\son\w+=|style=|javascript:", answer.text)


POSTS = (
    "/logout",
    "/password",
    "/tickets/{ticket}/take",
    "/tickets/{ticket}/reply",
    "/tickets/{ticket}/note",
    "/tickets/{ticket}/close",
    "/tickets/{ticket}/release",
    "/tickets/{ticket}/hand",
    "/canned",
    "/canned/1",
    "/canned/1/delete",
    "/faq",
    "/faq/1/approve",
    "/unanswered/faq",
    "/accounts",
    "/accounts/1",
    "/accounts/1/password",
)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_form_without_its_token_does_nothing(
    browser: Open, admin: Agent, ticket: str, services: ConsoleServices, path: str, token: str
) -> None:
    one = browser(admin)
    before = services.audit.latest(50)
    fields = {"text": "x", "title": "x", "language": "en", "role": "agent", "agent": "1"}
    answer = one.post(path.format(ticket=ticket), token=token, **fields)
    assert answer.status_code == 403
    assert services.audit.latest(50) == before
    assert services.desk.ticket(ticket).status is TicketStatus.OPEN


def test_the_token_of_somebody_else_is_no_token(
    browser: Open, admin: Agent, lead: Agent, ticket: str
) -> None:
    one, two = browser(admin), browser(lead)
    assert one.post(f"/tickets/{ticket}/take", token=two.token).status_code == 403


@pytest.mark.parametrize("path", POSTS)
def test_forms_need_a_log_in(browser: Open, ticket: str, path: str) -> None:
    answer = browser().post(path.format(ticket=ticket), "x", text="x")
    assert answer.headers["location"] == "/console/login"


@pytest.mark.parametrize(
    ("path", "lowest"),
    [
        *((path, Role.LEAD) for path in ("/canned", "/unanswered", "/unanswered.csv")),
        *((path, Role.LEAD) for path in ("/analytics", "/analytics.csv")),
        *((path, Role.ADMIN) for path in ("/accounts", "/audit")),
    ],
)
def test_pages_are_for_roles(
    browser: Open, agent: Agent, lead: Agent, admin: Agent, path: str, lowest: Role
) -> None:
    for who in (agent, lead, admin):
        expected = 200 if who.role >= lowest else 403
        assert browser(who).get(path).status_code == expected


def test_forms_are_for_roles(browser: Open, agent: Agent, lead: Agent) -> None:
    assert browser(agent).post("/canned", title="x", language="en", text="x").status_code == 403
    assert (
        browser(lead).post("/accounts", name="x", email="x@y.in", role="admin").status_code == 403
    )
    assert browser(lead).post(f"/accounts/{agent.id}", role="admin").status_code == 403
    assert browser(lead).post(f"/accounts/{agent.id}/password").status_code == 403


def test_a_form_larger_than_a_megabyte_is_refused(browser: Open, agent: Agent, ticket: str) -> None:
    one = browser(agent)
    answer = one.post(f"/tickets/{ticket}/reply", text="x" * 1024**2)
    assert answer.status_code == 413


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=%FF&csrf_token=%ZZ", b"=&&&=", b"{}"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_a_malformed_form_is_refused(browser: Open, agent: Agent, body: bytes, kind: str) -> None:
    one = browser(agent)
    answer = one.client.post("/faq", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 403)


# Tickets


def test_take_reply_note_and_close(
    browser: Open, agent: Agent, ticket: str, services: ConsoleServices
) -> None:
    one = browser(agent)
    assert ticket in one.get("/").text
    assert one.post(f"/tickets/{ticket}/reply", text="Hello").status_code == 409
    one.post(f"/tickets/{ticket}/take")
    assert services.desk.ticket(ticket).held_by == f"console:{agent.id}"
    answer = one.post(f"/tickets/{ticket}/reply", text="देखता हूँ")
    assert answer.headers["location"].startswith(f"/console/tickets/{ticket}?done=")
    one.post(f"/tickets/{ticket}/note", text="Is known to us")
    page = one.get(f"/tickets/{ticket}").text
    for shown in ("मेरा कोर्स अटक गया", "कोई है?", "देखता हूँ", "Is known to us", "my progress"):
        assert shown in page
    one.post(f"/tickets/{ticket}/close")
    assert services.desk.ticket(ticket).status is TicketStatus.CLOSED
    assert one.post(f"/tickets/{ticket}/reply", text="Hello").status_code == 409
    actions = [entry.action for _, entry in services.audit.latest(4)]
    assert actions == ["ticket.close", "ticket.note", "ticket.reply", "ticket.take"]
    assert "देखता" not in str(services.audit.latest(50))


def test_handing_over(
    browser: Open, agent: Agent, other: Agent, ticket: str, services: ConsoleServices
) -> None:
    one = browser(agent)
    one.post(f"/tickets/{ticket}/take")
    assert one.post(f"/tickets/{ticket}/hand", agent="999").status_code == 400
    one.post(f"/tickets/{ticket}/hand", agent=str(other.id))
    assert services.desk.ticket(ticket).held_by == f"console:{other.id}"
    assert services.audit.latest(1)[0][1].target == f"ticket {ticket} to agent {other.id}"
    assert one.get(f"/tickets/{ticket}").status_code == 404
    assert browser(other).get(f"/tickets/{ticket}").status_code == 200


@pytest.mark.parametrize("act", ["take", "reply", "note", "close", "release", "hand"])
def test_the_tickets_of_others_are_not_there(
    browser: Open,
    agent: Agent,
    other: Agent,
    lead: Agent,
    ticket: str,
    services: ConsoleServices,
    act: str,
) -> None:
    services.desk.take(ticket, desk_agent(other))
    one = browser(agent)
    fields = {"text": "x", "agent": str(agent.id)}
    missing = one.post(f"/tickets/S-00000000/{act}", **fields)
    theirs = one.post(f"/tickets/{ticket}/{act}", **fields)
    assert theirs.status_code == missing.status_code == 404
    assert one.get(f"/tickets/{ticket}").status_code == 404
    assert one.get(f"/tickets/{ticket}/faq").status_code == 404
    assert f"/tickets/{ticket}" not in one.get("/").text
    assert services.desk.ticket(ticket).held_by == desk_agent(other).id
    assert browser(lead).get(f"/tickets/{ticket}").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/tickets/S-00000000",
        "/tickets/x'%20OR%201=1",
        "/canned/999",
        "/canned/x",
        "/faq/999",
        "/faq/-1",
        "/faq/²",
        "/faq?status=nonsense",
        "/?status=nonsense",
        "/?language=xx",
        "/?competency=nonsense",
        "/?page=x",
        "/audit?before=x",
    ],
)
def test_what_is_not_there(browser: Open, admin: Agent, path: str) -> None:
    assert browser(admin).get(path).status_code == 404


def test_filters_of_the_queue(
    browser: Open, agent: Agent, services: ConsoleServices, clock: Clock
) -> None:
    courses = services.knowledge_base.catalogue.courses
    course = next(c for c in courses.values() if c.competencies)
    desk = services.desk
    mine = desk.open(a_request("1", locale="ta", course_id=course.id))
    clock.pass_by(hours=3)
    latin = desk.open(a_request("2", locale="hi_Latn"))
    closed = desk.open(a_request("3", locale="en"))
    desk.take(mine, desk_agent(agent))
    desk.close(closed)
    one = browser(agent)

    def shown(query: str) -> set[str]:
        return set(re.findall(r"S-[0-9A-F]{8}", one.get(f"/?{query}").text))

    assert shown("") == {mine, latin}
    assert shown("status=all") == {mine, latin, closed}
    assert shown("status=closed") == {closed}
    assert shown("language=hi") == {latin}
    assert shown("mine=1") == {mine}
    assert shown(f"competency={course.competencies[0]}") == {mine}
    assert "3 hours" in one.get("/?mine=1").text


def test_canned_answers_are_offered_in_the_tickets_language_first(
    browser: Open, lead: Agent, ticket: str
) -> None:
    one = browser(lead)
    one.post("/canned", title="Later", language="en", text="We write later.")
    one.post("/canned", title="बाद में", language="hi", text="हम बाद में लिखेंगे।")
    page = one.get(f"/tickets/{ticket}").text
    assert page.index("बाद में</a>") < page.index("Later</a>")
    number = re.search(r"canned=(\d+)\"[^>]*>बाद में", page)[1]
    page = one.get(f"/tickets/{ticket}?canned={number}").text
    assert re.search(r"<textarea id=\"reply\"[^>]*>हम बाद में लिखेंगे।</textarea>", page)
    one.get("/canned")
    one.post(f"/canned/{number}", title="फिर", language="hi", text="फिर")
    assert "फिर" in one.get(f"/canned/{number}").text
    one.post(f"/canned/{number}/delete")
    assert one.get(f"/canned/{number}").status_code == 404


class Glosses:
    """A translator that shows what it was asked."""

    def gloss(self, texts: Sequence[tuple[str, str | None]]) -> list[str | None]:
        return [f"English of {text} ({locale})" for text, locale in texts]


def test_an_english_gloss_is_shown_where_there_is_a_translator(
    services: ConsoleServices, ticket: str
) -> None:
    # Who asks for a person in English may have written Hindi before, and may again.
    services.desk.append(ticket, [Line(Sender.LEARNER, "I need help")], "en")
    services.desk.append(ticket, [Line(Sender.LEARNER, "வணக்கம்")], "en")
    call = Call(None, replace(services, translator=Glosses()), None, None)
    before, since = _conversation(call, services.desk.ticket(ticket))
    assert [line.gloss for line in before] == ["English of मेरा कोर्स अटक गया (hi)", None]
    assert [line.gloss for line in since] == [
        "English of कोई है? (hi)",
        "English of I need help (en)",
        "English of வணக்கம் (ta)",
    ]


@pytest.mark.parametrize(
    ("text", "conversation", "expected"),
    [
        ("कोर्स", "hi", "hi"),
        ("कोर्स", "mr", "mr"),
        ("कोर्स", "ne_Latn", "ne"),
        ("कोर्स", "ta", "hi"),
        ("course kab milega", "hi_Latn", "hi_Latn"),
        ("course please", "hi", None),
        ("123 🙂", "ur", "ur"),
    ],
)
def test_a_line_is_in_the_language_that_its_script_tells(
    text: str, conversation: str, expected: str | None
) -> None:
    assert _written_in(text, conversation) == expected


@pytest.mark.parametrize(
    ("locale", "name"), [("hi", "Hindi"), ("ta_Latn", "Tamil (Latin letters)"), ("en", "English")]
)
def test_an_agent_is_told_the_language_that_sathi_answers_in(
    browser: Open, agent: Agent, services: ConsoleServices, ticket: str, locale: str, name: str
) -> None:
    services.desk.take(ticket, desk_agent(agent))
    services.desk.append(ticket, [Line(Sender.LEARNER, "…")], locale)
    page = browser(agent).get(f"/tickets/{ticket}").text
    renewed = page[page.index('data-refresh="language"') :]
    assert renewed.index(f"Reply to the learner, in {name}<") < renewed.index("</div>")
    assert ("write in Latin letters, too" in page) is locale.endswith("_Latn")


def test_a_ticket_is_found_by_its_number(
    browser: Open, agent: Agent, other: Agent, services: ConsoleServices, ticket: str
) -> None:
    one = browser(agent)
    answer = one.get(f"/?number={ticket.lower()}")
    assert answer.headers["location"] == f"/console/tickets/{ticket}"
    services.desk.take(ticket, desk_agent(other))
    theirs, missing = one.get(f"/?number={ticket}"), one.get("/?number=S-00000000")
    assert theirs.status_code == missing.status_code == 404
    assert theirs.text == missing.text.replace("S-00000000", ticket)


def test_a_ticket_that_its_learner_deletes_meanwhile_is_not_there(
    browser: Open, agent: Agent, services: ConsoleServices, ticket: str, engine: Engine
) -> None:
    one = browser(agent)
    one.post(f"/tickets/{ticket}/take")
    with engine.begin() as connection:
        # Deleted once the page has found it: by the first statement that changes the ticket.
        connection.exec_driver_sql(
            "CREATE TRIGGER forget BEFORE UPDATE ON tickets BEGIN DELETE FROM tickets; END"
        )
    assert one.post(f"/tickets/{ticket}/reply", text="Hello").status_code == 404


# Escaping


def test_markup_is_shown_as_text_everywhere(
    browser: Open,
    accounts: AccountService,
    lead: Agent,
    admin: Agent,
    services: ConsoleServices,
) -> None:
    evil = accounts.add(EVIL, "evil@example.in", Role.AGENT, PASSWORD)
    request = a_request(
        subject=EVIL,
        locale="en",
        course_id=EVIL,
        learner_id=EVIL,
        intent=EVIL,
        summary=[Line(Sender.LEARNER, EVIL), Line(Sender.BOT, EVIL)],
        attempts=[Attempt(EVIL, 0.5, [EVIL], [EVIL])],
    )
    number = services.desk.open(request)
    services.desk.append(number, [Line(Sender.LEARNER, EVIL)])
    services.desk.take(number, desk_agent(evil))
    services.desk.note(number, desk_agent(evil), EVIL)
    services.desk.reply(number, desk_agent(evil), EVIL)
    services.canned.save(None, EVIL, "en", EVIL, lead.id)
    entry = services.faq.propose({"en": FaqText(EVIL, EVIL, (EVIL,))}, evil)
    services.unanswered.add("k", "en", EVIL)
    services.unanswered.embed(services.knowledge_base.encoder)
    one = browser(admin)
    canned = services.canned.all()[0].id
    paths = (
        *("/", "/?status=all", f"/tickets/{number}", f"/tickets/{number}?canned={canned}"),
        *(f"/tickets/{number}/faq", "/canned", f"/canned/{canned}", "/faq?status=review"),
        *(f"/faq/{entry}", "/unanswered", "/accounts", "/audit", f"/?mine={EVIL}"),
    )
    escaped = 0
    for path in paths:
        page = one.get(path).text
        assert "<img src=x" not in page, path
        assert "<script>" not in page, path
        escaped += "&lt;img src=x" in page
    assert escaped >= 11
    fields = {"language_0": "en", "question_0": EVIL, "answer_0": EVIL, "more": "1"}
    assert "<img src=x" not in one.post("/faq", **fields).text
    assert "<img src=x" not in one.post("/faq", **{**fields, "more": "", "answer_0": ""}).text
    assert "<img src=x" not in one.post("/accounts", name="x", email=EVIL, role="agent").text


# FAQ


def propose(one: Browser, **fields: str) -> None:
    one.get("/faq/new")
    answer = one.post("/faq", **fields)
    assert answer.headers["location"] == "/console/faq?status=review&done=proposed"


def test_an_entry_is_found_within_five_seconds_of_its_review(
    browser: Open, agent: Agent, lead: Agent, services: ConsoleServices
) -> None:
    base = services.knowledge_base
    watcher = LiveFaqWatcher(base, services.faq)
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as threads:
        task = loop.create_task(watcher.run())
        threads.submit(loop.run_forever)
        try:
            propose(
                browser(agent),
                language_0="en",
                question_0="How do I pair the Qorvex braille display?",
                answer_0="Hold its button for five seconds.",
                language_1="hi",
                question_1="क्वोर्वेक्स ब्रेल डिस्प्ले कैसे जोड़ें?",
                answer_1="बटन पाँच सेकंड दबाए रखें।",
                variants_1="ब्रेल डिस्प्ले नहीं जुड़ता",
            )
            reviewer = browser(lead)
            page = reviewer.get("/faq?status=review").text
            entry = re.search(r"/console/faq/(\d+)\"", page)[1]
            reviewer.get(f"/faq/{entry}")
            reviewer.post(f"/faq/{entry}/approve")
            start = time.monotonic()
            question = "pairing the qorvex braille display"
            found = ""
            while found != f"live-{entry}" and time.monotonic() - start < 10:
                found = base.search(question, "en", [Kind.FAQ], 1).hits[0].target
            assert time.monotonic() - start < 5
            hindi = base.search("ब्रेल डिस्प्ले नहीं जुड़ रहा", "hi", [Kind.FAQ], 1)
            assert hindi.hits[0].target == f"live-{entry}"
            assert hindi.probability > 0.7
        finally:
            loop.call_soon_threadsafe(task.cancel)
            loop.call_soon_threadsafe(loop.stop)
            base.set_live_faq({})


def test_the_author_does_not_review(
    browser: Open, lead: Agent, agent: Agent, faq: FaqService
) -> None:
    own = faq.propose({"en": FaqText("Where?", "Here.")}, lead)
    one = browser(lead)
    assert "/approve" not in one.get(f"/faq/{own}").text
    assert one.post(f"/faq/{own}/approve").status_code == 409
    assert browser(agent).get(f"/faq/{own}").status_code == 404
    assert browser(agent).post(f"/faq/{own}/approve").status_code == 403
    assert faq.find(own).status is FaqStatus.REVIEW


def test_a_row_more_keeps_what_was_typed(browser: Open, agent: Agent, faq: FaqService) -> None:
    one = browser(agent)
    one.get("/faq/new")
    page = one.post("/faq", language_0="ta", question_0="எங்கே?", answer_0="", more="1").text
    assert 'value="எங்கே?"' in page
    assert "question_1" in page
    answer = one.post("/faq", language_0="ta", question_0="எங்கே?", answer_0="")
    assert answer.status_code == 400
    assert "Tamil must both be there" in answer.text
    assert faq.with_status(FaqStatus.REVIEW) == []


def test_a_new_version_is_written_from_the_live_one(
    browser: Open, agent: Agent, lead: Agent, faq: FaqService
) -> None:
    old = faq.propose({"en": FaqText("Where?", "Here.", ("Whither?",))}, agent)
    one = browser(agent)
    assert one.get(f"/faq/{old}/edit").status_code == 404
    faq.approve(old, lead)
    page = one.get(f"/faq/{old}/edit").text
    assert 'value="Where?"' in page
    assert "Whither?" in page
    one.post("/faq", replaces=str(old), language_0="en", question_0="Where?", answer_0="There.")
    (new,) = faq.with_status(FaqStatus.REVIEW)
    assert new.replaces_id == old


def test_a_rejected_entry_is_written_anew_by_its_author(
    browser: Open, agent: Agent, other: Agent, lead: Agent, faq: FaqService
) -> None:
    live = faq.propose({"en": FaqText("Where?", "Here.")}, agent)
    faq.approve(live, lead)
    number = faq.propose({"en": FaqText("Where?", "There.")}, agent, live)
    faq.reject(number, lead)
    one = browser(agent)
    assert f"/faq/{number}/edit" in one.get(f"/faq/{number}").text
    page = one.get(f"/faq/{number}/edit").text
    assert "There.</textarea>" in page
    assert f'name="replaces" value="{live}"' in page
    assert browser(other).get(f"/faq/{number}/edit").status_code == 404
    faq.retire(live, lead)
    assert 'name="replaces" value=""' in one.get(f"/faq/{number}/edit").text


def test_an_agent_cannot_make_unanswered_questions_vanish(
    browser: Open, agent: Agent, services: ConsoleServices, faq: FaqService
) -> None:
    services.unanswered.add("k", "en", "is the canteen open")
    one = browser(agent)
    one.get("/faq/new")
    fields = {"language_0": "en", "question_0": "Q?", "answer_0": "A."}
    assert one.post("/faq", questions="1", **fields).status_code == 404
    assert services.unanswered.texts([1]) == [("en", "is the canteen open")]
    assert faq.with_status(FaqStatus.REVIEW) == []


def test_a_ticket_becomes_an_entry(
    browser: Open, agent: Agent, ticket: str, services: ConsoleServices
) -> None:
    one = browser(agent)
    one.post(f"/tickets/{ticket}/take")
    one.post(f"/tickets/{ticket}/reply", text="फिर से खोलिए, 9876543210।")
    services.desk.append(ticket, [Line(Sender.LEARNER, "धन्यवाद")])
    page = one.get(f"/tickets/{ticket}/faq").text
    assert 'value="कोई है?"' in page
    assert "फिर से खोलिए, [phone]।</textarea>" in page
    assert '<option value="hi" selected>' in page


# Unanswered questions and figures


def test_unanswered_questions_become_an_entry(
    browser: Open, lead: Agent, services: ConsoleServices, faq: FaqService
) -> None:
    unanswered = services.unanswered
    for text in ("is the canteen open on saturday", "when does the canteen open on saturday"):
        unanswered.add("k", "en", text)
    unanswered.add("k", "hi", "क्या शनिवार को कैंटीन खुली है")
    unanswered.add("k", "en", "=HYPERLINK(evil)")
    unanswered.embed(services.knowledge_base.encoder)
    one = browser(lead)
    page = one.get("/unanswered").text
    assert "canteen" in page
    table = list(csv.reader(io.StringIO(one.get("/unanswered.csv").content.decode("utf-8-sig"))))
    assert table[0] == ["question", "asked", "language", "in this language"]
    assert "'=HYPERLINK(evil)" in {row[0] for row in table}
    form = one.post("/unanswered/faq", questions="1,3").text
    assert 'value="is the canteen open on saturday"' in form
    assert 'value="क्या शनिवार को कैंटीन खुली है"' in form
    one.post("/faq", questions="1,2,3", language_0="en", question_0="Canteen?", answer_0="Never.")
    page = one.get("/unanswered").text
    assert "canteen" not in page
    assert "HYPERLINK" in page


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("from=x", "written like 2026-11-20"),
        ("to=2026-02-30", "written like 2026-11-20"),
        ("to=%D9%A2%D9%A0%D9%A2%D9%A6-11-20", "written like 2026-11-20"),
        ("from=2026-11-20&to=2026-11-01", "The first day, 20 Nov 2026, is after the last, 1 Nov"),
        ("from=2020-01-01&to=2026-11-01", "more than 400 days"),
        ("to=0001-01-01", "written like 2026-11-20"),
        ("from=0001-01-01&to=0001-01-02", "from 2000 to 2100"),
        ("from=9999-12-30&to=9999-12-31", "from 2000 to 2100"),
    ],
)
@pytest.mark.parametrize("page", ["analytics", "analytics.csv", "unanswered", "unanswered.csv"])
def test_days_that_are_none(
    browser: Open, lead: Agent, query: str, problem: str, page: str
) -> None:
    answer = browser(lead).get(f"/{page}?{query}")
    assert answer.status_code == 400
    assert problem in answer.text


@pytest.mark.parametrize("day", ["2000-01-01", "2026-11-20", "2100-12-31"])
def test_a_single_day_is_a_period(browser: Open, lead: Agent, day: str) -> None:
    assert browser(lead).get(f"/analytics?from={day}&to={day}").status_code == 200


def test_figures_and_charts(browser: Open, lead: Agent, services: ConsoleServices) -> None:
    one = browser(lead)
    page = one.get("/analytics?from=2026-11-01&to=2026-11-20").text
    assert page.count("<svg") >= 2
    assert "Containe" in page
    answer = one.get("/analytics.csv?from=2026-11-01&to=2026-11-20")
    assert answer.headers["content-disposition"] == 'attachment; filename="analytics.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert ["conversations by day", "2026-11-20", "0"] in rows
    assert ["answers by confidence", "90 to 100 %", "0"] in rows
    entry = services.audit.latest(1)[0][1]
    assert (entry.who, entry.action, entry.target) == (
        *("Lata", "analytics.export"),
        "2026-11-01 to 2026-11-20",
    )


# Accounts


def test_an_admin_makes_and_changes_accounts(
    browser: Open, admin: Agent, accounts: AccountService
) -> None:
    one = browser(admin)
    page = one.post("/accounts", name="New", email="new@example.in", role="lead").text
    password = re.search(r"<code>([^<]+)</code>", page)[1]
    new = next(a for a in accounts.all() if a.name == "New")
    assert browser().log_in(new, password).status_code == 303
    assert one.post("/accounts", name="New", email="new@example.in", role="lead").status_code == 400
    assert one.post("/accounts", name="X", email="x@example.in", role="king").status_code == 400
    one.post(f"/accounts/{new.id}", role="agent")
    assert accounts.find(new.id) == replace(new, role=Role.AGENT, active=False)
    assert one.post(f"/accounts/{admin.id}", role="agent", active="yes").status_code == 400
    assert one.post("/accounts/999", role="agent").status_code == 404
    assert "account.inactive.agent" in one.get("/audit").text


def test_an_admin_makes_a_new_password_for_who_forgot_it(
    browser: Open, admin: Agent, agent: Agent
) -> None:
    one, theirs = browser(admin), browser(agent)
    page = one.post(f"/accounts/{agent.id}/password").text
    password = re.search(r"<code>([^<]+)</code>", page)[1]
    assert theirs.get("/").headers["location"] == "/console/login"
    assert browser().log_in(agent).status_code == 401
    assert browser().log_in(agent, password).status_code == 303
    assert one.post(f"/accounts/{admin.id}/password").status_code == 400
    assert one.post("/accounts/999/password").status_code == 404


def test_the_audit_log_is_read_by_person_and_page_by_page(
    browser: Open, admin: Agent, lead: Agent, services: ConsoleServices
) -> None:
    for number in range(120):
        services.audit.note(lead.id, "ticket.take", f"ticket S-{number:08X}")
    services.audit.note(admin.id, "ticket.take", "ticket S-FFFFFFFF")
    one = browser(admin)
    page = one.get(f"/audit?who={lead.id}").text
    assert "S-FFFFFFFF" not in page
    assert page.count("ticket.take") == 100
    before = re.search(r'name="before" value="(\d+)"', page)[1]
    page = one.get(f"/audit?who={lead.id}&before={before}").text
    assert page.count("ticket.take") == 20
    assert 'name="before"' not in page


def test_a_database_that_fails_is_said_so(
    browser: Open, lead: Agent, services: ConsoleServices, engine
) -> None:
    one = browser(lead)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE canned_answers")
    answer = one.get("/canned")
    assert answer.status_code == 503
    assert "database does not answer" in answer.text
