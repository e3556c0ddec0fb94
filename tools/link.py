"""Issue a one-time link for a learner: ``python -m tools.link LEARNER``."""

from __future__ import annotations

import argparse
import sys

from pydantic import ValidationError

from bot.actions.settings import ActionSettings
from connectors.platform.database import migrate, open_database
from connectors.platform.factory import PlatformSettingError, link_secret, open_platform
from connectors.platform.link_addresses import ChatSettings, link_addresses
from connectors.platform.linking import TOKEN_LIFETIME, LinkService
from connectors.platform.records import PlatformError
from connectors.platform.schema import utc_now
from connectors.platform.settings import PlatformSettings
from tools.processes import Addresses


def main(arguments: list[str] | None = None) -> int:
    """Print the link for the page, and for Telegram and WhatsApp where their names are set."""
    parser = argparse.ArgumentParser(prog="python -m tools.link", description=__doc__)
    parser.add_argument("learner", help="id of the learner on the platform")
    learner_id = parser.parse_args(arguments).learner
    settings = PlatformSettings()
    try:
        chats = ChatSettings()
        engine = open_database(settings.database)
        migrate(engine)
        learner = open_platform(settings, engine).learner(learner_id)
        secret = link_secret(settings, ActionSettings().state_directory)
        token = LinkService(engine, secret, utc_now).issue(learner.id)
    except (PlatformError, PlatformSettingError, ValidationError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    page = Addresses.from_environment().assistant
    minutes = round(TOKEN_LIFETIME.total_seconds() / 60)
    print(f"One-time links, valid for {minutes} minutes:")
    for channel, address in link_addresses(token, chats, page).items():
        print(f"  {channel:<8}  {address}")
    print(f"  any chat  /start {token}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
