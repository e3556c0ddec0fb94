"""Whole conversations through Rasa's own test runner: what is understood, and what follows.

The runner predicts actions and does not run them
(https://legacy-docs-oss.rasa.com/docs/rasa/testing-your-assistant); what they do with a
running search is tested in ``tests/actions/test_narrowing.py``.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.test import FAILED_STORIES_FILE
from rasa.core.test import test as run_stories

from tests.assistant.conftest import REPOSITORY

MODEL = REPOSITORY / "models" / "sathi.tar.gz"
STORIES = sorted((REPOSITORY / "tests" / "stories").glob("test_*.yml"))


@pytest.fixture(scope="module")
def agent() -> Agent:
    """Return the trained assistant, its entities left out.

    The runner wants every entity annotated in the message; the locale spans all of it, and
    annotations do not nest. Entities have tests of their own.
    """
    loaded = Agent.load(model_path=str(MODEL))
    parse = loaded.processor.parse_message

    async def without_entities(*arguments: Any, **options: Any) -> dict[str, Any]:
        return {**await parse(*arguments, **options), "entities": []}

    loaded.processor.parse_message = without_entities
    return loaded


@pytest.mark.parametrize("stories", STORIES, ids=lambda path: path.stem)
def test_conversations_go_as_told(agent: Agent, stories: Path, tmp_path: Path) -> None:
    result = asyncio.run(
        run_stories(
            str(stories), agent, out_directory=str(tmp_path), e2e=True, disable_plotting=True
        )
    )
    told = result["report"]["conversation_accuracy"]
    assert told["total"] > 0
    failed = (tmp_path / FAILED_STORIES_FILE).read_text(encoding="utf-8")
    assert told["correct"] == told["total"], failed
