"""A plan as a calendar file (iCalendar, RFC 5545)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from knowledge_base.recommend.plan import FourWeekPlan

_PRODUCT = "-//Karmayogi Sathi//Learning plan//EN"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:karmayogi-sathi:learning-plan")


def plan_calendar(plan: FourWeekPlan, titles: Sequence[str], now: datetime) -> bytes:
    """Write a plan as an ``.ics`` file: one event an item, over the days of its week.

    The events leave the learner free (transparent). Imported again, a plan with the same
    competency and start replaces itself, as the identifiers stay the same.

    Args:
        plan: the plan.
        titles: what each item is called, worded by the caller, in the order of the items.
        now: the moment, with its time zone.

    Returns:
        The file, UTF-8.

    Raises:
        ValueError: there are not as many titles as items, or ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("the moment needs a time zone")
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for number, (item, title) in enumerate(zip(plan.items, titles, strict=True)):
        event = Event()
        name = f"{plan.competency_id}/{plan.start.isoformat()}/{number}"
        event.add("uid", f"{uuid.uuid5(_NAMESPACE, name)}@karmayogi-sathi")
        event.add("dtstamp", now)
        event.add("summary", title)
        event.add("dtstart", item.starts)
        # The end of an event without times is the day after its last one.
        event.add("dtend", item.ends + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        event.add("categories", [item.kind.value])
        calendar.add_component(event)
    return calendar.to_ical()
