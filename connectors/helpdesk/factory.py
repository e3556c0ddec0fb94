"""The helpdesk as the settings choose it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr
from sqlalchemy import Engine

from connectors.helpdesk.chatwoot import ChatwootDesk
from connectors.helpdesk.chatwoot_hook import ChatwootHook
from connectors.helpdesk.delivery import Forwarder
from connectors.helpdesk.desk import RemoteDesk
from connectors.helpdesk.embedded import DeskRules, EmbeddedDesk, Word
from connectors.helpdesk.hours import OfficeHours
from connectors.helpdesk.mail import MailDesk, MailServer
from connectors.helpdesk.settings import HelpdeskSettings

_MIN_SECRET = 32


class HelpdeskSettingError(ValueError):
    """A setting of the helpdesk is missing or unusable; the message names it."""


@dataclass(frozen=True)
class Helpdesk:
    """The helpdesk.

    Attributes:
        desk: tickets and conversations.
        hours: when people answer.
        hold: how long Sathi is silent after an agent's last message.
        forwarder: tells a desk elsewhere, if there is one.
        hook: takes what agents do there.
    """

    desk: EmbeddedDesk
    hours: OfficeHours
    hold: timedelta
    forwarder: Forwarder | None = None
    hook: ChatwootHook | None = None


def open_helpdesk(
    settings: HelpdeskSettings, engine: Engine, clock: Callable[[], datetime], word: Word
) -> Helpdesk:
    """Return the helpdesk that the settings choose.

    Args:
        settings: which desk, and how to reach it.
        engine: the migrated database.
        clock: returns the current moment with its time zone.
        word: words what learners read.

    Raises:
        HelpdeskSettingError: what the chosen desk needs is not set.
        HoursError: the hours cannot be read.
    """
    remote = _remote_desk(settings, clock)
    rules = DeskRules(
        hold=timedelta(minutes=settings.helpdesk_hold_minutes),
        forwards=remote is not None,
        gather=timedelta(seconds=remote.gather_seconds if remote else 0),
    )
    desk = EmbeddedDesk(engine, clock, word, rules)
    hook = None
    if settings.helpdesk == "chatwoot":
        secret = settings.chatwoot_webhook_secret.get_secret_value()
        signing = settings.chatwoot_signing_secret.get_secret_value()
        hook = ChatwootHook(desk, engine, clock, secret, signing)
    return Helpdesk(
        desk,
        OfficeHours.parse(settings.helpdesk_hours),
        rules.hold,
        Forwarder(engine, clock, remote) if remote else None,
        hook,
    )


def _remote_desk(settings: HelpdeskSettings, clock: Callable[[], datetime]) -> RemoteDesk | None:
    if settings.helpdesk == "chatwoot":
        _require(settings, "chatwoot_url", "chatwoot_inbox", "chatwoot_webhook_secret")
        if len(settings.chatwoot_webhook_secret.get_secret_value()) < _MIN_SECRET:
            raise HelpdeskSettingError(
                f"SATHI_CHATWOOT_WEBHOOK_SECRET needs {_MIN_SECRET} characters or more"
            )
        return ChatwootDesk(
            settings.chatwoot_url,
            settings.chatwoot_inbox.get_secret_value(),
            settings.chatwoot_hmac_token.get_secret_value(),
            settings.chatwoot_timeout_seconds,
        )
    if settings.helpdesk == "email":
        _require(settings, "smtp_host", "helpdesk_mail_to", "helpdesk_mail_from")
        server = MailServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_username,
            settings.smtp_password.get_secret_value(),
            settings.smtp_ca_file,
            settings.smtp_timeout_seconds,
        )
        return MailDesk(
            server,
            settings.helpdesk_mail_from,
            settings.helpdesk_mail_to,
            settings.public_url,
            clock,
        )
    return None


def _require(settings: HelpdeskSettings, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            raise HelpdeskSettingError(
                f"SATHI_HELPDESK={settings.helpdesk} needs SATHI_{name.upper()}"
            )
