"""A written answer taken apart: claims, each with the numbers of the passages it cites."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from knowledge_base.sentences import split_sentences

_NUMBERS = r"\d+(?:\s*[-–,،]\s*\d+)*"
_MARKER = regex.compile(rf"[\[【]\s*\^?({_NUMBERS})\s*[\]】]")
_MARKERS = rf"(?:\s*[\[【]\s*\^?{_NUMBERS}\s*[\]】])+"
# A marker that stands after the full stop belongs to the sentence before it.
_MARKER_AFTER_STOP = regex.compile(rf"([.!?…।॥۔。؟]+[\"'”’)]*)({_MARKERS})")
_SPACE_BEFORE_STOP = regex.compile(r"\s+(?=[.,;!?…।॥۔。؟])")
_LIST_MARK = regex.compile(r"^\s*(?:[-*•–]|\(?\d{1,2}[.)])\s+")
_BULLET = regex.compile(r"^\s*[-*•–]\s+")
_HEADING_MARK = regex.compile(r"^\s*#{1,6}\s+")
_EMPHASIS = regex.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_RANGE = regex.compile(r"(\d+)\s*[-–]\s*(\d+)")
_LONGEST_RANGE = 20


@dataclass(frozen=True)
class Claim:
    """A sentence of an answer.

    Attributes:
        text: the sentence without its citations.
        citations: numbers it cites, in order.
    """

    text: str
    citations: tuple[int, ...]


def split_claims(answer: str) -> list[Claim]:
    """Take an answer apart into its sentences and their citations.

    A line that leads in a list ("These are needed:") is one claim with the first item of it.
    List marks and emphasis of Markdown are left out.

    Args:
        answer: text with citations like ``[1]``, ``[1][2]``, ``[1, 2]``, ``[1-3]``, in any
            script's digits, before or after the full stop.
    """
    claims, lead_in = [], ""
    for raw in answer.splitlines():
        line = _LIST_MARK.sub("", _unmarked(raw)).strip()
        if not line:
            continue
        line = f"{lead_in} {line}".strip()
        lead_in = ""
        if line.endswith((":", "：")):
            lead_in = line
            continue
        line = _MARKER_AFTER_STOP.sub(r" \2\1", line)
        claims += [_claim(sentence.text) for sentence in split_sentences(line)]
    if lead_in:
        claims.append(_claim(lead_in))
    return claims


def presentable(answer: str) -> str:
    """Return an answer as plain text: without Markdown, citations written as ``[1][2]``."""
    lines = [_BULLET.sub("• ", _unmarked(line)) for line in answer.splitlines()]
    return "\n".join(_MARKER.sub(_plain_marker, line) for line in lines if line)


def _plain_marker(match: regex.Match) -> str:
    return "".join(f"[{number}]" for number in _cited(match[1]))


def _unmarked(line: str) -> str:
    return _EMPHASIS.sub(r"\2", _HEADING_MARK.sub("", line)).strip()


def _claim(sentence: str) -> Claim:
    numbers = [n for match in _MARKER.finditer(sentence) for n in _cited(match[1])]
    text = _SPACE_BEFORE_STOP.sub("", _MARKER.sub("", sentence))
    return Claim(" ".join(text.split()), tuple(dict.fromkeys(numbers)))


def _cited(inside: str) -> list[int]:
    def spread(match: regex.Match) -> str:
        first, last = int(match[1]), int(match[2])
        if not first <= last <= first + _LONGEST_RANGE:
            return match[0].replace("–", ",").replace("-", ",")
        return ",".join(map(str, range(first, last + 1)))

    return [int(number) for number in regex.findall(r"\d+", _RANGE.sub(spread, inside))]
