from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from connectors.platform.sunbird_fields import parse_day, parse_moment


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1594191696100, datetime(2020, 7, 8, 7, 1, 36, 100000, tzinfo=UTC)),
        ("1594191696100", datetime(2020, 7, 8, 7, 1, 36, 100000, tzinfo=UTC)),
        ("2020-07-08 07:01:36:100+0000", datetime(2020, 7, 8, 7, 1, 36, 100000, tzinfo=UTC)),
        ("2020-07-08T07:01:36.1Z", datetime(2020, 7, 8, 7, 1, 36, 100000, tzinfo=UTC)),
        ("2020-07-08T07:01:36ZZ", datetime(2020, 7, 8, 7, 1, 36, tzinfo=UTC)),
        ("2020-07-08T12:31:36+05:30", datetime(2020, 7, 8, 7, 1, 36, tzinfo=UTC)),
        ("2020-07-08", datetime(2020, 7, 8, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_all_formats(value: object, moment: datetime) -> None:
    assert parse_moment(value) == moment


@pytest.mark.parametrize(
    "value", [None, True, "", "soon", "20", [], {}, float("nan"), float("inf"), 10**30]
)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_moment(value)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-03-31", date(2026, 3, 31)),
        ("2026-03-30T18:30:00.000Z", date(2026, 3, 31)),
        ("2026-03-30T18:29:59.000Z", date(2026, 3, 30)),
        (1774895400000, date(2026, 3, 31)),
    ],
)
def test_days_are_those_of_india(value: object, day: date) -> None:
    assert parse_day(value) == day
