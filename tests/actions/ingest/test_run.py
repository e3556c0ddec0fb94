"""Runs over a source: what changes, what fails, and what is left when one is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_base.catalogue import Course, Module
from knowledge_base.content_store import ContentStore, open_content_store
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.run import IngestRun, RunSummary
from knowledge_base.ingest.source import (
    ItemError,
    ListedCourse,
    ListingPage,
    SourceCourse,
    SourceDocument,
    SourceError,
)
from tests.actions.conftest import REPOSITORY
from tests.actions.ingest import material

LIMITS = IngestLimits(_env_file=None, processes=1)
MANY = 400


def course(key: str, title: str = "A course") -> Course:
    return Course(
        id=key,
        title=title,
        provider="ISTM",
        language="en",
        duration_seconds=0,
        summary="All of it.",
        modules=(Module(id="m1", title="First"),),
    )


class Shelf:
    """A source of courses in memory, listed two a page; the cursor is the page's number.

    Attributes:
        courses: what it holds, with the versions.
        broken: ids whose fetching fails.
        stops_at: page that cannot be listed.
        fetched: ids in the order in which they were asked for.
    """

    name = "shelf"

    def __init__(self, courses: dict[str, tuple[str, SourceCourse]]) -> None:
        self.courses = courses
        self.retired: tuple[str, ...] = ()
        self.broken: set[str] = set()
        self.stops_at: int | None = None
        self.fetched: list[str] = []

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def pages(self, cursor: str | None = None) -> Iterator[ListingPage]:
        ids = sorted(self.courses)
        for start in range(int(cursor or 0), max(len(ids), 1), 2):
            if start == self.stops_at:
                raise SourceError("the platform is away")
            page = tuple(ListedCourse(key, self.courses[key][0]) for key in ids[start : start + 2])
            goes_on = start + 2 < len(ids)
            yield ListingPage(page, self.retired, str(start + 2) if goes_on else None)

    def fetch(self, listed: ListedCourse) -> SourceCourse:
        self.fetched.append(listed.id)
        if listed.id in self.broken:
            raise ItemError(f"{listed.id} is broken")
        return self.courses[listed.id][1]


def shelf(*keys: str) -> Shelf:
    return Shelf({key: ("1", SourceCourse(course(key))) for key in keys})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ContentStore]:
    opened = open_content_store(f"sqlite:///{tmp_path / 'content.sqlite'}")
    yield opened
    opened.close()


def run(source: Shelf, store: ContentStore, **options: bool) -> RunSummary:
    return IngestRun(source, store, LIMITS, **options).run()


def kept(store: ContentStore) -> list[str]:
    return [found.id for found in store.courses()]


def test_only_what_changed_is_fetched(store: ContentStore) -> None:
    source = shelf("a", "b", "c")
    assert run(source, store).new == ["a", "b", "c"]
    source.fetched.clear()
    source.courses["b"] = ("2", SourceCourse(course("b", "New title")))
    summary = run(source, store)
    assert (summary.new, summary.changed, summary.unchanged) == ([], ["b"], ["a", "c"])
    assert source.fetched == ["b"]
    assert [found.title for found in store.courses()] == ["A course", "New title", "A course"]
    assert run(source, store, everything=True).changed == ["a", "b", "c"]


def test_what_the_source_has_no_more_is_removed(store: ContentStore) -> None:
    source = shelf("a", "b", "c", "d")
    run(source, store)
    store.save("another source", course("z"), "1", [])
    del source.courses["a"]
    source.retired = ("d", "never seen")
    del source.courses["d"]
    assert run(source, store).removed == ["d", "a"]
    assert kept(store) == ["z", "b", "c"]


def test_an_empty_listing_removes_nothing(store: ContentStore) -> None:
    source = shelf("a", "b")
    run(source, store)
    source.courses.clear()
    with pytest.raises(SourceError, match="lists no course any more; nothing was removed"):
        run(source, store)
    assert kept(store) == ["a", "b"]


def test_a_course_that_fails_keeps_its_last_version(store: ContentStore) -> None:
    source = shelf("a", "b", "c")
    run(source, store)
    source.courses["b"] = ("2", source.courses["b"][1])
    source.broken = {"b"}
    summary = run(source, store)
    assert [(problem.course, problem.reason) for problem in summary.failed] == [
        ("b", "b is broken")
    ]
    assert kept(store) == ["a", "b", "c"]
    source.broken = set()
    assert run(source, store).changed == ["b"]


def test_a_course_that_is_another_when_fetched_fails(store: ContentStore) -> None:
    source = Shelf({"a": ("1", SourceCourse(course("b")))})
    assert run(source, store).failed[0].reason == "it calls itself 'b' when fetched"
    assert kept(store) == []


def test_an_interrupted_listing_goes_on_and_then_removes(store: ContentStore) -> None:
    source = shelf("a", "b", "c", "d", "e")
    run(source, store)
    del source.courses["e"]
    source.courses["f"] = ("1", SourceCourse(course("f")))
    for key in ("a", "c", "f"):
        source.courses[key] = ("2", source.courses[key][1])
    source.stops_at = 2
    source.fetched.clear()
    with pytest.raises(SourceError, match="away"):
        run(source, store)
    assert "e" in kept(store)
    source.stops_at = None
    summary = run(source, store)
    assert source.fetched == ["a", "c", "f"]
    # The first page was not listed again.
    assert (summary.changed, summary.new, summary.unchanged) == (["c"], ["f"], ["d"])
    assert summary.removed == ["e"]
    assert kept(store) == ["a", "b", "c", "d", "f"]


def test_a_dry_run_keeps_nothing(store: ContentStore) -> None:
    source = shelf("a", "b", "c")
    run(source, store)
    del source.courses["a"]
    source.courses["b"] = ("2", source.courses["b"][1])
    source.courses["d"] = ("1", SourceCourse(course("d")))
    source.broken = {"d"}
    before = store.digest(), store.versions("shelf"), store.completed_on("shelf")
    summary = run(source, store, dry=True)
    assert (summary.changed, summary.removed, len(summary.failed)) == (["b"], ["a"], 1)
    assert (store.digest(), store.versions("shelf"), store.completed_on("shelf")) == before


def with_documents(key: str, *paths: Path) -> SourceCourse:
    documents = tuple(SourceDocument(path, path.name, "m1") for path in paths)
    return SourceCourse(course(key), documents)


def test_one_broken_document_costs_itself_only(store: ContentStore, tmp_path: Path) -> None:
    good = material.write_pdf(tmp_path / "good.pdf", "hi")
    bad = material.write_scan(tmp_path / "bad.pdf")
    source = Shelf(
        {"a": ("1", with_documents("a", bad, good)), "b": ("1", SourceCourse(course("b")))}
    )
    summary = run(source, store)
    assert summary.new == ["a", "b"]
    assert [problem.course for problem in summary.gaps] == ["a"]
    assert summary.gaps[0].reason.startswith("bad.pdf: it has no text")
    passages = next(store.courses()).modules[0].passages
    assert passages[0].location.document == "good.pdf"
    # What is still missing is told again, although nothing changed.
    assert run(source, store).gaps == summary.gaps


def await_courses(path: Path, number: int, process: subprocess.Popen) -> None:
    """Wait until a store holds some courses."""
    while process.poll() is None:
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                if (
                    connection.execute("SELECT count(*) FROM content_courses").fetchone()[0]
                    >= number
                ):
                    return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.02)
    pytest.fail("the run ended by itself")


def rows(path: Path) -> dict[str, str]:
    with sqlite3.connect(path) as connection:
        return dict(connection.execute("SELECT id, taken_in_on FROM content_courses"))


def test_a_killed_run_loses_nothing_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    for number in range(MANY):
        text = f"Page {number}. " + " ".join(material.TEXTS["en"])
        (folder / f"{number:03}.html").write_text(f"<body><p>{text}</p></body>", encoding="utf-8")
    path = tmp_path / "content.sqlite"
    command = [sys.executable, "-m", "tools.ingest", str(folder), "--no-index"]
    environment = {**os.environ, "SATHI_CONTENT_DATABASE": f"sqlite:///{path}"}
    process = subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        await_courses(path, 60, process)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    before = rows(path)
    assert 60 <= len(before) < MANY
    store = open_content_store(f"sqlite:///{path}")
    # Every course that is there is whole.
    assert all(found.modules[0].passages for found in store.courses())
    assert store.cursor(f"folder:{folder}") is not None
    store.close()
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True
    )
    after = rows(path)
    assert len(after) == MANY
    assert {key: after[key] for key in before} == before
    assert "unchanged" in done.stdout
