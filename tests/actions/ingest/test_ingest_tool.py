"""The command: what it prints, and what it returns."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge_base.content_store import open_filled_store
from knowledge_base.knowledge_base import open_knowledge_base
from knowledge_base.settings import KnowledgeBaseSettings
from tests.actions.conftest import REPOSITORY
from tests.actions.ingest import material
from tools.ingest import main


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'store' / 'content.sqlite'}"
    monkeypatch.setenv("SATHI_CONTENT_DATABASE", address)
    # Tables as wide as their content.
    monkeypatch.setenv("COLUMNS", "250")
    return address


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "courses"
    made.mkdir()
    material.write_pdf(made / "good.pdf", "hi")
    return made


def titles(url: str) -> list[str]:
    store = open_filled_store(url)
    if store is None:
        return []
    try:
        return [course.title for course in store.courses()]
    finally:
        store.close()


def test_a_good_folder_is_taken_in(
    folder: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder), "--no-index"]) == 0
    assert titles(url) == [material.HEADINGS["hi"][0]]
    assert "failed" in capsys.readouterr().out


def test_what_fails_is_named_with_the_reason(
    folder: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    material.write_scan(folder / "scan [1].pdf")
    rows = [["title", "provider", "files"], ["Listed", "ISTM", "none.pdf"], ["", "ISTM", ""]]
    material.write_xlsx(folder / "list.xlsx", rows)
    assert main([str(folder), "--no-index"]) == 1
    printed = capsys.readouterr().out
    assert "scan [1].pdf: it has no text" in printed
    assert "list.xlsx, row 3: title: it is missing" in printed
    assert "list.xlsx, row 2: files: 'none.pdf' is missing" in printed
    assert sorted(titles(url)) == sorted(["Listed", material.HEADINGS["hi"][0]])


def test_a_dry_run_makes_no_store(
    folder: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(folder), "--dry-run"]) == 0
    assert titles(url) == []
    assert "Dry run, nothing was kept" in capsys.readouterr().out


def test_a_file_is_removed_with_its_course(folder: Path, url: str) -> None:
    other = material.write_pdf(folder / "other.pdf")
    main([str(folder), "--no-index"])
    assert len(titles(url)) == 2
    other.unlink()
    assert main([str(folder), "--no-index"]) == 0
    assert titles(url) == [material.HEADINGS["hi"][0]]


@pytest.fixture
def small(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> KnowledgeBaseSettings:
    """Return the settings of a catalogue with one course and no index yet."""
    standing, catalogue = KnowledgeBaseSettings(), tmp_path / "catalogue"
    for part in ("competencies", "courses/en/rti-first-appeal.yaml"):
        target = catalogue / part
        target.parent.mkdir(parents=True, exist_ok=True)
        whole = standing.catalogue / part
        shutil.copytree(whole, target) if whole.is_dir() else shutil.copy(whole, target)
    build = tmp_path / "build"
    build.mkdir()
    # What is not encoded again and not unpacked again.
    shutil.copy(standing.embedding_cache, build)
    (build / standing.bundled_model_directory.name).symlink_to(standing.bundled_model_directory)
    monkeypatch.setenv("SATHI_CATALOGUE", str(catalogue))
    monkeypatch.setenv("SATHI_BUILD_DIRECTORY", str(build))
    monkeypatch.setenv("SATHI_CALIBRATION_QUERIES", str(tmp_path / "none"))
    return KnowledgeBaseSettings()


def test_what_was_taken_in_is_found_and_named_and_what_has_not_changed_stays(
    folder: Path, small: KnowledgeBaseSettings
) -> None:
    title = material.HEADINGS["hi"][0]
    assert main([str(folder)]) == 0
    knowledge_base = open_knowledge_base(small)
    found = knowledge_base.search_courses(title, "hi", 1).hits[0].target
    assert knowledge_base.catalogue.courses[found].title == title
    assert title in small.gazetteer.read_text(encoding="utf-8")

    made = {path: path.stat().st_mtime_ns for path in (small.gazetteer, small.index_directory)}
    assert main([str(folder)]) == 0
    assert {path: path.stat().st_mtime_ns for path in made} == made


@pytest.mark.parametrize(
    ("source", "setting", "message"),
    [
        ("nowhere", None, "nowhere is neither a folder nor a file, nor 'sunbird'"),
        (".", ("SATHI_INGEST_PROCESSES", "none"), "SATHI_INGEST_PROCESSES: "),
        ("good.pdf", ("SATHI_CONTENT_DATABASE", "what"), "check SATHI_CONTENT_DATABASE"),
        ("good.pdf", ("SATHI_CATALOGUE", "nowhere"), "the competency model is missing"),
    ],
)
def test_what_cannot_begin_is_told_in_one_line(
    folder: Path,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str,
    setting: tuple[str, str] | None,
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    if setting:
        monkeypatch.setenv(*setting)
    assert main([source, "--no-index"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_make_demands_a_source() -> None:
    # The stamp stands for the environment that runs this.
    command = ["make", "--always-make", "--dry-run", "ingest"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "SOURCE is missing" in done.stderr


def test_help_needs_no_model() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "tools.ingest", "--help"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "knowledge_base.encoder" not in done.stderr
