"""What all actions share, opened once when the action server starts."""

from __future__ import annotations

from dataclasses import dataclass

from bot.actions.settings import ActionSettings
from knowledge_base.knowledge_base import KnowledgeBase


@dataclass(frozen=True)
class Services:
    """The opened knowledge base and the settings."""

    knowledge_base: KnowledgeBase
    settings: ActionSettings


class ServicesNotReadyError(RuntimeError):
    """The action server has not opened its services yet."""


_opened: list[Services] = []


def set_services(services: Services) -> None:
    """Set what actions work with; called once at start, and by tests."""
    _opened[:] = [services]


def get_services() -> Services:
    """Return what actions work with.

    Raises:
        ServicesNotReadyError: the server is still starting.
    """
    if not _opened:
        raise ServicesNotReadyError("the action server is still starting")
    return _opened[0]
