"""Answering what a channel has journalled: in order within a chat, chats beside each other.

Each chat has a queue of its own and one task that works through it; a slow or failing
chat holds up no other. What is in the queues is in the journal too, from which a new
process goes on where the last one stopped.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Optional, TypeVar, Union

from rasa.core.channels.channel import UserMessage

from connectors.channels.collecting import WholeMessageOutput
from connectors.channels.journal import Journal, JournalError, Reply, Update
from connectors.observability.metrics import count_error, timed
from connectors.observability.request_id import current_request_id, known_or_new, request

logger = logging.getLogger(__name__)
Message = dict[str, Any]
_Result = TypeVar("_Result")
_CLEANING_SECONDS = 3600.0
# Turns without a reply while the action server is well: the fault is in the message.
_FRUITLESS_TURNS = 3
_GAP_POLL_SECONDS = 0.02
_LARGEST_GAP = 1000


class DeliveryError(Exception):
    """A reply will not arrive, or nobody knows whether it did; it is not sent again."""


class NotSentError(DeliveryError):
    """A reply certainly did not arrive; it is sent again later.

    Args:
        reason: why, without anything personal.
        retry_after: seconds to wait at least.
    """

    def __init__(self, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class ChatBlockedError(DeliveryError):
    """The chat does not want to be written to."""


@dataclass(frozen=True)
class Incoming:
    """What Rasa gets of an update.

    Attributes:
        text: the message.
        sender_id: whose conversation it belongs to.
        metadata: metadata of the message, e.g. ``is_group``.
    """

    text: str
    sender_id: str
    metadata: dict[str, Any] = field(default_factory=dict)


class ChannelAdapter(ABC):
    """What a worker asks of its channel."""

    name: str

    @abstractmethod
    async def read(self, update: Update) -> Optional[Incoming]:
        """Return what Rasa gets of an update, None when there is nothing to answer."""

    @abstractmethod
    async def render(
        self, chat_id: str, update: Optional[Update], messages: Sequence[Message]
    ) -> list[dict[str, Any]]:
        """Turn the bot's messages into replies.

        Args:
            chat_id: where they go.
            update: what they answer, None for messages the bot sends unasked.
            messages: the bot's messages, see ``WholeMessageOutput``.

        Returns:
            What is journalled and delivered piece by piece, JSON.
        """

    @abstractmethod
    async def deliver(self, chat_id: str, reply: dict[str, Any]) -> Optional[str]:
        """Send one reply, trying once.

        Returns:
            Id of the message, if the messenger gives one.

        Raises:
            NotSentError: it certainly did not arrive.
            ChatBlockedError: the chat does not want to be written to.
            DeliveryError: it will not arrive, or may have arrived.
        """

    @abstractmethod
    async def words(self, key: str, update: Update) -> Message:
        """Return a text of ``connectors/channels/strings`` in the chat's language."""

    async def pace(self, chat_id: str) -> None:  # noqa: B027 (not every messenger has limits)
        """Wait until the messenger allows another message to a chat."""

    @asynccontextmanager
    async def typing(self, update: Update) -> AsyncIterator[None]:
        """Show that an answer is on its way while the block lasts."""
        yield


@dataclass(frozen=True)
class Backoff:
    """How long to wait before trying again.

    Attributes:
        first_seconds: before the second attempt.
        longest_seconds: waits double up to this.
    """

    first_seconds: float = 1.0
    longest_seconds: float = 60.0

    def waits(self) -> Iterator[float]:
        """Yield one wait after the other, without end."""
        wait = self.first_seconds
        while True:
            yield wait
            wait = min(wait * 2, self.longest_seconds)


@dataclass(frozen=True)
class WorkerSettings:
    """How a worker works.

    Attributes:
        turns_at_once: turns of all chats together.
        turn_seconds: after this a turn counts as failed.
        settle_seconds: how long an update waits for one with a lower number that is missing;
            0 where updates come in order or have no numbers.
        backoff: before a failed turn or delivery is tried again.
    """

    turns_at_once: int = 8
    turn_seconds: float = 60.0
    settle_seconds: float = 0.0
    backoff: Backoff = field(default_factory=Backoff)


class _StoppingError(Exception):
    """The worker stops; what is undone stays in the journal."""


@dataclass(order=True)
class _Job:
    """A reply to send (first) or an update to answer (then, by number)."""

    rank: int
    sequence: int
    order: int
    content: Union[Reply, Update] = field(compare=False)
    is_resumed: bool = field(compare=False, default=False)
    # That of the webhook's request, so that its lines and those of the answer are found together.
    request_id: str = field(
        compare=False, default_factory=lambda: known_or_new(current_request_id())
    )


class _Gaps:
    """Numbers that are missing among those seen, while it is worth waiting for them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._highest: Optional[int] = None
        self._missing: dict[int, float] = {}

    def saw(self, number: int) -> None:
        if not self._seconds:
            return
        # Nothing is known before the first number: one may be missing.
        highest = number - 2 if self._highest is None else self._highest
        end = asyncio.get_running_loop().time() + self._seconds
        for missing in range(max(highest + 1, number - _LARGEST_GAP), number):
            self._missing[missing] = end
        self._missing.pop(number, None)
        self._highest = max(highest, number)

    def seconds_before(self, number: int) -> float:
        """Return how long to wait for the numbers missing before this one."""
        now = asyncio.get_running_loop().time()
        self._missing = {n: end for n, end in self._missing.items() if end > now}
        return max((end - now for n, end in self._missing.items() if n < number), default=0.0)


Turn = Callable[[UserMessage], Awaitable[Any]]
Recall = Callable[[str, str], Awaitable[Optional[list[Message]]]]
IsHealthy = Callable[[], Awaitable[bool]]


class ChannelWorker:
    """Work through the journal of one channel.

    Args:
        journal: where updates and replies are written down.
        channel: reads updates, renders and delivers replies.
        on_new_message: runs one turn of Rasa.
        recall: returns what the bot has said to a message, by sender and id of the message;
            None if nothing. It is asked before a turn is run again.
        is_healthy: tells whether the action server answers.
        settings: how to work.
    """

    def __init__(
        self,
        journal: Journal,
        channel: ChannelAdapter,
        on_new_message: Turn,
        recall: Recall,
        is_healthy: IsHealthy,
        settings: Optional[WorkerSettings] = None,
    ) -> None:
        self._journal = journal
        self._channel = channel
        self._on_new_message = on_new_message
        self._recall = recall
        self._is_healthy = is_healthy
        self._settings = settings or WorkerSettings()
        self._gaps = _Gaps(self._settings.settle_seconds)
        self._order = itertools.count()
        self._queues: dict[str, list[_Job]] = {}
        self._queued: set[str] = set()
        self._tasks: set[asyncio.Task] = set()
        # Made on start, within the loop they belong to.
        self._turns: asyncio.Semaphore
        self._stopping: asyncio.Event
        self._resumed: asyncio.Event
        self._cleaning: Optional[asyncio.Task] = None
        self._is_running = False

    async def start(self) -> None:
        """Go on where the last process stopped, then take what comes.

        Raises:
            JournalError: the journal cannot be read.
        """
        name = self._channel.name
        await asyncio.to_thread(self._journal.prepare)
        interrupted = await asyncio.to_thread(self._journal.give_up_interrupted, name)
        if interrupted:
            logger.warning("%s: %d replies were cut off and may be missing", name, interrupted)
        self._turns = asyncio.Semaphore(self._settings.turns_at_once)
        self._stopping, self._resumed = asyncio.Event(), asyncio.Event()
        # From here on updates are queued as they come, and worked on once the older ones are.
        self._is_running = True
        for reply in await self._until_stored(self._journal.unsent, name):
            self._put(reply.chat_id, _Job(0, 0, next(self._order), reply))
        for update in await self._until_stored(self._journal.unanswered, name):
            self._put_update(update, is_resumed=True)
        self._resumed.set()
        self._cleaning = asyncio.create_task(self._clean())

    async def stop(self, grace_seconds: float = 10.0) -> None:
        """Finish what is in flight; what is only queued waits in the journal.

        Args:
            grace_seconds: how long to wait for what is in flight.
        """
        if not self._is_running:
            return
        self._is_running = False
        self._stopping.set()
        if self._cleaning:
            self._cleaning.cancel()
        if self._tasks:
            _, unfinished = await asyncio.wait(self._tasks, timeout=grace_seconds)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def receive(
        self,
        update_id: Union[int, str],
        chat_id: str,
        payload: dict[str, Any],
        sequence: Optional[int] = None,
    ) -> bool:
        """Write an update down, then answer it; see ``Journal.receive``.

        Returns:
            Whether it is new.

        Raises:
            JournalError: it is not written down.
        """
        update = await asyncio.to_thread(
            self._journal.receive, self._channel.name, update_id, chat_id, payload, sequence
        )
        if update is None:
            return False
        if self._is_running:
            self._gaps.saw(update.sequence)
            self._put_update(update)
        return True

    async def post(self, chat_id: str, messages: Sequence[Message], key: str) -> None:
        """Send messages that answer no update, once.

        Args:
            chat_id: where they go.
            messages: see ``WholeMessageOutput``.
            key: tells them from all others of the channel; known ones are left out.

        Raises:
            JournalError: they are not written down.
        """
        name = self._channel.name
        # Drawn anew, a list would take the buttons of the one that was sent.
        if await asyncio.to_thread(self._journal.is_posted, name, key):
            return
        replies = await self._render(chat_id, None, messages)
        stored = await asyncio.to_thread(self._journal.post, name, chat_id, replies, key)
        for reply in stored:
            if self._is_running:
                self._put(chat_id, _Job(0, 0, next(self._order), reply))

    def _put_update(self, update: Update, is_resumed: bool = False) -> None:
        if update.update_id not in self._queued:
            self._queued.add(update.update_id)
            job = _Job(1, update.sequence, next(self._order), update, is_resumed)
            self._put(update.chat_id, job)

    def _put(self, chat_id: str, job: _Job) -> None:
        queue = self._queues.get(chat_id)
        if queue is None:
            queue = self._queues[chat_id] = []
            task = asyncio.create_task(self._work(chat_id, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        heapq.heappush(queue, job)

    async def _work(self, chat_id: str, queue: list[_Job]) -> None:
        """Work through the queue of a chat until it is empty."""
        try:
            await self._unless_stopping(self._resumed.wait())
            while queue and not self._stopping.is_set():
                await self._settle(queue)
                job = heapq.heappop(queue)
                with request(job.request_id):
                    await self._do(job)
                if isinstance(job.content, Update):
                    self._queued.discard(job.content.update_id)
        except _StoppingError:
            pass
        finally:
            del self._queues[chat_id]

    async def _settle(self, queue: list[_Job]) -> None:
        """Wait while an update that belongs before the next one may still come."""
        while queue[0].rank:
            seconds = self._gaps.seconds_before(queue[0].sequence)
            if not seconds:
                return
            await asyncio.sleep(min(seconds, _GAP_POLL_SECONDS))

    async def _do(self, job: _Job) -> None:
        """Do a job; one that fails in a way nobody has thought of must not hold up the chat."""
        faults = 0
        for wait in self._settings.backoff.waits():
            try:
                if isinstance(job.content, Reply):
                    await self._send(job.content)
                else:
                    await self._answer(job.content, job.is_resumed)
            except _StoppingError:
                raise
            except JournalError as error:
                logger.error("%s", error)  # noqa: TRY400
            except Exception:
                faults += 1
                logger.exception("%s: a message could not be handled", self._channel.name)
                if faults == _FRUITLESS_TURNS:
                    await self._close(job.content)
                    return
            else:
                return
            await self._wait(wait)
            job.is_resumed = True

    async def _close(self, content: Union[Reply, Update]) -> None:
        if isinstance(content, Update):
            name = self._channel.name
            await self._until_stored(self._journal.answered, name, content.update_id, [])

    async def _answer(self, update: Update, is_resumed: bool) -> None:
        incoming = await self._channel.read(update)
        messages: Sequence[Message] = ()
        if incoming is not None:
            messages = await self._messages(update, incoming, is_resumed)
        replies = await self._render(update.chat_id, update, messages)
        name = self._channel.name
        for reply in await self._until_stored(
            self._journal.answered, name, update.update_id, replies
        ):
            await self._send(reply)

    async def _render(
        self, chat_id: str, update: Optional[Update], messages: Sequence[Message]
    ) -> list[dict[str, Any]]:
        """Render messages; what the channel cannot draw is at least said in words."""
        try:
            return await self._channel.render(chat_id, update, messages)
        except JournalError:
            raise
        except Exception:
            logger.exception("%s: an answer is reduced to its text", self._channel.name)
        bare = [{"text": message["text"], "buttons": [], "custom": {}} for message in messages]
        return await self._channel.render(chat_id, update, bare)

    async def _messages(
        self, update: Update, incoming: Incoming, is_resumed: bool
    ) -> Sequence[Message]:
        """Return what the bot says, trying until it says something."""
        fruitless = 0
        for wait in self._settings.backoff.waits():
            messages: Optional[Sequence[Message]] = None
            if is_resumed:
                # The turn may have run to its end before the process did.
                messages = await self._recall(incoming.sender_id, update.update_id)
            if messages is None:
                messages = await self._turn(update, incoming)
            if messages is not None:
                return messages
            if await self._is_healthy():
                fruitless += 1
                if fruitless == _FRUITLESS_TURNS:
                    logger.error("%s: a message found no answer", self._channel.name)
                    return [await self._channel.words("not_answered", update)]
            await self._apologise(update)
            is_resumed = True
            await self._wait(wait)
        raise AssertionError("waits end never")

    async def _turn(self, update: Update, incoming: Incoming) -> Optional[Sequence[Message]]:
        """Run one turn and return what the bot said, None when it failed."""
        output = WholeMessageOutput(self._channel.name)
        message = UserMessage(
            incoming.text,
            output,
            incoming.sender_id,
            input_channel=self._channel.name,
            message_id=update.update_id,
            metadata=incoming.metadata,
        )
        # Nobody types while a chat waits for its turn, or for the end of an outage: many may.
        async with self._turns, self._channel.typing(update):
            try:
                await asyncio.wait_for(self._on_new_message(message), self._settings.turn_seconds)
            except Exception as error:
                # Its text may quote the message.
                logger.warning("%s: a turn failed: %s", self._channel.name, type(error).__name__)
                return None
        # Without any message the turn failed behind Rasa, which logs the reason.
        return output.messages if output.messages or output.is_silent else None

    async def _apologise(self, update: Update) -> None:
        if update.is_apologised:
            return
        words = await self._channel.words("answer_delayed", update)
        replies = await self._channel.render(update.chat_id, update, [words])
        name = self._channel.name
        for reply in await self._until_stored(
            self._journal.apologise, name, update.update_id, replies
        ):
            await self._send(reply)

    async def _send(self, reply: Reply) -> None:
        """Send a reply; at most one attempt is ever made whose outcome is unknown."""
        name = self._channel.name
        for wait in self._settings.backoff.waits():
            await self._unless_stopping(self._channel.pace(reply.chat_id))
            if not await self._until_stored(self._journal.sending, reply.id):
                return
            try:
                with timed("delivery", name):
                    message_id = await self._channel.deliver(reply.chat_id, reply.payload)
            except NotSentError as error:
                logger.warning("%s: a reply waits: %s", name, error)
                await self._until_stored(self._journal.not_sent, reply.id)
                await self._wait(max(wait, error.retry_after))
            except ChatBlockedError:
                await self._until_stored(self._journal.failed, reply.id, "blocked")
                await self._until_stored(self._journal.blocked, name, reply.chat_id)
                return
            except Exception as error:
                reason = str(error) if isinstance(error, DeliveryError) else type(error).__name__
                logger.error("%s: a reply was not delivered: %s", name, reason)  # noqa: TRY400
                count_error("delivery")
                await self._until_stored(self._journal.failed, reply.id, reason)
                return
            else:
                await self._until_stored(self._journal.sent, reply.id, message_id)
                return

    async def _until_stored(self, operation: Callable[..., _Result], *arguments: Any) -> _Result:
        """Call a method of the journal until its database works."""
        waits = self._settings.backoff.waits()
        while True:
            try:
                return await asyncio.to_thread(operation, *arguments)
            except JournalError as error:
                logger.error("%s", error)  # noqa: TRY400
                await self._wait(next(waits))

    async def _wait(self, seconds: float) -> None:
        """Wait, unless the worker stops."""
        await self._unless_stopping(asyncio.sleep(seconds))

    async def _unless_stopping(self, waiting: Awaitable[Any]) -> None:
        """Wait for something, unless the worker stops.

        Raises:
            _StoppingError: it does.
        """
        task = asyncio.ensure_future(waiting)
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise _StoppingError
            await task
        finally:
            task.cancel()
            stop.cancel()

    async def _clean(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._journal.drop_old)
            except JournalError as error:
                logger.warning("%s", error)
            await asyncio.sleep(_CLEANING_SECONDS)
