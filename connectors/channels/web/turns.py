"""The page's turns: each message is answered once, however often it is sent.

The page gives each message a key, and sends it again with the same key when it got no answer.
A turn goes on when nobody listens any more, and what it said is kept for those who ask again;
after a restart it is looked up in the conversation.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, AsyncIterator, Awaitable, Callable, Dict, List, Optional, Text, Tuple

from rasa.core.channels.channel import UserMessage

from connectors.channels.collecting import WholeMessageOutput

logger = logging.getLogger(__name__)
KEPT_SECONDS = 600
_MOST_KEPT = 10_000
_STOP_SECONDS = 10
# Takes the sender's id and the key of a message; see ``Conversations.said_to``.
SaidTo = Callable[[Text, Text], Awaitable[Optional[List[Dict[Text, Any]]]]]
OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class OtherMessageError(ValueError):
    """The key came with another message before."""


class _Output(WholeMessageOutput):
    """Collect messages, and wake those who wait for the next one."""

    def __init__(self, channel: Text) -> None:
        super().__init__(channel)
        self.news = asyncio.Event()

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Keep a message and wake who waits."""
        await super().send_response(recipient_id, message)
        self.wake()

    def wake(self) -> None:
        """Wake everybody who waits now."""
        self.news.set()
        self.news = asyncio.Event()


class Turn:
    """A message and what the bot says to it, maybe still being said.

    Args:
        text: the message.
        output: collects what the bot says.
        started: when, in seconds of a monotonic clock.
    """

    def __init__(self, text: Text, output: _Output, started: float) -> None:
        self.text = text
        self.started = started
        self._output = output
        self._is_over = False

    @property
    def has_failed(self) -> bool:
        """Whether it is over and nothing was said, without meaning to."""
        return self._is_over and not self._output.messages and not self._output.is_silent

    @property
    def is_over(self) -> bool:
        """Whether everything has been said."""
        return self._is_over

    def end(self) -> None:
        """Note that nothing more will be said."""
        self._is_over = True
        self._output.wake()

    async def messages(self) -> AsyncIterator[Dict[Text, Any]]:
        """Yield all that the bot says, from the first message on, as it says it."""
        given = 0
        while True:
            news = self._output.news
            while given < len(self._output.messages):
                yield self._output.messages[given]
                given += 1
            if self._is_over and given == len(self._output.messages):
                return
            if news is self._output.news:
                await news.wait()


class Turns:
    """Run the turns of a channel.

    Args:
        channel: name of the channel.
        on_new_message: Rasa's handler.
        said_to: looks up what was said to a message before a restart.
        clock: returns seconds, monotonic.
    """

    def __init__(
        self,
        channel: Text,
        on_new_message: OnNewMessage,
        said_to: SaidTo,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._channel = channel
        self._on_new_message = on_new_message
        self._said_to = said_to
        self._clock = clock
        # In order of their start.
        self._turns: Dict[Tuple[Text, Text], Turn] = {}
        self._tasks: Dict[Turn, asyncio.Task] = {}

    def take(self, sender: Text, key: Text, text: Text, is_resent: bool) -> Turn:
        """Return the turn of a message, which is started unless it has been.

        Args:
            sender: id of the conversation.
            key: id of the message in it.
            text: the message.
            is_resent: whether it may have been sent before.

        Raises:
            OtherMessageError: the key belongs to another message.
        """
        self._drop_old()
        known = self._turns.get((sender, key))
        if known is not None:
            if known.text != text:
                raise OtherMessageError
            return known
        output = _Output(self._channel)
        turn = Turn(text, output, self._clock())
        self._turns[sender, key] = turn
        self._tasks[turn] = asyncio.create_task(self._run(turn, output, sender, key, is_resent))
        return turn

    async def finish(self) -> None:
        """Let turns that are being answered come to their end, for some seconds."""
        if self._tasks:
            await asyncio.wait(list(self._tasks.values()), timeout=_STOP_SECONDS)

    async def _run(
        self, turn: Turn, output: _Output, sender: Text, key: Text, is_resent: bool
    ) -> None:
        try:
            said = await self._said_to(sender, key) if is_resent else None
            if said is None:
                await self._on_new_message(
                    UserMessage(
                        turn.text, output, sender, input_channel=self._channel, message_id=key
                    )
                )
            else:
                output.messages.extend(said)
                output.is_silent = not said
        except Exception as error:
            # Whatever it is, the page is told that there is no answer, and may ask again.
            logger.error(  # noqa: TRY400 (a traceback may hold what somebody wrote)
                "web: a turn failed: %s", type(error).__name__
            )
        finally:
            turn.end()
            del self._tasks[turn]
            if turn.has_failed:
                self._turns.pop((sender, key), None)

    def _drop_old(self) -> None:
        oldest = self._clock() - KEPT_SECONDS
        for address, turn in list(self._turns.items()):
            if turn.started > oldest and len(self._turns) <= _MOST_KEPT:
                return
            if turn.is_over:
                del self._turns[address]
