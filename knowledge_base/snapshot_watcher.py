"""A new snapshot of the index is taken over while Sathi runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from knowledge_base.encoder import model_name
from knowledge_base.index import SearchIndexError, open_index
from knowledge_base.loader import CatalogueError, load_catalogue
from knowledge_base.settings import KnowledgeBaseSettings
from knowledge_base.snapshots import current_snapshot
from knowledge_base.vector_store import VectorStoreError
from knowledge_base.vector_store_factory import VectorStores

if TYPE_CHECKING:
    from knowledge_base.knowledge_base import KnowledgeBase

logger = logging.getLogger(__name__)
_POLL_SECONDS = 5.0


class SnapshotWatcher:
    """Bring a new index, and the catalogue it was built over, into a knowledge base.

    Args:
        knowledge_base: what searches.
        settings: where catalogue and index are.
        on_change: called after a change, for what else is made from the catalogue.
        poll_seconds: time between two looks.
    """

    def __init__(
        self,
        knowledge_base: KnowledgeBase,
        settings: KnowledgeBaseSettings,
        on_change: Callable[[], None] = lambda: None,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        self._knowledge_base = knowledge_base
        self._settings = settings
        self._on_change = on_change
        self._poll_seconds = poll_seconds
        self._seen = knowledge_base.snapshot

    def refresh(self) -> bool:
        """Take over the serving snapshot if it is another one.

        A snapshot that cannot be used is logged, once, and the one before stays.

        Returns:
            Whether another one was taken over.
        """
        folder = current_snapshot(self._settings.index_directory)
        if folder is None or folder == self._seen:
            return False
        self._seen = folder
        try:
            catalogue = load_catalogue(self._settings.catalogue)
            index = open_index(
                self._settings.index_directory,
                model_name(self._settings),
                VectorStores.of(self._settings),
            )
        except (CatalogueError, SearchIndexError, VectorStoreError, OSError):
            logger.exception("the new index cannot be used; the one of before stays")
            return False
        self._knowledge_base.take_over(catalogue, index)
        self._on_change()
        logger.info("took over the index %s", folder.name)
        return True

    async def run(self) -> None:
        """Take over new snapshots until cancelled."""
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                await asyncio.to_thread(self.refresh)
            except Exception:
                # Whatever it was: the next snapshot must still be taken over.
                logger.exception("the new index could not be taken over")
