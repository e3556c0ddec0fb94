"""Where courses come from, as the run that takes them in sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from knowledge_base.catalogue import Course


class SourceError(RuntimeError):
    """A source cannot be listed at all; the message says why and what mends it."""


class ItemError(RuntimeError):
    """One course or document is broken; it is reported, and the rest goes on."""


@dataclass(frozen=True)
class ListedCourse:
    """A course as a source lists it.

    Attributes:
        id: the course's id, the same in every run.
        version: differs whenever the course has changed, e.g. ``versionKey`` or a hash.
    """

    id: str
    version: str


@dataclass(frozen=True)
class ListingPage:
    """A part of a source's listing.

    Attributes:
        courses: those of this part.
        retired: ids that the source names as withdrawn.
        cursor: where the listing goes on after this part; None at its end.
    """

    courses: tuple[ListedCourse, ...]
    retired: tuple[str, ...] = ()
    cursor: str | None = None


@dataclass(frozen=True)
class SourceDocument:
    """A file with material of a course.

    Attributes:
        path: the file, readable until the next page of the listing is asked for.
        name: what citations call it.
        module: id of the module it belongs to, or None for the file to be one by itself.
        url: where learners find it, if anywhere.
    """

    path: Path
    name: str
    module: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class SourceCourse:
    """A course with its material not yet taken apart.

    Attributes:
        course: what is known of the course; its modules may lack passages.
        documents: files with its material.
        draft: whether title, language and summary are guesses, to be taken from the documents.
        problems: what the source could not make use of, each with its place and the mend.
    """

    course: Course
    documents: tuple[SourceDocument, ...] = ()
    draft: bool = False
    problems: tuple[str, ...] = ()


class ContentSource(Protocol):
    """A platform or a folder of files; used as a context manager."""

    @property
    def name(self) -> str:
        """What the store remembers the source by; the same in every run."""
        ...

    def __enter__(self) -> ContentSource:
        """Open connections and temporary folders."""
        ...

    def __exit__(self, *exception: object) -> None:
        """Close them."""
        ...

    def pages(self, cursor: str | None = None) -> Iterator[ListingPage]:
        """List all courses, from a cursor on when an earlier run was interrupted.

        Raises:
            SourceError: the source cannot be listed.
        """
        ...

    def fetch(self, listed: ListedCourse) -> SourceCourse:
        """Fetch a course with its material.

        Raises:
            ItemError: this course cannot be fetched; others may.
        """
        ...
