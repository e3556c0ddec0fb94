"""Where a learner opens a one-time link: the page, Telegram, WhatsApp.

Telegram: https://core.telegram.org/bots/features#deep-linking. WhatsApp: the message is written
out by https://wa.me/<number>?text=<text>, and read by ``connectors/channels/whatsapp/payloads.py``.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_BOT = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
# E.164: the country's code and the number, 15 digits at most.
_NUMBER = re.compile(r"[1-9][0-9]{6,14}")
_MARKS = re.compile(r"[\s()+.-]")


class ChatSettings(BaseSettings):
    """By which names the chats of this Sathi are found.

    Attributes:
        public_url: where the page is, e.g. ``https://sathi.example.in``; empty where only
            this machine reaches it.
        telegram_bot_name: user name of the Telegram bot; empty for none.
        whatsapp_number: number on WhatsApp with the country's code, digits only; empty for none.
    """

    model_config = SettingsConfigDict(env_prefix="SATHI_", env_file=".env", extra="ignore")

    public_url: str = ""
    telegram_bot_name: str = Field(default="", validation_alias="TELEGRAM_BOT_NAME")
    whatsapp_number: str = ""

    @field_validator("telegram_bot_name")
    @classmethod
    def _without_at(cls, name: str) -> str:
        bare = name.strip().removeprefix("@")
        if bare and not _BOT.fullmatch(bare):
            raise ValueError("TELEGRAM_BOT_NAME is the bot's user name, e.g. KarmayogiSathiBot")
        return bare

    @field_validator("whatsapp_number")
    @classmethod
    def _digits(cls, number: str) -> str:
        digits = _MARKS.sub("", number)
        if digits and not _NUMBER.fullmatch(digits):
            raise ValueError(
                "SATHI_WHATSAPP_NUMBER is the number with the country's code, e.g. +919876543210"
            )
        return digits


def link_addresses(token: str, settings: ChatSettings, page: str = "") -> dict[str, str]:
    """Return what opens a one-time link, by channel; only channels that are there.

    Args:
        token: token of the link, of ``A-Za-z0-9_-``.
        settings: names of the chats.
        page: where the page is if the settings do not say it.
    """
    found = {}
    address = settings.public_url.rstrip("/") or page
    if address:
        # Behind the "#", which browsers send to no server.
        found["web"] = f"{address}/#link={token}"
    if settings.telegram_bot_name:
        found["telegram"] = f"https://t.me/{settings.telegram_bot_name}?start={token}"
    if settings.whatsapp_number:
        found["whatsapp"] = (
            f"https://wa.me/{settings.whatsapp_number}?text={quote(f'LINK {token}')}"
        )
    return found
