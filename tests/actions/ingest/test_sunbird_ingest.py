"""A platform's courses, all the way into the content store over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.content_store import open_filled_store
from tests.actions.ingest.test_ingest_tool import titles
from tests.fakes.sunbird_catalogue import API_KEY, FakeSunbirdCatalogue, course_id, made_course
from tools.ingest import main

COURSES = 30


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'content.sqlite'}"
    monkeypatch.setenv("SATHI_CONTENT_DATABASE", address)
    monkeypatch.setenv("SATHI_SUNBIRD_API_KEY", API_KEY)
    monkeypatch.setenv("COLUMNS", "250")
    return address


def test_a_platform_is_taken_in_and_followed(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with FakeSunbirdCatalogue(COURSES) as sunbird:
        live = sunbird.live()
        assert main([sunbird.url, "--no-index"]) == 0
        assert len(titles(url)) == len(live)
        store = open_filled_store(url)
        course = next(c for c in store.courses() if c.id == course_id(1))
        store.close()
        assert course.title == made_course(1)["name"]
        assert course.provider == "Sample Academy"
        assert [module.title for module in course.modules]
        assert course.competencies
        # Nothing has changed: courses are listed and none is fetched.
        fetched = len(sunbird.requests)
        assert main([sunbird.url, "--no-index"]) == 0
        assert all("search" in seen.path for seen in sunbird.requests[fetched:])
        assert len(titles(url)) == len(live)
    capsys.readouterr()


def test_a_platform_that_is_away_is_named(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["http://127.0.0.1:9", "--no-index"]) == 2
    assert "the platform does not answer" in capsys.readouterr().err
    assert titles(url) == []
