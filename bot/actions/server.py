"""The action server's process: ``python -m bot.actions.server``.

One Sanic application serves rasa-sdk's ``/webhook``, the NLG endpoint ``/nlg``, and
``/health`` and ``/ready``.
"""

from __future__ import annotations

import logging
import sys

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.actions.nlg import nlg
from bot.actions.services import Services, ServicesNotReadyError, get_services, set_services
from bot.actions.settings import ActionSettings
from knowledge_base.index import SearchIndexError
from knowledge_base.knowledge_base import open_knowledge_base
from knowledge_base.loader import CatalogueError
from knowledge_base.model_weights import ModelWeightsError
from knowledge_base.passages import Kind

logger = logging.getLogger(__name__)
_WARM_UP = "which course teaches the right to information"


def open_services(settings: ActionSettings) -> Services:
    """Open what the actions share, and search once so that the first user need not wait."""
    knowledge_base = open_knowledge_base()
    knowledge_base.search(_WARM_UP, "hi_Latn", [Kind.COURSE, Kind.CONTENT])
    return Services(knowledge_base, settings)


def build_app() -> Sanic:
    """Build the application."""
    executor = ActionExecutor()
    executor.register_package("bot.actions")
    app = create_app(executor, cors_origins=None)
    app.blueprint(nlg)

    @app.get("/ready")
    async def ready(_: Request) -> HTTPResponse:
        """Tell whether the knowledge base is open."""
        try:
            get_services()
        except ServicesNotReadyError:
            return json({"status": "starting"}, status=503)
        return json({"status": "ready"})

    return app


def main() -> int:
    """Run the server until it is stopped."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = ActionSettings()
    try:
        set_services(open_services(settings))
        app = build_app()
        app.run(settings.action_host, settings.action_port, single_process=True, motd=False)
    except (CatalogueError, SearchIndexError, ModelWeightsError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
