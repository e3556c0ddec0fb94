"""The run that takes a source's courses in; it may be ended at any moment and goes on then."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pydantic import ValidationError

from knowledge_base.content_store import ContentStore, StoredVersion
from knowledge_base.ingest.assembly import assemble
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.reading import DocumentReader
from knowledge_base.ingest.source import (
    ContentSource,
    ItemError,
    ListedCourse,
    ListingPage,
    SourceCourse,
    SourceDocument,
    SourceError,
)
from knowledge_base.ingest.splitting import SplitDocument

# Courses that are fetched ahead, for each process that reads documents.
_AHEAD = 2


@dataclass(frozen=True)
class Problem:
    """What could not be taken in, and why."""

    course: str
    reason: str


@dataclass
class RunSummary:
    """What became of a source's courses.

    Attributes:
        new: ids that the store did not have.
        changed: ids whose version differs.
        unchanged: ids that were left as they are.
        removed: ids that the source has no more.
        failed: courses that could not be taken in; what the store has of them stays.
        gaps: parts of courses that could not be taken in, those of unchanged ones too.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[Problem] = field(default_factory=list)
    gaps: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Pending:
    """A fetched course whose documents are being read."""

    listed: ListedCourse
    source: SourceCourse
    documents: tuple[tuple[SourceDocument, Callable[[], SplitDocument]], ...]


class IngestRun:
    """One run over one source.

    Args:
        source: an opened source.
        store: where courses go; each is kept as soon as it is read.
        limits: what documents may ask of the machine.
        dry: read everything and keep nothing.
        everything: read unchanged courses, too.
        progress: called with the number of courses dealt with and listed so far.
    """

    def __init__(
        self,
        source: ContentSource,
        store: ContentStore,
        limits: IngestLimits,
        dry: bool = False,
        everything: bool = False,
        progress: Callable[[int, int], None] = lambda done, listed: None,
    ) -> None:
        self._source = source
        self._store = store
        self._limits = limits
        self._dry = dry
        self._everything = everything
        self._progress = progress
        self._known: dict[str, StoredVersion] = {}
        self._pending: deque[_Pending] = deque()
        self._summary = RunSummary()
        self._done = self._listed = 0

    def run(self) -> RunSummary:
        """Take in what is new or changed, and remove what the source has no more.

        An interrupted run goes on where its listing stood; courses it had taken in are
        unchanged by then. Nothing is removed but what the source names as retired, until a
        listing has come to its end.

        Raises:
            SourceError: the source cannot be listed (to its end).
            ContentStoreError: the store cannot be used.
        """
        name = self._source.name
        self._known = self._store.versions(name)
        cursor = None if self._dry else self._store.cursor(name)
        if cursor is None and not self._dry:
            self._store.begin_listing(name)
        listed = set() if cursor is None else self._store.listed(name)
        with DocumentReader(self._limits) as reader:
            for page in self._source.pages(cursor):
                ids = {course.id for course in page.courses}
                listed |= ids
                self._take_in(page, reader)
                if page.cursor is None:
                    self._complete(listed)
                elif not self._dry:
                    self._store.checkpoint(name, ids, page.cursor)
        return self._summary

    def _take_in(self, page: ListingPage, reader: DocumentReader) -> None:
        self._listed += len(page.courses)
        for listed in page.courses:
            known = self._known.get(listed.id)
            if known and known.version == listed.version and not self._everything:
                self._summary.unchanged.append(listed.id)
                self._summary.gaps += (Problem(listed.id, text) for text in known.problems)
                self._advance()
                continue
            self._begin(listed, reader)
            while len(self._pending) > _AHEAD * self._limits.processes:
                self._finish(self._pending.popleft())
        while self._pending:
            self._finish(self._pending.popleft())
        self._remove(key for key in page.retired if key in self._known)

    def _begin(self, listed: ListedCourse, reader: DocumentReader) -> None:
        try:
            source = self._source.fetch(listed)
        except ItemError as error:
            self._fail(listed, str(error))
            return
        documents = tuple((document, reader.begin(document.path)) for document in source.documents)
        self._pending.append(_Pending(listed, source, documents))

    def _finish(self, pending: _Pending) -> None:
        read: list[tuple[SourceDocument, SplitDocument]] = []
        problems = list(pending.source.problems)
        for document, finish in pending.documents:
            try:
                found = finish()
            except ItemError as error:
                problems.append(f"{document.name}: {error}")
            else:
                problems += (f"{document.name}: {problem}" for problem in found.problems)
                read.append((document, found))
        if pending.source.draft and not read:
            self._fail(pending.listed, "; ".join(problems))
            return
        if pending.source.course.id != pending.listed.id:
            self._fail(pending.listed, f"it calls itself {pending.source.course.id!r} when fetched")
            return
        try:
            course = assemble(pending.source, read)
        except (ItemError, ValidationError) as error:
            self._fail(pending.listed, str(error))
            return
        if not self._dry:
            self._store.save(self._source.name, course, pending.listed.version, problems)
        kind = self._summary.changed if course.id in self._known else self._summary.new
        kind.append(course.id)
        self._summary.gaps += (Problem(course.id, problem) for problem in problems)
        self._advance()

    def _complete(self, listed: set[str]) -> None:
        gone = self._known.keys() - listed - set(self._summary.removed)
        if gone and not listed:
            raise SourceError(
                f"{self._source.name} lists no course any more; nothing was removed. Check the "
                "source, or take in another one"
            )
        self._summary.removed += sorted(gone)
        if not self._dry:
            self._store.complete_listing(self._source.name, gone)

    def _remove(self, retired: Iterable[str]) -> None:
        ids = sorted(set(retired) - set(self._summary.removed))
        self._summary.removed += ids
        if ids and not self._dry:
            self._store.remove(self._source.name, ids)

    def _fail(self, listed: ListedCourse, reason: str) -> None:
        self._summary.failed.append(Problem(listed.id, reason))
        self._advance()

    def _advance(self) -> None:
        self._done += 1
        self._progress(self._done, self._listed)
