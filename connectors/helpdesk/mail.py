"""E-mail as the helpdesk: one thread of mails for each ticket, by SMTP.

SMTP only sends. Agents answer in Sathi's console, whose address each mail gives; what they
write to the mail's sender does not reach the learner, and the mail says so.
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Literal

from connectors.helpdesk.desk import (
    Delivery,
    RefusedDeliveryError,
    RemoteDeskError,
    RemoteTicket,
)
from connectors.helpdesk.records import Ticket
from connectors.helpdesk.transcript import said, subject_line, transcript

_ANSWER = "Answer in the console: {link}\nAnswers to this mail do not reach the learner."
_ANSWER_SOMEWHERE = (
    "Answer in Sathi's console, at /console; answers to this mail do not reach the learner."
)
_CLOSED = "The ticket is closed."
_PERMANENT = 500


@dataclass(frozen=True)
class MailServer:
    """How mail is sent.

    Attributes:
        security: ``starttls``, ``tls`` from the start, or ``none``.
        username: who signs in; empty for nobody.
        ca_file: certificates to trust instead of the system's.
        timeout_seconds: how long the server may take, in seconds.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str
    password: str
    ca_file: Path | None
    timeout_seconds: float


class MailDesk:
    """Tell people about tickets by mail, see ``RemoteDesk``.

    Args:
        server: how mail is sent.
        sender: address it comes from.
        recipient: address it goes to.
        public_url: address of Sathi from outside, for links to the console; may be empty.
        clock: returns the current moment with its time zone.
    """

    gather_seconds = 60.0
    at_once = 100

    def __init__(
        self,
        server: MailServer,
        sender: str,
        recipient: str,
        public_url: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._server = server
        self._sender = sender
        self._recipient = recipient
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._domain = parseaddr(sender)[1].partition("@")[2]

    async def deliver(self, delivery: Delivery) -> RemoteTicket | None:
        """Send a mail."""
        mail = self._compose(delivery)
        try:
            await asyncio.to_thread(self._send, mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            if min(codes) >= _PERMANENT:
                raise RefusedDeliveryError(f"the recipient was refused: {codes[0]}") from error
            raise RemoteDeskError(f"the recipient was refused for now: {codes[0]}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise RemoteDeskError(f"mail cannot be sent: {type(error).__name__}") from error
        if delivery.kind != "open":
            return None
        return RemoteTicket(self._recipient, mail["Message-ID"])

    def _compose(self, delivery: Delivery) -> EmailMessage:
        ticket = delivery.ticket
        first = f"<{ticket.number}@{self._domain}>"
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = self._recipient
        mail["Date"] = format_datetime(self._clock())
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers, please
        if delivery.kind == "open":
            mail["Subject"] = subject_line(ticket)
            mail["Message-ID"] = first
            body = transcript(ticket)
        else:
            mail["Subject"] = f"Re: {subject_line(ticket)}"
            # The same mail sent twice, after a crash, has the same id.
            mail["Message-ID"] = f"<{ticket.number}.{delivery.id}@{self._domain}>"
            mail["In-Reply-To"] = mail["References"] = first
            body = _CLOSED if delivery.kind == "close" else said(delivery.messages)
        mail.set_content(f"{body}\n\n-- \n{self._where(ticket)}\n")
        return mail

    def _where(self, ticket: Ticket) -> str:
        if not self._public_url:
            return _ANSWER_SOMEWHERE
        return _ANSWER.format(link=f"{self._public_url}/console/tickets/{ticket.number}")

    def _send(self, mail: EmailMessage) -> None:
        server = self._server
        context = ssl.create_default_context(cafile=server.ca_file)
        address = (server.host, server.port)
        if server.security == "tls":
            connection = smtplib.SMTP_SSL(*address, timeout=server.timeout_seconds, context=context)
        else:
            connection = smtplib.SMTP(*address, timeout=server.timeout_seconds)
        with connection as smtp:
            if server.security == "starttls":
                smtp.starttls(context=context)
            if server.username:
                smtp.login(server.username, server.password)
            smtp.send_message(mail)
