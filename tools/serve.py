"""Become one of Sathi's processes, for systemd and containers: ``python -m tools.serve NAME``.

Whoever supervises it sees the process itself, and its signals reach it.
"""

from __future__ import annotations

import argparse
import os

from tools.processes import REPOSITORY, Addresses, commands, environment


def main(arguments: list[str] | None = None) -> None:
    """Replace this process by the one of the command line."""
    addresses = Addresses.from_environment()
    known = commands(addresses)
    parser = argparse.ArgumentParser(prog="python -m tools.serve", description=__doc__)
    parser.add_argument("name", choices=sorted(known))
    command = known[parser.parse_args(arguments).name]
    os.chdir(REPOSITORY)
    os.execve(command[0], command, environment(addresses))  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main()
