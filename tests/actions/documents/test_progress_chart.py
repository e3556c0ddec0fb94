from __future__ import annotations

from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image, ImageFont

from connectors.platform.documents import typesetting
from connectors.platform.documents.progress_chart import (
    MAX_ROWS,
    WIDTH,
    ProgressRow,
    ProgressTotals,
    draw_progress,
)
from connectors.platform.documents.typesetting import Weight
from tests.actions.documents.samples import BAD_TEXTS, LOCALES, titles

TOTALS = ProgressTotals(47.8, "Total", ("5 of 12", "3 h 20 min"))
# From the lower edge of the picture to the middle of the last bar.
LAST_BAR = 48
LEFT, RIGHT = 60, WIDTH - 60
Colour = tuple[int, int, int]


def picture(
    rows: list[ProgressRow],
    title: str = "Title",
    locale: str = "en",
    totals: ProgressTotals = TOTALS,
) -> Image.Image:
    image = Image.open(BytesIO(draw_progress(rows, title, locale, totals)))
    assert image.format == "PNG"
    return image.convert("RGB")


def last_bar(percentage: float, locale: str = "en") -> tuple[Colour, Colour]:
    """Return the colours of a bar at its left and right ends."""
    image = picture([ProgressRow("Course", percentage)], locale=locale)
    y = image.height - LAST_BAR
    return image.getpixel((LEFT, y)), image.getpixel((RIGHT, y))


def same(one: Colour, other: Colour) -> bool:
    """Tell whether two colours are alike but for the palette's rounding."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < 12


@pytest.mark.parametrize("locale", [*LOCALES, "en", "hi_Latn"])
def test_a_full_chart_is_small_and_as_wide_as_it_should_be(locale: str) -> None:
    names = titles(locale if locale in LOCALES else "hi")[:MAX_ROWS]
    rows = [ProgressRow(name, 9.7 * place) for place, name in enumerate(names)]
    png = draw_progress(rows, names[0], locale, TOTALS)
    assert len(png) <= 150_000
    image = Image.open(BytesIO(png))
    assert image.size[0] == WIDTH
    assert 1000 < image.size[1] < 2000


def test_every_row_makes_the_chart_higher_up_to_the_tenth() -> None:
    row = ProgressRow("Course", 50)
    heights = [picture([row] * count).height for count in range(MAX_ROWS + 1)]
    steps = {after - before for before, after in pairwise(heights)}
    assert len(steps) == 1
    assert min(steps) > 50
    assert picture([row] * 25).height == heights[-1]


@pytest.mark.parametrize("percentage", [25, 50, 75])
def test_bars_grow_from_the_side_where_lines_start(percentage: float) -> None:
    left, right = last_bar(percentage)
    assert not same(left, right)
    mirrored_left, mirrored_right = last_bar(percentage, "ur")
    assert same(mirrored_right, left)
    assert same(mirrored_left, right)


def test_only_a_finished_course_looks_finished() -> None:
    finished, _ = last_bar(100)
    nearly, _ = last_bar(99.99)
    assert not same(finished, nearly)
    assert same(nearly, last_bar(50)[0])


def test_a_course_begun_looks_different_from_one_that_is_not() -> None:
    begun = picture([ProgressRow("Course", 0.01)])
    assert begun.tobytes() != picture([ProgressRow("Course", 0)]).tobytes()


@pytest.mark.parametrize(
    ("odd", "like"),
    [
        (200, 100),
        (float("inf"), 100),
        (-5, 0),
        (float("-inf"), 0),
        (float("nan"), 0),
    ],
)
def test_impossible_percentages_are_drawn_as_the_nearest_possible(odd: float, like: float) -> None:
    totals = ProgressTotals(odd, "Total")
    drawn = picture([ProgressRow("Course", odd)], totals=totals)
    expected = picture([ProgressRow("Course", like)], totals=ProgressTotals(like, "Total"))
    assert drawn.tobytes() == expected.tobytes()


@pytest.mark.parametrize("text", BAD_TEXTS.values(), ids=BAD_TEXTS)
@pytest.mark.parametrize("locale", ["hi", "ur", "en", "xx"])
def test_any_text_is_drawn(text: str, locale: str) -> None:
    totals = ProgressTotals(50, text, (text,) * 5)
    image = picture([ProgressRow(text, 40)] * 2, text, locale, totals)
    assert image.width == WIDTH
    assert image.height < 900


@pytest.mark.parametrize("locale", ["hi", "ur", "ml"])
def test_long_words_stay_on_the_paper(locale: str) -> None:
    name = "".join(titles(locale)[:10]).replace(" ", "")
    totals = ProgressTotals(50, name, (name,) * 3)
    image = picture([ProgressRow(name, 40)], name, locale, totals)
    for edge in ((0, 0, 30, image.height), (WIDTH - 30, 0, WIDTH, image.height)):
        assert image.crop(edge).getcolors() == [(30 * image.height, (255, 255, 255))]


def test_without_courses_title_and_ring_remain() -> None:
    image = picture([])
    assert image.width == WIDTH
    assert len(image.getcolors()) > 2


@pytest.mark.parametrize(
    ("text", "locale"), [("क्षत्रिय प्रशासन", "hi"), ("স্ত্রী", "bn"), ("سرکاری", "ur")]
)
def test_pillow_shapes_letters(text: str, locale: str) -> None:
    path = typesetting.font_path(typesetting.family_of(locale), Weight.REGULAR)
    shaped = ImageFont.truetype(path, 28, layout_engine=ImageFont.Layout.RAQM).getlength(text)
    plain = ImageFont.truetype(path, 28, layout_engine=ImageFont.Layout.BASIC).getlength(text)
    assert shaped < plain
