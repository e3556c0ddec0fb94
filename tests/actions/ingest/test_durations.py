"""Learning times as lists have them."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from knowledge_base.ingest.durations import duration_seconds


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2h 30m", 9000),
        ("2 hours 30 minutes", 9000),
        ("2hrs", 7200),
        ("1.5 hours", 5400),
        ("45 min", 2700),
        ("90s", 90),
        ("01:30", 5400),
        ("1:30:15", 5415),
        ("120:00", 432_000),
        ("45", 2700),
        (45, 2700),
        (7.5, 450),
        (time(1, 30), 5400),
        (timedelta(hours=30), 108_000),
        ("2 days", 57_600),
    ],
)
def test_durations_are_read(written: object, seconds: int) -> None:
    assert duration_seconds(written) == seconds


@pytest.mark.parametrize("written", ["soon", "", "1:75", "-5", "2 weeks", "h", "2h 30"])
def test_what_is_no_duration_is_told_with_the_mend(written: str) -> None:
    with pytest.raises(ValueError, match="is no duration; write it as '2h 30m'"):
        duration_seconds(written)
