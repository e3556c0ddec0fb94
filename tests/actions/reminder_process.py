"""A process that sends what is due: ``python -m tests.actions.reminder_process URL INDEX [N]``.

With a number it kills itself at the N-th step from its first update on, a step being a
statement or a commit.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import Engine, event

from connectors.platform.database import open_database
from tests.actions.reminder_world import Clock, make_scheduler, open_world


def die_at(engine: Engine, wanted: int) -> None:
    steps = 0

    def step(is_first: bool) -> None:
        nonlocal steps
        steps += bool(steps or is_first)
        if steps == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    def execute(_connection, _cursor, statement, _parameters, _context, _many) -> None:
        step(statement.startswith("UPDATE"))

    event.listen(engine, "before_cursor_execute", execute)
    event.listen(engine, "commit", lambda _: step(False))


def main(url: str, index: str, step: str = "") -> None:
    engine = open_database(url)
    if step:
        die_at(engine, int(step))
    scheduler = make_scheduler(engine, open_world(Path(index)), Clock())
    while scheduler.send_due():
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
