"""Services of channels, which start and stop with Rasa's server."""

from __future__ import annotations

import logging
from typing import Any, Callable, List, Protocol, Text, TypeVar

from sanic import Blueprint, Sanic

from connectors.channels.journal import JournalError

logger = logging.getLogger(__name__)


class NotRunningError(RuntimeError):
    """A channel is starting, stopping or off; the messenger sends again what it has."""


class Service(Protocol):
    """What a channel runs beside its routes."""

    def start(self) -> None:
        """Start in the background: the server must not wait for others."""

    async def stop(self) -> None:
        """Take nothing more and finish what is in flight."""


_Service = TypeVar("_Service", bound=Service)


def run_with_server(
    blueprint: Blueprint, name: Text, create: Callable[[Sanic], _Service]
) -> Callable[[], _Service]:
    """Start a service when the server has started, and stop it before the server stops.

    Args:
        blueprint: the channel's routes.
        name: what the log calls the channel.
        create: makes the service of a server; ``JournalError`` leaves the channel off.

    Returns:
        A function that returns the running service and raises ``NotRunningError`` while there
        is none.
    """
    running: List[_Service] = []

    @blueprint.listener("after_server_start")
    async def start(app: Sanic, _: Any) -> None:
        try:
            service = create(app)
        except JournalError as error:
            logger.error("%s is off: %s", name, error)  # noqa: TRY400
            return
        service.start()
        running.append(service)

    @blueprint.listener("before_server_stop")
    async def stop(_: Sanic, __: Any) -> None:
        while running:
            await running.pop().stop()

    def service() -> _Service:
        if not running:
            raise NotRunningError(f"{name} is off")
        return running[0]

    return service
