"""The learning platform and Sathi's own database, as the settings choose them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from connectors.chat_identity import SecretError, kept_secret
from connectors.platform.linking import LinkService
from connectors.platform.portal import MIN_SECRET, Portal
from connectors.platform.records import LearningPlatform
from connectors.platform.settings import PlatformSettings
from connectors.platform.sql import SqlPlatform
from connectors.platform.sunbird import SunbirdPlatform


class PlatformSettingError(ValueError):
    """A setting of the platform is missing or unusable; the message names it."""


def open_platform(settings: PlatformSettings, engine: Engine) -> LearningPlatform:
    """Return the platform that the settings choose.

    Args:
        settings: which platform, and how to reach it.
        engine: the migrated database, which the embedded platform uses.

    Raises:
        PlatformSettingError: Sunbird is chosen without its address or key.
    """
    if settings.platform == "sql":
        return SqlPlatform(engine)
    key = settings.sunbird_api_key.get_secret_value()
    if not settings.sunbird_url or not key:
        raise PlatformSettingError("set SATHI_SUNBIRD_URL and SATHI_SUNBIRD_API_KEY")
    return SunbirdPlatform(
        settings.sunbird_url, key, timeout_seconds=settings.sunbird_timeout_seconds
    )


def open_portal(
    settings: PlatformSettings,
    links: LinkService,
    platform: LearningPlatform,
    clock: Callable[[], datetime],
) -> Portal | None:
    """Return what checks a portal's tokens, None where no portal introduces learners.

    Raises:
        PlatformSettingError: the secret of the setting is too short.
    """
    secret = settings.widget_secret.get_secret_value()
    if not secret:
        return None
    if len(secret) < MIN_SECRET:
        raise PlatformSettingError(f"SATHI_WIDGET_SECRET needs {MIN_SECRET} characters or more")
    return Portal(secret, links, platform, clock)


def link_secret(settings: PlatformSettings, folder: Path) -> str:
    """Return the secret that signs links; without a setting one is made and kept.

    Args:
        settings: may hold the secret.
        folder: where a made secret is kept, readable by the owner only.

    Raises:
        PlatformSettingError: the secret of the setting is too short.
    """
    try:
        return kept_secret(settings.link_secret.get_secret_value(), folder)
    except SecretError as error:
        raise PlatformSettingError(str(error)) from error
