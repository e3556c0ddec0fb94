from __future__ import annotations

import csv
import io

import pytest

from connectors.console.csv_export import to_csv


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+cmd",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        '  =HYPERLINK("http://x")',
        "\n=1",
        "\u00a0=1",
        "\uff1d1+1",
        "\uff20SUM(A1)",
    ],
)
def test_a_text_that_looks_like_a_formula_stays_text(text: str) -> None:
    (_, (cell, _)) = read(to_csv(("a", "b"), [(text, 1)]))
    assert cell.startswith("'")


def test_texts_and_numbers_stand_as_they_are() -> None:
    content = to_csv(("a", "b", "c", "d"), [('कोर्स, "नया"', -3, 0.5, None)])
    assert content.startswith(b"\xef\xbb\xbf")
    assert read(content)[1] == ['कोर्स, "नया"', "-3", "0.5", ""]
