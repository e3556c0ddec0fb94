"""A RabbitMQ server of a test's own, on the loopback; the tests skip where it is not installed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from pathlib import Path

import aio_pika

from tests.ports import free_port

_START_SECONDS = 120
# Debian's command of that name changes the user; the program itself needs none.
_PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def is_installed() -> bool:
    return _PROGRAM.is_file()


class RabbitMQ:
    """The server; it is stopped and started again with its data.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        (folder / "plugins").write_text("[].")
        self._log = folder / "output"
        self._process: subprocess.Popen | None = None
        self._environment = {
            **os.environ,
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_NODENAME": "sathi@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
        }

    async def start(self) -> None:
        """Start it and wait until it can be connected to."""
        self._launch()
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                await (await aio_pika.connect(self.address)).close()
            except aio_pika.exceptions.CONNECTION_EXCEPTIONS:
                assert time.monotonic() < end, self._log.read_text()
                await asyncio.sleep(0.2)
            else:
                return

    def _launch(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [_PROGRAM], env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    def stop(self) -> None:
        """End it, and Erlang's name server, which it leaves behind."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait(timeout=60)
        self._process = None
        command = ["epmd", "-kill"]
        subprocess.run(command, env=self._environment, check=False, stdout=subprocess.DEVNULL)

    async def take(self, queue: str, count: int, seconds: float = 30) -> list[bytes]:
        """Take messages out of a queue: as many as wanted, or those of so many seconds."""
        bodies: list[bytes] = []
        async with await aio_pika.connect(self.address) as connection:
            channel = await connection.channel()
            source = await channel.declare_queue(queue, durable=True)
            end = time.monotonic() + seconds
            while len(bodies) < count and time.monotonic() < end:
                message = await source.get(fail=False)
                if message is not None:
                    bodies.append(message.body)
                    await message.ack()
        return bodies
