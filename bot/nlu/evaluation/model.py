"""A trained assistant's understanding, without its dialogue."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Text, Tuple

from rasa.core.agent import Agent
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
)

from bot.nlu.evaluation.measures import FALLBACK, OUT_OF_SCOPE, Understood
from bot.nlu.language_identifier import LANGUAGE_PROPERTY
from knowledge_base.languages import registry


class ModelFileError(ValueError):
    """There is no trained model; the message says where it was looked for and what to do."""


def load_model(path: Path) -> Agent:
    """Load a trained model.

    Args:
        path: the archive.

    Raises:
        ModelFileError: there is none.
    """
    if not path.is_file():
        raise ModelFileError(f"no trained model at {path}; run `make train`")
    return Agent.load(str(path))


async def understand(agent: Agent, texts: Iterable[Text]) -> List[Tuple[Understood, float]]:
    """Parse messages one after the other, as a server would.

    Args:
        agent: the loaded model.
        texts: messages as typed.

    Returns:
        For each what was understood, and the seconds it took.
    """
    found = []
    for text in texts:
        started = time.perf_counter()
        parsed = await agent.parse_message(text)
        found.append((understood_of(parsed), time.perf_counter() - started))
    return found


def understood_of(parsed: Dict[Text, Any]) -> Understood:
    """Return what a parsed message comes to.

    Args:
        parsed: a message's data after the pipeline, with intent and ranking.
    """
    ranking = [
        (one[INTENT_NAME_KEY], one[PREDICTED_CONFIDENCE_KEY])
        for one in parsed.get(INTENT_RANKING_KEY) or [parsed[INTENT]]
        if one[INTENT_NAME_KEY] not in (None, FALLBACK)
    ]
    inside = [confidence for name, confidence in ranking if name != OUT_OF_SCOPE]
    return Understood(
        intent=parsed[INTENT][INTENT_NAME_KEY],
        confidence=max((confidence for _, confidence in ranking), default=0.0),
        rejection=1.0 - max(inside, default=0.0),
        locale=_locale(parsed),
    )


def _locale(parsed: Dict[Text, Any]) -> Optional[Text]:
    """Return what the message itself looks like, whatever a conversation would make of it."""
    found = parsed.get(LANGUAGE_PROPERTY)
    if not found:
        return None
    return found["language"] + (registry.ROMANISED_SUFFIX if found["romanised"] else "")
