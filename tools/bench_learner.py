"""Time replies about a learner's own records on a large platform.

``python -m tools.bench_learner`` fills a database of its own with synthetic learners once
(some minutes, 2 GB for 100,000) and reuses it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import Engine, func, select

from bot.actions.progress_actions import ActionMyProgress
from bot.actions.recommend_actions import ActionRecommend
from bot.actions.rendering import render
from bot.actions.server import open_services
from bot.actions.services import Services, set_services
from bot.actions.settings import ActionSettings
from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.linking import Chat
from connectors.platform.schema import utc_now
from connectors.platform.seed.writer import fill
from connectors.platform.sql import SqlPlatform
from knowledge_base.loader import load_catalogue
from knowledge_base.settings import KnowledgeBaseSettings

_SAMPLE = 200
_ENROLMENTS = 30
_LOCALES = ("en", "hi", "ta", "ur", "bn")
_SENDER = "benchmark-of-one-learner"
_MILLISECONDS = 1000


def _fill(path: Path, learners: int) -> Engine:
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    with transaction(engine) as connection:
        made = connection.execute(select(func.count()).select_from(schema.learners)).scalar()
    if not made:
        catalogue = load_catalogue(KnowledgeBaseSettings().catalogue)
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("Making learners", total=learners)
            fill(
                engine,
                catalogue,
                utc_now(),
                learners=learners,
                enrolments=_ENROLMENTS,
                progress=lambda done: progress.advance(task, done),
            )
    return engine


def _reply(action: Action, locale: str) -> None:
    """Run an action as Rasa does and word its replies."""
    events = [{"event": "user", "text": "x", "timestamp": 0, "input_channel": "rest"}]
    latest = {"text": "", "intent": {"name": "x"}, "entities": []}
    tracker = Tracker(_SENDER, {"locale": locale}, latest, events, False, None, {}, "x")
    dispatcher = CollectingDispatcher()
    asyncio.run(action.run(dispatcher, tracker, {}))
    for reply in dispatcher.messages:
        facts = {name: value for name, value in reply.items() if name != "response"}
        render(reply["response"], locale, facts)


def _measure(services: Services, learners: list[str], action: Action) -> np.ndarray:
    """Return the duration of one reply a learner, in milliseconds, shape (learners,)."""
    chat = Chat("rest", _SENDER)
    durations = []
    for number, learner in enumerate(learners):
        services.links.redeem(services.links.issue(learner), chat, confirmed=True)
        started = time.perf_counter()
        _reply(action, _LOCALES[number % len(_LOCALES)])
        durations.append((time.perf_counter() - started) * _MILLISECONDS)
    services.links.forget(chat)
    return np.array(durations)


def main(arguments: list[str] | None = None) -> int:
    """Print p50 and p95 of a progress reply (with its picture) and of a recommendation."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_learner", description=__doc__)
    parser.add_argument("--learners", type=int, default=100_000)
    options = parser.parse_args(arguments)
    path = KnowledgeBaseSettings().build_directory / f"bench-{options.learners}.db"
    engine = _fill(path, options.learners)
    services = replace(open_services(ActionSettings()), platform=SqlPlatform(engine))
    set_services(services)
    with transaction(engine) as connection:
        everybody = list(connection.execute(select(schema.learners.c.id)).scalars())
        enrolments = connection.execute(select(func.count()).select_from(schema.enrolments))
        count = enrolments.scalar()
    sample = random.Random(0).sample(everybody, min(_SAMPLE, len(everybody)))  # noqa: S311
    table = Table("reply", "learners", "enrolments", "p50 ms", "p95 ms")
    kinds: dict[str, Callable[[], Action]] = {
        "progress with picture": ActionMyProgress,
        "recommendation": ActionRecommend,
    }
    for name, action in kinds.items():
        durations = _measure(services, sample, action())
        p50, p95 = (f"{np.percentile(durations, q):.0f}" for q in (50, 95))
        table.add_row(name, str(len(everybody)), str(count), p50, p95)
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
