"""What the helpdesk does by itself, again and again."""

from __future__ import annotations

import asyncio
import logging

from connectors.helpdesk.embedded import EmbeddedDesk
from connectors.platform.outbox import Outbox
from connectors.platform.records import PlatformError

logger = logging.getLogger(__name__)
_POLL_SECONDS = 15.0


class Keeper:
    """Give conversations back whose agents are silent; drop messages and addresses in time.

    Args:
        desk: Sathi's own desk.
        outbox: messages that wait for chats.
    """

    def __init__(self, desk: EmbeddedDesk, outbox: Outbox) -> None:
        self._desk = desk
        self._outbox = outbox

    def keep(self) -> None:
        """Do what is due now.

        Raises:
            PlatformUnavailableError: the database failed.
        """
        self._desk.lapse_all()
        self._outbox.drop_old()
        self._outbox.drop_addresses()

    async def run(self) -> None:
        """Do what is due, again and again, until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.keep)
            except PlatformError as error:
                logger.warning("the helpdesk's conversations wait: %s", error)
            except Exception:
                # A fault with one conversation must not silence Sathi in all others for good.
                logger.exception("the helpdesk's conversations wait")
            await asyncio.sleep(_POLL_SECONDS)
