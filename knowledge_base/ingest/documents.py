"""What a file's text looks like once it is parsed: parts, sections, blocks and their places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import regex

from knowledge_base.ingest.limits import IngestLimits

_SPACES = regex.compile(r"\s+")


@dataclass(frozen=True)
class Place:
    """Where a block stands in its file, see ``knowledge_base.catalogue.Location``."""

    page: int | None = None
    seconds: float | None = None
    anchor: str | None = None


@dataclass(frozen=True)
class Block:
    """A paragraph, list item, table row, or some cues of a video; sentences do not cross it.

    Attributes:
        text: its text, single spaces.
        place: where it begins.
        fonts: names of the fonts of its Latin letters, as far as the format tells.
    """

    text: str
    place: Place = Place()
    fonts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Section:
    """What stands under one heading.

    Attributes:
        headings: the heading and those above it, outermost first; empty before the first.
        blocks: in reading order.
    """

    headings: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The blocks' texts together."""
        return " ".join(block.text for block in self.blocks)


@dataclass(frozen=True)
class Part:
    """A whole file, or a module of a package.

    Attributes:
        sections: in reading order.
        title: title of the module.
        document: path of the file within the package.
    """

    sections: tuple[Section, ...]
    title: str | None = None
    document: str | None = None


@dataclass(frozen=True)
class ParsedDocument:
    """The text of a file.

    Attributes:
        parts: one, or those of a package.
        title: what the file says it is called.
        problems: what could not be read of it, each naming the file and the mend.
    """

    parts: tuple[Part, ...]
    title: str | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParseContext:
    """What a parser may use.

    Attributes:
        limits: what a file may ask of the machine.
        parse_member: reads a file that a package holds.
    """

    limits: IngestLimits
    parse_member: Callable[[Path], ParsedDocument]


class Parser(Protocol):
    """Reads files of one format."""

    def __call__(self, path: Path, context: ParseContext) -> ParsedDocument:
        """Read a file.

        Args:
            path: the file.
            context: limits, and how packages read what they hold.

        Raises:
            ItemError: it cannot be read; the message says why and what mends it, and leaves
                the file's name to the caller.
        """
        ...


@dataclass
class SectionBuilder:
    """Collects the sections of a document while it is read from top to bottom."""

    _headings: list[tuple[int, str]] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _sections: list[Section] = field(default_factory=list)
    _title: str | None = None

    def heading(self, level: int, text: str) -> None:
        """Begin a section.

        Args:
            level: 1 for the outermost; sections of deeper levels belong to it.
            text: the heading; one without letters or digits begins nothing.
        """
        text = clean(text)
        if not regex.search(r"[\p{L}\p{N}]", text):
            return
        self._close()
        self._headings = [(own, name) for own, name in self._headings if own < level]
        self._headings.append((level, text))
        self._title = self._title or text

    def block(self, text: str, place: Place = Place(), fonts: frozenset[str] = frozenset()) -> None:
        """Add a block to the section that was begun last; an empty one adds nothing."""
        text = clean(text)
        if text:
            self._blocks.append(Block(text, place, fonts))

    def document(self, title: str | None = None) -> ParsedDocument:
        """Return all that was collected.

        Args:
            title: title of the document, its first heading if there is none.
        """
        self._close()
        return ParsedDocument((Part(tuple(self._sections)),), clean(title or "") or self._title)

    def _close(self) -> None:
        if self._blocks:
            names = tuple(name for _, name in self._headings)
            self._sections.append(Section(names, tuple(self._blocks)))
        self._blocks = []


def clean(text: str) -> str:
    """Return a text with single spaces and without characters that no file should hold."""
    return _SPACES.sub(
        " ", regex.sub(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\ufeff\u00ad]+", " ", text)
    ).strip()


def has_text(document: ParsedDocument) -> bool:
    """Tell whether anything was found in a document."""
    return any(part.sections for part in document.parts)


def as_parts(document: ParsedDocument, title: str, member: str) -> tuple[Part, ...]:
    """Return a document's parts as those of a package that holds it.

    Args:
        document: a file of the package.
        title: title of the module it is.
        member: its path within the package.
    """
    several = len(document.parts) > 1
    return tuple(
        replace(
            part,
            title=f"{title}: {part.title}" if several and part.title else title,
            document=f"{member}/{part.document}" if part.document else member,
        )
        for part in document.parts
    )
