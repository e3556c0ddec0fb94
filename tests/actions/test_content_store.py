"""The store of courses that were taken in, on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge_base.catalogue import Course, Location, Module, Passage
from knowledge_base.content_store import (
    ContentStore,
    ContentStoreError,
    StoredVersion,
    open_content_store,
    open_filled_store,
)
from tests.postgresql import DATABASES, emptied_again


def course(key: str, title: str = "सूचना का अधिकार") -> Course:
    location = Location(document="a.pdf", page=3)
    passage = Passage(id="m1p1", heading="शुल्क", text="रु. 10।", location=location, language="hi")
    return Course(
        id=key,
        title=title,
        provider="ISTM",
        language="hi",
        duration_seconds=60,
        summary="सब कुछ।",
        mandatory=True,
        modules=(Module(id="m1", title="एक", passages=(passage,)),),
    )


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'made' / 'content.sqlite'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        with emptied_again(server, "actions") as address:
            yield address


@pytest.fixture
def store(url: str) -> Iterator[ContentStore]:
    opened = open_content_store(url)
    yield opened
    opened.close()


def test_courses_come_back_as_they_were(store: ContentStore, url: str) -> None:
    store.save("folder:a", course("c2"), "1", ["b.pdf: it is encrypted"])
    store.save("folder:a", course("c1"), "1", [])
    other = open_filled_store(url)
    assert list(other.courses()) == [course("c1"), course("c2")]
    assert other.versions("folder:a") == {
        "c1": StoredVersion("1", ()),
        "c2": StoredVersion("1", ("b.pdf: it is encrypted",)),
    }
    assert other.versions("folder:b") == {}
    other.close()


def test_a_course_takes_the_place_of_its_last_version(store: ContentStore) -> None:
    store.save("a", course("c1"), "1", ["a problem"])
    store.save("b", course("c1", "Of b"), "1", [])
    store.save("a", course("c1", "New"), "2", [])
    assert [found.title for found in store.courses()] == ["New", "Of b"]
    assert store.versions("a") == {"c1": StoredVersion("2", ())}


def test_the_digest_follows_the_courses_only(store: ContentStore) -> None:
    store.save("a", course("c1"), "1", [])
    before = store.digest()
    store.save("a", course("c1"), "2", ["a problem"])
    store.checkpoint("a", ["c1"], "cursor")
    assert store.digest() == before
    store.save("a", course("c1", "New"), "3", [])
    changed = store.digest()
    assert changed != before
    store.remove("a", ["c1"])
    assert store.digest() not in (before, changed)


def test_a_listing_goes_on_and_ends(store: ContentStore) -> None:
    store.save("a", course("gone"), "1", [])
    store.save("b", course("gone"), "1", [])
    assert store.cursor("a") is None
    store.begin_listing("a")
    store.checkpoint("a", ["c1", "c2"], "page 2")
    store.checkpoint("a", ["c2", "c3"], "page 3")
    assert (store.cursor("a"), store.listed("a")) == ("page 3", {"c1", "c2", "c3"})
    assert store.completed_on("a") is None
    store.complete_listing("a", ["gone"])
    assert (store.cursor("a"), store.listed("a")) == (None, set())
    assert store.completed_on("a").tzinfo is not None
    assert (list(store.versions("a")), list(store.versions("b"))) == ([], ["gone"])
    store.checkpoint("a", ["c1"], "page 2")
    store.begin_listing("a")
    assert (store.cursor("a"), store.listed("a")) == (None, set())
    # A listing that begins anew does not make one forget that there was one.
    assert store.completed_on("a") is not None


def test_reading_makes_no_database(tmp_path: Path) -> None:
    assert open_filled_store(f"sqlite:///{tmp_path / 'x' / 'content.sqlite'}") is None
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_courses_is_not_filled(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "content.sqlite").execute("CREATE TABLE other (id)")
    assert open_filled_store(f"sqlite:///{tmp_path / 'content.sqlite'}") is None


@pytest.mark.parametrize(
    "url", ["what", "sqlite:////proc/none/content.sqlite", "nosuch://host/database"]
)
def test_a_database_that_cannot_be_used_names_the_setting(url: str) -> None:
    with pytest.raises(ContentStoreError, match="SATHI_CONTENT_DATABASE"):
        open_content_store(url)


def test_passwords_are_not_shown() -> None:
    with pytest.raises(ContentStoreError) as raised:
        open_content_store("postgresql+psycopg://sathi:secret@127.0.0.1:1/content")
    assert "secret" not in str(raised.value)


def test_a_course_of_another_version_of_sathi_is_told(tmp_path: Path) -> None:
    path = tmp_path / "content.sqlite"
    store = open_content_store(f"sqlite:///{path}")
    store.save("a", course("c1"), "1", [])
    with sqlite3.connect(path) as connection:
        connection.execute('UPDATE content_courses SET content = \'{"id": "c1"}\'')
    with pytest.raises(ContentStoreError, match=r"c1 of a was kept by another version.*ALL=1"):
        list(store.courses())
