"""Settings of the helpdesk, environment variables with the prefix ``SATHI_``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class HelpdeskSettings(BaseSettings):
    """Which desk answers, when, and how it is reached.

    Attributes:
        helpdesk: ``embedded`` for the console alone; ``chatwoot`` or ``email`` tell a desk
            elsewhere, too.
        helpdesk_hours: when people answer, in India, e.g. ``09:30-18:00 Mon-Fri``; several
            times are parted by semicolons, none means always.
        helpdesk_hold_minutes: how long Sathi is silent after an agent's last message.
        public_url: address that Sathi is reached at from outside, for links to the console.
        chatwoot_url: where Chatwoot is.
        chatwoot_inbox: identifier of its API inbox.
        chatwoot_hmac_token: signs who a contact is; needed where the inbox demands it.
        chatwoot_webhook_secret: last part of the webhook's address; 32 characters or more.
        chatwoot_signing_secret: verifies the signature of webhooks, for versions that sign.
        chatwoot_timeout_seconds: how long one request may take, in seconds.
        smtp_host: mail server.
        smtp_port: its port.
        smtp_security: ``starttls``, ``tls`` from the start, or ``none`` on the loopback.
        smtp_username: who signs in there; empty for nobody.
        smtp_password: with which password.
        smtp_ca_file: certificates to trust instead of the system's.
        smtp_timeout_seconds: how long the server may take, in seconds.
        helpdesk_mail_to: where mail about tickets goes.
        helpdesk_mail_from: whom it comes from.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_", env_file=".env", extra="ignore")

    helpdesk: Literal["embedded", "chatwoot", "email"] = "embedded"
    helpdesk_hours: str = "09:30-18:00 Mon-Fri"
    helpdesk_hold_minutes: float = Field(30, gt=0)
    public_url: str = ""
    chatwoot_url: str = ""
    chatwoot_inbox: SecretStr = SecretStr("")
    chatwoot_hmac_token: SecretStr = SecretStr("")
    chatwoot_webhook_secret: SecretStr = SecretStr("")
    chatwoot_signing_secret: SecretStr = SecretStr("")
    chatwoot_timeout_seconds: float = Field(10, gt=0)
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: Path | None = None
    smtp_timeout_seconds: float = Field(20, gt=0)
    helpdesk_mail_to: str = ""
    helpdesk_mail_from: str = ""
