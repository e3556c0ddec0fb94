"""How the threads of a process share the interpreter."""

from __future__ import annotations

import sys

_SECONDS = 0.0005


def take_turns_quickly() -> None:
    """Let a thread that waits for the interpreter have it after half a millisecond.

    The loop that serves all chats needs it some five times for a request, and by default
    waits 5 ms each time for every thread that computes; with a few chats at once that was
    most of what they waited for.
    """
    sys.setswitchinterval(_SECONDS)
