from __future__ import annotations

from datetime import datetime

import pytest

from connectors.helpdesk.hours import INDIA, HoursError, OfficeHours

USUAL = "09:30-18:00 Mon-Fri"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=INDIA)


@pytest.mark.parametrize(
    ("setting", "moment", "closes", "opens"),
    [
        (USUAL, "2026-11-20T09:29", None, "2026-11-20T09:30"),  # a Friday
        (USUAL, "2026-11-20T09:30", "2026-11-20T18:00", None),
        (USUAL, "2026-11-20T17:59", "2026-11-20T18:00", None),
        (USUAL, "2026-11-20T18:00", None, "2026-11-23T09:30"),
        (USUAL, "2026-11-22T12:00", None, "2026-11-23T09:30"),
        (f"{USUAL}; 10:00-13:00 Sat", "2026-11-20T20:00", None, "2026-11-21T10:00"),
        (f"{USUAL}; 10:00-13:00 Sat", "2026-11-21T12:00", "2026-11-21T13:00", None),
        ("9:00-12:00 Sat-Mon", "2026-11-23T11:00", "2026-11-23T12:00", None),
        ("9:00-12:00 Sat-Mon", "2026-11-24T11:00", None, "2026-11-28T09:00"),
        ("09:00-13:00 Mon,Wed; 14:00-17:00 Mon", "2026-11-23T13:30", None, "2026-11-23T14:00"),
        ("09:00-10:00 Fri", "2026-11-20T10:00", None, "2026-11-27T09:00"),
        ("", "2026-11-22T03:00", None, None),
    ],
)
def test_hours(setting: str, moment: str, closes: str | None, opens: str | None) -> None:
    hours = OfficeHours.parse(setting)
    assert hours.closes(at(moment)) == (at(closes) if closes else None)
    assert hours.opens(at(moment)) == (at(opens) if opens else None)


def test_moments_elsewhere_are_read_in_india() -> None:
    moment = datetime.fromisoformat("2026-11-20T04:00:00+00:00")  # 09:30 in India
    assert OfficeHours.parse(USUAL).closes(moment) == at("2026-11-20T18:00")


@pytest.mark.parametrize(
    "setting",
    [
        "always",
        "18:00-09:30 Mon",
        "09:30-09:30 Mon",
        "09:30-18:00",
        "09:30-18:00 Funday",
        "25:00-26:00 Mon",
        "09:30-18:00 Mon-",
    ],
)
def test_hours_that_cannot_be_read_name_the_setting(setting: str) -> None:
    with pytest.raises(HoursError, match="SATHI_HELPDESK_HOURS"):
        OfficeHours.parse(setting)
