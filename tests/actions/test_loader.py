from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from knowledge_base.loader import CatalogueError, load_catalogue
from tests.actions.conftest import REPOSITORY

SAMPLE = REPOSITORY / "knowledge_base" / "sample"
COURSE = """\
id: {id}
title: A course
provider: A provider
language: en
duration_seconds: 60
level: beginner
summary: What it is about.
competencies: [{competency}]
modules:
  - id: m1
    title: A module
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE / "competencies", tmp_path / "competencies")
    (tmp_path / "courses" / "en").mkdir(parents=True)
    return tmp_path


def write(folder: Path, text: str, name: str = "course.yaml") -> None:
    (folder / "courses" / "en" / name).write_text(text, encoding="utf-8")


def course(identifier: str = "c1", competency: str = "communication") -> str:
    return COURSE.format(id=identifier, competency=competency)


def test_a_good_course_is_loaded(folder: Path) -> None:
    write(folder, course())
    assert load_catalogue(folder).courses["c1"].modules[0].title == "A module"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: [c1\ntitle: x", r"course\.yaml, line \d"),
        ("id: c1\ntitle: a: b\n", r"course\.yaml, line 2: .*colon"),
        (course().replace("level: beginner", "level: easy"), r"line 6: level"),
        (course().replace("60", "-1"), r"line 5: duration_seconds"),
        (course().split("modules:")[0] + "modules: []\n", r"at least one module"),
        (course().split("modules:")[0], r"modules: Field required"),
        (course() + "colour: red\n", r"colour"),
        (course(competency="flying"), r"line 8: unknown competency 'flying'"),
        ("", r"course\.yaml"),
    ],
    ids=[
        "broken YAML",
        "unquoted colon",
        "unknown level",
        "negative duration",
        "no module",
        "modules missing",
        "unknown key",
        "unknown competency",
        "empty file",
    ],
)
def test_a_bad_course_is_named_with_file_line_and_mend(
    folder: Path, text: str, message: str
) -> None:
    write(folder, text)
    with pytest.raises(CatalogueError, match=message):
        load_catalogue(folder)


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "courses" / "en" / "course.yaml").write_bytes("title: é".encode("latin-1"))
    with pytest.raises(CatalogueError, match=r"course\.yaml: the file is not UTF-8"):
        load_catalogue(folder)


def test_duplicate_ids_name_both_files(folder: Path) -> None:
    write(folder, course(), "a.yaml")
    write(folder, course(), "b.yaml")
    with pytest.raises(
        CatalogueError, match=r"b\.yaml, line 1: id 'c1' is already used by a\.yaml"
    ):
        load_catalogue(folder)


def test_a_title_of_no_course_is_refused(folder: Path) -> None:
    write(folder, course())
    (folder / "titles").mkdir()
    (folder / "titles" / "hi.yaml").write_text("c2: {title: कोई नहीं}\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"hi\.yaml, line 1: no course has the id 'c2'"):
        load_catalogue(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('c1: {m9p9: ["What is it?"]}\n', r"en\.yaml, line 1: c1: .*not m9p9"),
        ("c1: [what]\n", r"line 1: c1: expected passage ids"),
        ("c1:\n  m1p1: What is it?\n", r"line 2: expected a list of sentences"),
        ("c2: {m1p1: [what]}\n", r"no course has the id 'c2'"),
    ],
)
def test_questions_of_no_passage_are_refused(folder: Path, text: str, message: str) -> None:
    passage = "    passages: [{id: m1p1, heading: A heading, text: A text.}]\n"
    write(folder, course() + passage)
    (folder / "questions").mkdir()
    (folder / "questions" / "en.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=message):
        load_catalogue(folder)


@pytest.mark.parametrize(
    ("activities", "message"),
    [
        ("clerk: [लिखना]", r"hi\.yaml, line 3: unknown role 'clerk'"),
        ("director: [नेतृत्व]", r"line 3: director needs a list of 4 activities"),
        ("director: नेतृत्व", r"director needs a list of 4 activities"),
    ],
)
def test_activities_of_a_role_must_fit_the_model(
    folder: Path, activities: str, message: str
) -> None:
    write(folder, course())
    (folder / "competencies" / "hi.yaml").write_text(
        f"names: {{}}\nactivities:\n  {activities}\n", encoding="utf-8"
    )
    with pytest.raises(CatalogueError, match=message):
        load_catalogue(folder)


def test_a_missing_catalogue_says_which_setting_to_set(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="SATHI_CATALOGUE"):
        load_catalogue(tmp_path / "nowhere")
