from __future__ import annotations

import pytest

from knowledge_base.answers.locations import clock_time, is_slide, place_link
from knowledge_base.catalogue import Location

PDF = "https://example.org/rules.pdf"


@pytest.mark.parametrize(
    ("location", "link"),
    [
        (Location(document="rules.pdf", url=PDF, page=4), f"{PDF}#page=4"),
        (Location(document="rules.pdf", url=f"{PDF}#top", page=4), f"{PDF}#page=4"),
        (
            Location(document="a.mp4", url="https://example.org/a.mp4?x=1", seconds=135.9),
            "https://example.org/a.mp4?x=1#t=135",
        ),
        (
            Location(document="v", url="https://www.youtube.com/watch?v=abc&t=5", seconds=135),
            "https://www.youtube.com/watch?v=abc&t=135",
        ),
        (
            Location(document="v", url="https://youtu.be/abc", seconds=0),
            "https://youtu.be/abc?t=0",
        ),
        (
            Location(document="v", url="https://notyoutube.com/abc", seconds=7),
            "https://notyoutube.com/abc#t=7",
        ),
        (
            Location(document="p.html", url="https://example.org/p", anchor="fees"),
            "https://example.org/p#fees",
        ),
        (Location(document="d.pptx", url="https://example.org/d.pptx", page=3),
         "https://example.org/d.pptx"),
        (Location(document="rules.pdf", page=4), None),
        (Location(document="x", url="javascript:alert(1)", page=4), None),
    ],
)  # fmt: skip
def test_a_link_opens_at_the_place(location: Location, link: str | None) -> None:
    assert place_link(location) == link


def test_slides_are_told_from_pages() -> None:
    assert is_slide(Location(document="Talk.PPTX", page=1))
    assert not is_slide(Location(document="rules.pdf", page=1))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00"), (135.9, "02:15"), (3735, "1:02:15"), (36000, "10:00:00")]
)
def test_moments_as_players_show_them(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text
