"""The hours in which nobody is reminded of anything."""

from __future__ import annotations

from datetime import datetime, time

from connectors.platform.sql import INDIA

# In Asia/Kolkata, before the first and from the last on.
_MORNING = time(8)
_EVENING = time(21)


def is_quiet(moment: datetime) -> bool:
    """Tell whether a moment lies in the quiet hours.

    Args:
        moment: any moment with its time zone.
    """
    return not _MORNING <= moment.astimezone(INDIA).time() < _EVENING
