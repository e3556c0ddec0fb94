"""How a process that serves many chats uses its interpreter."""

from __future__ import annotations

import gc
import sys

_SECONDS = 0.0005


def take_turns_quickly() -> None:
    """Let a thread that waits for the interpreter have it after half a millisecond.

    The loop that serves all chats needs it some five times for a request, and by default
    waits 5 ms each time for every thread that computes; with a few chats at once that was
    most of what they waited for.
    """
    sys.setswitchinterval(_SECONDS)


def keep_what_stands() -> None:
    """Leave out of garbage collection what has been loaded; called once, when all is.

    Models and libraries are a million objects that stay to the end. To look through them
    again takes most of a second, in which no chat is answered.
    """
    gc.collect()
    gc.freeze()
