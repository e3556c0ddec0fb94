"""A process with the Telegram channel and a scripted bot in Rasa's place.

``python -m tests.assistant.telegram.process CREDENTIALS PORT LOG``, the credentials as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sanic import Sanic

from connectors.channels.telegram import TelegramInput
from tests.assistant.telegram.bot import ScriptedBot


def main() -> None:
    credentials, port, log = sys.argv[1:]
    channel = TelegramInput.from_credentials(json.loads(credentials))
    app = Sanic("telegram_test", configure_logging=False)
    bot = ScriptedBot(log=Path(log))
    app.blueprint(channel.blueprint(bot), url_prefix="/webhooks/telegram")
    app.run("127.0.0.1", int(port), workers=1, access_log=False)


if __name__ == "__main__":
    main()
