"""Documents are read in processes of their own: a broken one may crash, hang or eat memory."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.parsing import parse_file
from knowledge_base.ingest.source import ItemError
from knowledge_base.ingest.splitting import SplitDocument, split_document

# Memory that libraries do not give back is freed with the process.
_FILES_A_PROCESS = 200


def read_document(path: Path, limits: IngestLimits) -> SplitDocument:
    """Read a file and split it into passages.

    Raises:
        ItemError: see ``parsing.parse_file``.
    """
    return split_document(parse_file(path, limits))


class DocumentReader:
    """Reads documents in processes; used as a context manager.

    The processes are started with the first document. One that crashes or takes too long
    costs its document only (https://pebble.readthedocs.io).

    Args:
        limits: number of processes, and what a document may ask of them.
    """

    def __init__(self, limits: IngestLimits) -> None:
        self._limits = limits
        # Forking this process would copy threads and locks of whoever reads; a server that has
        # the parsers loaded is forked instead.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([parse_file.__module__])
        self._pool = ProcessPool(
            max_workers=limits.processes,
            max_tasks=_FILES_A_PROCESS,
            initializer=_limit_memory,
            initargs=(limits.memory_bytes,),
            context=context,
        )

    def __enter__(self) -> DocumentReader:
        """Return the reader itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the processes; after an error what they still read is dropped."""
        if kind is None:
            self._pool.close()
        else:
            self._pool.stop()
        self._pool.join()

    def begin(self, path: Path) -> Callable[[], SplitDocument]:
        """Begin to read a document.

        Returns:
            A function that waits for the document and returns it, or raises ``ItemError``.
        """
        future = self._pool.schedule(
            read_document, args=(path, self._limits), timeout=self._limits.timeout_seconds
        )

        def finish() -> SplitDocument:
            try:
                return future.result()
            except FutureTimeoutError as error:
                raise ItemError(
                    f"reading it takes longer than {self._limits.timeout_seconds:g} s; split it, "
                    "or set SATHI_INGEST_TIMEOUT_SECONDS"
                ) from error
            except ProcessExpired as error:
                raise ItemError(
                    "reading it crashed, it is probably broken; export it anew"
                ) from error

        return finish


def _limit_memory(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
