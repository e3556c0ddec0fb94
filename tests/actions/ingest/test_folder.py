"""Folders of YAML, lists and material as a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.ingest.folder import FolderSource
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.source import ItemError, ListedCourse, SourceCourse, SourceError
from tests.actions.ingest import material

YAML = """\
id: yaml-course
title: From YAML
provider: ISTM
language: ta
duration_seconds: 60
summary: All of it.
modules: [{id: m1, title: Only}]
"""


def source(path: Path) -> FolderSource:
    return FolderSource(path, {}, IngestLimits(_env_file=None))


def listed(path: Path) -> dict[str, ListedCourse]:
    with source(path) as opened:
        return {course.id: course for page in opened.pages() for course in page.courses}


def fetched(path: Path) -> dict[str, SourceCourse]:
    with source(path) as opened:
        courses = [course for page in opened.pages() for course in page.courses]
        return {found.course.title: found for found in map(opened.fetch, courses)}


def write_list(path: Path, *files: str) -> Path:
    rows = "".join(f"c{number},Listed {number},ISTM,{file}\n" for number, file in enumerate(files))
    path.write_text(f"id,title,provider,files\n{rows}", encoding="utf-8")
    return path


def test_every_kind_of_file_becomes_courses(tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_text(YAML, encoding="utf-8")
    write_list(tmp_path / "list.csv", "listed.pdf", "")
    for name in ("listed.pdf", "alone.pdf", "big course/1 one.pdf", "big course/deep/2.pdf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        material.write_pdf(tmp_path / name)
    for name in (".hidden.pdf", "~$open.docx", "picture.png", "film.mp4"):
        (tmp_path / name).write_bytes(b"0")
    found = fetched(tmp_path)
    assert sorted(found) == ["From YAML", "Listed 0", "Listed 1", "alone", "big course"]
    assert found["From YAML"].course.language == "ta"
    assert [document.name for document in found["Listed 0"].documents] == ["listed.pdf"]
    assert found["Listed 1"].documents == ()
    assert [document.name for document in found["big course"].documents] == [
        "big course/1 one.pdf",
        "big course/deep/2.pdf",
    ]
    assert [module.title for module in found["big course"].course.modules] == ["1 one", "2"]
    assert found["alone"].draft
    assert not found["Listed 0"].draft


def test_of_a_whole_catalogue_the_courses_are_taken(tmp_path: Path) -> None:
    for name in ("courses/en/a.yaml", "courses/hi/a.yaml", "titles/hi.yaml"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(YAML, encoding="utf-8")
    assert list(listed(tmp_path)) == ["yaml-course"]


def test_a_single_file_is_a_source(tmp_path: Path) -> None:
    material.write_pdf(tmp_path / "other.pdf")
    assert list(fetched(material.write_pdf(tmp_path / "one.pdf"))) == ["one"]
    material.write_pdf(tmp_path / "two.pdf")
    (found,) = fetched(write_list(tmp_path / "list.csv", "two.pdf")).values()
    assert found.documents[0].path == tmp_path / "two.pdf"


def test_a_version_follows_the_content_only(tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.csv", "a.pdf", "b.pdf")
    first = material.write_pdf(tmp_path / "a.pdf")
    material.write_pdf(tmp_path / "b.pdf", "hi")
    before = listed(tmp_path)
    first.touch()
    assert listed(tmp_path) == before
    material.write_pdf(first, "ta")
    after = listed(tmp_path)
    assert after["c0"] != before["c0"]
    assert after["c1"] == before["c1"]
    path.write_text(path.read_text(encoding="utf-8").replace("Listed 1", "New"), encoding="utf-8")
    assert listed(tmp_path)["c1"] != after["c1"]


def test_a_listing_goes_on_at_its_cursor(tmp_path: Path) -> None:
    write_list(tmp_path / "list.csv", *[""] * 120)
    with source(tmp_path) as opened:
        pages = list(opened.pages())
        assert [len(page.courses) for page in pages] == [50, 50, 20]
        assert pages[-1].cursor is None
        assert list(opened.pages(pages[0].cursor)) == pages[1:]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", "id: [", r"a\.yaml, line"),
        ("a.yaml", YAML.replace("60", "-1"), r"a\.yaml, line 5: duration_seconds"),
        ("a.csv", "title,provider\n,ISTM\n", r"a\.csv, row 2: title: it is missing"),
        ("a.csv", "what,ever\n", r"a\.csv: row 1: there is no column title"),
    ],
)
def test_a_bad_file_is_an_item_that_fails(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with source(tmp_path) as opened:
        (item,) = (course for page in opened.pages() for course in page.courses)
        with pytest.raises(ItemError, match=message):
            opened.fetch(item)


def test_an_id_that_is_taken_is_told(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(YAML, encoding="utf-8")
    with source(tmp_path) as opened:
        items = [course for page in opened.pages() for course in page.courses]
        bad = next(item for item in items if item.id != "yaml-course")
        with pytest.raises(ItemError, match=r"b\.yaml: its id 'yaml-course' is already taken"):
            opened.fetch(bad)


def test_files_that_a_list_names_wrongly_are_told(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    material.write_pdf(tmp_path / "secret.pdf")
    write_list(inside / "list.csv", "../secret.pdf", "missing.pdf")
    found = fetched(inside)
    assert found["Listed 0"].documents == found["Listed 1"].documents == ()
    assert "row 2: files: '../secret.pdf' lies outside the folder" in found["Listed 0"].problems[0]
    assert "row 3: files: 'missing.pdf' is missing" in found["Listed 1"].problems[0]


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_courses_cannot_be_listed(tmp_path: Path, made: bool) -> None:
    path = tmp_path / "x"
    if made:
        path.mkdir()
    with pytest.raises(SourceError, match="holds no courses"):
        listed(path)
