from __future__ import annotations

from pathlib import Path

import pytest

from connectors.channels.journal import Journal
from connectors.channels.whatsapp.windows import Windows

ASHA = "IN.1410018717833190"
NOW = 1_779_372_805.0
DAY = 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def windows(tmp_path: Path, clock: Clock) -> Windows:
    journal = Journal(f"sqlite:///{tmp_path / 'channels.db'}")
    journal.prepare()
    return Windows(journal, clock)


def test_a_window_is_open_for_nearly_a_day(windows: Windows, clock: Clock) -> None:
    assert not windows.is_open(ASHA)
    windows.wrote(ASHA, NOW)
    assert windows.is_open(ASHA)
    clock.now = NOW + DAY - 660
    assert windows.is_open(ASHA)
    clock.now = NOW + DAY - 540
    assert not windows.is_open(ASHA)


def test_the_newest_message_counts_in_whatever_order_they_come(
    windows: Windows, clock: Clock
) -> None:
    windows.wrote(ASHA, NOW)
    windows.wrote(ASHA, NOW - DAY / 2)
    clock.now = NOW + DAY * 0.9
    assert windows.is_open(ASHA)


def test_a_message_that_comes_a_day_late_opens_nothing(windows: Windows) -> None:
    windows.wrote(ASHA, NOW - DAY)
    assert not windows.is_open(ASHA)


def test_whatsapp_may_close_a_window_and_the_user_open_it_again(windows: Windows) -> None:
    windows.wrote(ASHA, NOW)
    windows.close(ASHA)
    assert not windows.is_open(ASHA)
    windows.wrote(ASHA, NOW + 1)
    assert windows.is_open(ASHA)


def test_who_has_not_written_for_a_day_is_forgotten(
    windows: Windows, clock: Clock, tmp_path: Path
) -> None:
    windows.wrote(ASHA, NOW)
    clock.now = NOW + DAY
    windows.wrote("919810218674", clock.now)
    with windows._journal.transaction() as connection:
        rows = connection.exec_driver_sql("SELECT chat_id FROM whatsapp_windows").all()
    assert rows == [("919810218674",)]
