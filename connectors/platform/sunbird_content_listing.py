"""All courses of a platform, page by page, although the catalogue changes meanwhile.

Pages overlap by one course. As long as the first course of a page was met before, nothing has
slipped past; where it was not, courses before it were deleted, and the listing steps back. If
fewer courses came than the platform counts, it is gone through once more for those that are
missing.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from connectors.platform.sunbird_content_answers import ListedContent, ListingResult
from knowledge_base.ingest.source import ListedCourse, ListingPage, SourceError

_logger = logging.getLogger(__name__)
_LIVE = "Live"
_RETIRED = "Retired"
STATUSES = [_LIVE, _RETIRED]
_PASSES = 2
_MOST_STEPS_BACK = 50

# Returns the page of an offset and a limit.
Search = Callable[[int, int], ListingResult]


@dataclass(frozen=True)
class Cursor:
    """Where a listing stands.

    Attributes:
        offset: courses before the next page, without the overlap.
        anchor: id of the last course listed.
        met: how many different courses were listed.
        passes: how often the catalogue was gone through before.
    """

    offset: int = 0
    anchor: str = ""
    met: int = 0
    passes: int = 0

    def dump(self) -> str:
        """Return the cursor as a text."""
        return json.dumps([self.offset, self.anchor, self.met, self.passes])

    @classmethod
    def load(cls, text: str | None) -> Cursor:
        """Return the cursor of a text; the beginning if there is none, or it is no cursor."""
        try:
            offset, anchor, met, passes = json.loads(text or "[]")
            return cls(max(0, int(offset)), str(anchor), int(met), int(passes))
        except (ValueError, TypeError):
            return cls()


class CourseListing:
    """List the courses of a platform.

    Args:
        search: asks for a page.
        page_size: courses of a page.
    """

    def __init__(self, search: Search, page_size: int) -> None:
        self._search = search
        self._page_size = page_size
        self._met: set[str] = set()
        self._steps_back = 0

    def pages(self, cursor: str | None) -> Iterator[ListingPage]:
        """Yield the pages from a cursor on; each course once, as long as the run is one.

        Args:
            cursor: of an earlier page, None for the beginning.

        Raises:
            SourceError: the listing ends before all courses came that the platform counts, or
                has no order.
        """
        at: Cursor | None = Cursor.load(cursor)
        self._met = {at.anchor} - {""}
        while at is not None:
            page, at = self._page(at)
            yield replace(page, cursor=at.dump() if at else None)

    def _page(self, at: Cursor) -> tuple[ListingPage, Cursor | None]:
        """Return a page and where the listing goes on."""
        start = max(0, at.offset - 1)
        while True:
            found = self._search(start, self._page_size)
            entries = [_entry(raw) for raw in found.content]
            ids = [entry.id for entry in entries if entry]
            if start == 0 or not ids or ids[0] in self._met:
                break
            start = self._step_back(start)
        new = [e for e in entries if e and e.id not in self._met]
        new = list({entry.id: entry for entry in new}.values())
        self._met.update(entry.id for entry in new)
        met = at.met + len(new) + sum(entry is None for entry in entries)
        offset = start + len(entries)
        page = ListingPage(
            tuple(ListedCourse(e.id, e.version) for e in new if not e.is_retired),
            tuple(e.id for e in new if e.is_retired),
        )
        # Neither the count nor a short page alone is the end: platforms cap pages, and counts
        # are wrong now and then.
        goes_on = len(entries) == self._page_size or offset < found.count
        if goes_on and len(entries) > (1 if start else 0):
            return page, Cursor(offset, ids[-1] if ids else at.anchor, met, at.passes)
        return page, self._after_the_last(found.count, replace(at, met=met))

    def _step_back(self, start: int) -> int:
        self._steps_back += 1
        if self._steps_back > _MOST_STEPS_BACK:
            raise SourceError(
                "the platform lists its courses in another order every time; check that "
                "SATHI_SUNBIRD_SEARCH_PATH is a search that sorts"
            )
        return max(0, start - self._page_size + 1)

    def _after_the_last(self, count: int, at: Cursor) -> Cursor | None:
        """Return where to go on after the last page: nowhere, unless courses are missing."""
        if at.met >= count:
            return None
        if at.passes + 1 < _PASSES:
            _logger.warning("%d of %d courses were listed; once more", at.met, count)
            return Cursor(met=at.met, passes=at.passes + 1)
        raise SourceError(
            f"the platform counts {count} courses and lists {at.met}; courses that are missing "
            "are not removed. Run again, or check SATHI_SUNBIRD_SEARCH_PATH"
        )


@dataclass(frozen=True)
class _Entry:
    id: str
    version: str
    is_retired: bool


def _entry(raw: Any) -> _Entry | None:
    """Return an entry of the listing; None if it has not even an id."""
    try:
        content = ListedContent.model_validate(raw)
    except ValidationError:
        _logger.warning("a course without an id is left out")
        return None
    version = "/".join(filter(None, (content.version_key, content.last_updated_on)))
    return _Entry(content.identifier, version or _digest(raw), content.status == _RETIRED)


def _digest(raw: Any) -> str:
    """Return what stands for the version of an entry that has none."""
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()


def filters(categories: Sequence[str]) -> dict[str, Any]:
    """Return the filters that leave the courses, retired ones too.

    Retired courses stay in the listing, so that retiring one moves no other.
    """
    return {"primaryCategory": list(categories), "status": STATUSES}
