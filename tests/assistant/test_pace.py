from __future__ import annotations

import asyncio

from aiolimiter import AsyncLimiter

from connectors.channels import pace
from connectors.channels.pace import ChatPace


def test_each_chat_has_a_bucket_of_its_own() -> None:
    async def waits(chats: ChatPace, chat: str) -> bool:
        try:
            await asyncio.wait_for(chats.wait(chat), 0.05)
        except asyncio.TimeoutError:
            return True
        return False

    async def run() -> None:
        chats = ChatPace(lambda chat: AsyncLimiter(1 if chat == "slow" else 2, 60))
        assert not await waits(chats, "slow")
        assert await waits(chats, "slow")
        assert not await waits(chats, "quick")
        assert not await waits(chats, "quick")
        assert await waits(chats, "quick")

    asyncio.run(run())


def test_buckets_that_are_full_again_are_dropped() -> None:
    made: list[str] = []

    def limiter_of(chat: str) -> AsyncLimiter:
        made.append(chat)
        return AsyncLimiter(1, 60 if chat == "busy" else 1e-6)

    async def run() -> None:
        chats = ChatPace(limiter_of)
        await chats.wait("busy")
        for number in range(pace._KEPT_LIMITERS):
            await chats.wait(f"rests-{number}")
        await asyncio.sleep(0.01)
        await chats.wait("rests-0")
        await chats.wait("one more")
        assert made.count("busy") == 1

    asyncio.run(run())
