from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.loop_thread import LoopThread


def test_worker_threads_share_one_loop() -> None:
    async def where() -> tuple[int, asyncio.AbstractEventLoop]:
        await asyncio.sleep(0)
        return threading.get_ident(), asyncio.get_running_loop()

    loop = LoopThread("test-loop")
    with ThreadPoolExecutor(4) as workers:
        found = set(workers.map(lambda _: loop.run(where()), range(20)))
    loop.close()
    assert len(found) == 1
    assert found.pop()[0] != threading.get_ident()


def test_errors_reach_the_caller() -> None:
    async def fail() -> None:
        raise LookupError

    loop = LoopThread("test-loop")
    with pytest.raises(LookupError):
        loop.run(fail())
    loop.close()
    assert "test-loop" not in {thread.name for thread in threading.enumerate()}
