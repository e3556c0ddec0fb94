"""Ask Sathi from the terminal: ``python -m tools.ask "question"``, or without one to chat."""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path

import httpx

from tools.processes import Addresses, StartError, fail, running

_LOGS = Path("var/logs")


def ask(client: httpx.Client, addresses: Addresses, sender: str, question: str) -> str:
    """Send one message over the REST channel.

    Args:
        client: HTTP client.
        addresses: where Sathi listens.
        sender: id of the conversation.
        question: the message.

    Returns:
        The texts of the reply, buttons below them.

    Raises:
        httpx.HTTPError: Sathi does not answer.
    """
    answer = client.post(
        f"{addresses.assistant}/webhooks/rest/webhook",
        json={"sender": sender, "message": question},
        timeout=60,
    )
    answer.raise_for_status()
    lines = []
    for message in answer.json():
        if "text" in message:
            lines.append(message["text"])
        if message.get("buttons"):
            lines.append(" ".join(f"[{button['title']}]" for button in message["buttons"]))
    return "\n\n".join(lines)


def main() -> int:
    """Answer the question of the command line, or chat until end of input."""
    parser = argparse.ArgumentParser(prog="python -m tools.ask", description=__doc__)
    parser.add_argument("question", nargs="?", help="left out: a conversation")
    question = parser.parse_args().question
    sender = f"terminal-{uuid.uuid4()}"
    try:
        with running(Addresses.from_environment(), _LOGS) as addresses, httpx.Client() as client:
            if question is not None:
                print(ask(client, addresses, sender, question))
                return 0
            print("Ask in any of 17 languages; Ctrl-D ends.")
            while True:
                try:
                    question = input("\n> ")
                except (EOFError, KeyboardInterrupt):
                    return 0
                print(ask(client, addresses, sender, question))
    except StartError as error:
        return fail(error)
    except httpx.HTTPError as error:
        print(f"Sathi does not answer ({error}); see {_LOGS}.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
