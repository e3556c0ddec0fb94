"""Tickets by mail, to a real SMTP server on the loopback."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import Engine

from bot.actions.rendering import render
from connectors.helpdesk.factory import Helpdesk, open_helpdesk
from connectors.helpdesk.records import Line, Sender
from connectors.helpdesk.settings import HelpdeskSettings
from connectors.platform.schema import deliveries
from tests.actions.helpdesk.conftest import MEENA, Ask, Clock
from tests.ports import free_port

PASSWORD = "correct horse"  # noqa: S105


class Mailbox:
    """What aiosmtpd hands over, and how it answers.

    Attributes:
        mails: what has arrived.
        refuses: answers to recipients that are used up one by one.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.encrypted: list[bool] = []
        self.refuses: list[str] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses:
            return self.refuses.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"


def check_login(*arguments: object) -> AuthResult:
    login = arguments[-1]
    right = LoginPassword(b"sathi", PASSWORD.encode())
    return AuthResult(success=login == right, handled=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox, authority: trustme.CA) -> Iterator[Controller]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=check_login,
        auth_required=True,
    )
    controller.start()
    yield controller
    controller.stop()


Open = Callable[..., Helpdesk]


@pytest.fixture
def opened(server: Controller, ca_file: Path, engine: Engine, clock: Clock) -> Open:
    """Return a function that opens the helpdesk with changed settings."""

    def make(**changes: object) -> Helpdesk:
        plain = {
            "helpdesk": "email",
            "smtp_host": "127.0.0.1",
            "smtp_port": server.port,
            "smtp_username": "sathi",
            "smtp_password": PASSWORD,
            "smtp_ca_file": ca_file,
            "smtp_timeout_seconds": 5,
            "helpdesk_mail_to": "helpdesk@example.org",
            "helpdesk_mail_from": "Sathi <sathi@example.org>",
            "public_url": "https://sathi.example.org/",
        }
        settings = HelpdeskSettings(_env_file=None, **{**plain, **changes})
        return open_helpdesk(settings, engine, clock, render)

    return make


def deliver(helpdesk: Helpdesk) -> int:
    return asyncio.run(helpdesk.forwarder.deliver_due())


def say(helpdesk: Helpdesk, number: str, *texts: str) -> None:
    for text in texts:
        helpdesk.desk.append(number, [Line(Sender.LEARNER, text)], "en")


def test_a_ticket_is_a_mail_with_its_transcript_and_the_consoles_address(
    opened: Open, mailbox: Mailbox, asked: Ask
) -> None:
    helpdesk = opened()
    number = helpdesk.desk.open(asked(locale="hi", summary=(Line(Sender.LEARNER, "कोर्स अटका"),)))
    assert deliver(helpdesk) == 1
    [mail] = mailbox.mails
    assert mailbox.encrypted == [True]
    assert mail["To"] == "helpdesk@example.org"
    assert mail["Message-ID"] == f"<{number}@example.org>"
    assert number in mail["Subject"]
    text = mail.get_content()
    assert "Learner: कोर्स अटका" in text
    assert f"https://sathi.example.org/console/tickets/{number}" in text
    assert "do not reach the learner" in text


def test_what_follows_goes_into_the_same_thread_several_at_once(
    opened: Open, mailbox: Mailbox, asked: Ask, clock: Clock
) -> None:
    helpdesk = opened()
    number = helpdesk.desk.open(asked())
    deliver(helpdesk)
    say(helpdesk, number, "one", "two")
    clock.forward(seconds=59)
    say(helpdesk, number, "three")
    assert deliver(helpdesk) == 0
    clock.forward(seconds=1)
    assert deliver(helpdesk) == 1
    helpdesk.desk.reply(number, MEENA, "by the console")
    helpdesk.desk.close(number)
    assert deliver(helpdesk) == 1
    first, second, third = mailbox.mails
    lines = second.get_content().splitlines()
    assert lines[:3] == ["Learner: one", "Learner: two", "Learner: three"]
    for mail in (second, third):
        assert mail["In-Reply-To"] == mail["References"] == first["Message-ID"]
        assert mail["Subject"] == f"Re: {first['Subject']}"
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 3
    assert "closed" in third.get_content()


def test_a_server_that_is_away_or_busy_is_tried_again(
    opened: Open, mailbox: Mailbox, asked: Ask, clock: Clock
) -> None:
    away = opened(smtp_port=1)
    number = away.desk.open(asked())
    assert deliver(away) == 0
    clock.forward(minutes=1)
    helpdesk = opened()
    mailbox.refuses = ["451 try again later"]
    assert deliver(helpdesk) == 0
    clock.forward(minutes=1)
    assert deliver(helpdesk) == 1
    assert number in mailbox.mails[0]["Subject"]


def test_a_recipient_that_is_refused_for_good_is_given_up(
    opened: Open, mailbox: Mailbox, asked: Ask, engine: Engine, clock: Clock
) -> None:
    helpdesk = opened()
    number = helpdesk.desk.open(asked())
    mailbox.refuses = ["550 no such user"]
    assert deliver(helpdesk) == 0
    with engine.connect() as connection:
        assert connection.execute(deliveries.select()).all() == []
    assert helpdesk.desk.ticket(number).number == number


@pytest.mark.parametrize(
    "changes", [{"smtp_ca_file": None}, {"smtp_password": "wrong"}, {"smtp_security": "none"}]
)
def test_nothing_is_sent_where_the_server_is_not_who_it_says_or_does_not_know_us(
    opened: Open, mailbox: Mailbox, asked: Ask, changes: dict
) -> None:
    helpdesk = opened(**changes)
    helpdesk.desk.open(asked())
    assert deliver(helpdesk) == 0
    assert mailbox.mails == []


def test_a_mail_sent_twice_after_a_crash_has_the_same_id(
    opened: Open, mailbox: Mailbox, asked: Ask, clock: Clock, engine: Engine
) -> None:
    helpdesk = opened()
    number = helpdesk.desk.open(asked())
    delivery, _ = helpdesk.forwarder._lease(number)
    asyncio.run(helpdesk.forwarder._remote.deliver(delivery))
    clock.forward(minutes=3)
    assert deliver(opened()) == 1
    assert len(mailbox.mails) == 2
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1


def test_without_a_public_address_the_mail_says_where_to_answer(
    opened: Open, mailbox: Mailbox, asked: Ask
) -> None:
    helpdesk = opened(public_url="")
    helpdesk.desk.open(asked())
    deliver(helpdesk)
    assert "/console" in mailbox.mails[0].get_content()
