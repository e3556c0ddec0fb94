"""What a channel reads of its section in ``credentials.yml``."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Text, Type

from rasa.core.channels.channel import InputChannel
from rasa.shared.exceptions import RasaException


def settings_of(credentials: Optional[Dict[Text, Any]]) -> Dict[Text, Text]:
    """Return the settings of a section as texts, "" for those without a value.

    Args:
        credentials: the section as Rasa reads it.
    """
    return {name: str(value or "").strip() for name, value in (credentials or {}).items()}


def demand(channel: Type[InputChannel], settings: Dict[Text, Text], needed: Sequence[Text]) -> None:
    """Check that a channel has the settings it cannot do without.

    Args:
        channel: class of the channel.
        settings: see ``settings_of``.
        needed: names of the settings.

    Raises:
        RasaException: one is missing.
    """
    missing = [f"`{name}`" for name in needed if not settings.get(name)]
    if missing:
        # The packages of channels name the class again; Rasa finds it there.
        module = channel.__module__.removesuffix(".channel")
        raise RasaException(
            f"credentials.yml: {module}.{channel.__name__} needs {' and '.join(missing)}"
        )
