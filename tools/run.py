"""Run Sathi in the foreground until Ctrl-C: ``python -m tools.run``."""

from __future__ import annotations

import shlex
import sys
import threading
import time

from honcho.manager import Manager

from tools.processes import (
    REPOSITORY,
    Addresses,
    StartError,
    check,
    commands,
    environment,
    fail,
    is_ready,
)


def _announce(addresses: Addresses) -> None:
    while not is_ready(addresses):
        time.sleep(0.5)
    print(f"\nSathi is ready: {addresses.assistant}/   (Ctrl-C stops it)\n", flush=True)


def main() -> int:
    """Run both processes; when one ends the other is stopped too."""
    addresses = Addresses.from_environment()
    try:
        check(addresses)
    except StartError as error:
        return fail(error)
    manager = Manager()
    for name, command in commands(addresses).items():
        manager.add_process(
            name, shlex.join(command), env=environment(addresses), cwd=str(REPOSITORY)
        )
    threading.Thread(target=_announce, args=(addresses,), daemon=True).start()
    manager.loop()
    return manager.returncode or 0


if __name__ == "__main__":
    sys.exit(main())
