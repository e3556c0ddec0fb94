from __future__ import annotations

import pytest

from bot.nlu.durations import DurationFinder

UNITS = {
    "min": 1,
    "minutes": 1,
    "hour": 60,
    "hours": 60,
    "h": 60,
    "घंटे": 60,
    "तास": 60,
    "वर": 60,
    "weeks": 10080,
    "हफ्ते": 10080,
    "நிமிட": 1,
}
PHRASES = {"half an hour": 30, "one hour": 60}
NUMBERS = {"one": 1, "two": 2, "दो": 2, "धा": 10, "last": -1}


@pytest.fixture(scope="module")
def finder() -> DurationFinder:
    return DurationFinder(UNITS, PHRASES, NUMBERS)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("under 30 minutes", [30]),
        ("45min please", [45]),
        ("2h", [120]),
        ("two hours at most", [120]),
        ("दो घंटे से कम", [120]),
        ("30 நிமிடங்களுக்குள்", [30]),
        ("half an hour or one hour", [30, 60]),
        ("a 90-minutes course", [90]),
        ("in two weeks", [20160]),
        ("2 हफ्ते में", [20160]),
        ("अर्धा तास", []),
    ],
)
def test_finds_durations(finder: DurationFinder, text: str, minutes: list[int]) -> None:
    assert [duration.minutes for duration in finder.find(text)] == minutes


@pytest.mark.parametrize(
    "text",
    [
        "2 hindi courses",
        "the last hour",
        "0 minutes",
        "9999 hours",
        "53 weeks",
        "30 courses",
        "one वर्ष",
        "",
    ],
)
def test_finds_none_where_there_is_none(finder: DurationFinder, text: str) -> None:
    assert finder.find(text) == []


def test_offsets_cover_the_words(finder: DurationFinder) -> None:
    text = "only two hours, please"
    (duration,) = finder.find(text)
    assert text[duration.start : duration.end] == "two hours"


def test_without_words_only_nothing_is_found() -> None:
    assert DurationFinder({}, {}, {}).find("30 minutes") == []
