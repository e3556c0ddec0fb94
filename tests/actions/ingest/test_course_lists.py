"""Course lists: columns, cells, and rows that are wrong."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.ingest.course_lists import (
    BadRow,
    CourseList,
    ListedRow,
    competency_ids,
    read_course_list,
)
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.source import ItemError
from tests.actions.ingest import material

LIMITS = IngestLimits(_env_file=None)
COMPETENCIES = {"communication": "communication", "संवाद": "communication"}


def read(path: Path, content: str | bytes | None = None) -> CourseList:
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_course_list(path, COMPETENCIES, LIMITS)


def row(path: Path, **cells: str) -> ListedRow | BadRow:
    """Read a list of one row with the needed columns and some others."""
    named = {"title": "A course", "provider": "ISTM", **cells}
    lines = [",".join(named), ",".join(f'"{cell}"' for cell in named.values())]
    return read(path / "list.csv", "\n".join(lines)).rows[0]


def test_all_columns_of_a_table_are_read(tmp_path: Path) -> None:
    header = (
        "Course ID", "Course Title", "Provider", "Language", "Duration (hh:mm)", "Level",
        "Summary", "Keywords", "Competencies", "Link", "Mandatory", "Files",
    )  # fmt: skip
    cells = (
        "c-1", "सूचना का अधिकार", "ISTM", "Hindi", time(2, 30), "Basic", "सब कुछ।", "RTI; सूचना",
        "संवाद; flying", "https://example.org/c-1", "Yes", "a/one.pdf; two-b.docx",
    )  # fmt: skip
    listed = read(material.write_xlsx(tmp_path / "list.xlsx", [header, cells]))
    assert listed.problems == ()
    (found,) = listed.rows
    course = found.course
    assert found.number == 2
    assert (course.id, course.title, course.provider) == ("c-1", "सूचना का अधिकार", "ISTM")
    assert (course.language, course.duration_seconds, course.level) == ("hi", 9000, "beginner")
    assert (course.summary, course.keywords) == ("सब कुछ।", ("RTI", "सूचना"))
    assert (course.competencies, course.mandatory) == (("communication",), True)
    assert course.link == "https://example.org/c-1"
    assert found.files == ("a/one.pdf", "two-b.docx")
    assert [(module.id, module.title) for module in course.modules] == [
        ("m1", "one"),
        ("m2", "two b"),
    ]
    assert found.problems == ("competencies: 'flying' is not known and was left out",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_comes_in_many_forms(tmp_path: Path, delimiter: str, encoding: str) -> None:
    lines = [
        delimiter.join(("title", "provider", "duration")),
        delimiter.join(('"கணக்கு', 'இயல்"', "ISTM")).replace(delimiter, "\n", 1) + delimiter + "45",
    ]
    content = "\r\n".join(lines).encode(encoding)
    (found,) = read(tmp_path / "list.csv", content).rows
    assert found.course.title == "கணக்கு இயல்"
    assert (found.course.language, found.course.duration_seconds) == ("ta", 2700)


def test_a_course_without_an_id_gets_the_same_one_in_every_run(tmp_path: Path) -> None:
    first, second = row(tmp_path), row(tmp_path, level="advanced")
    assert first.course.id == second.course.id
    assert first.course.id != row(tmp_path, title="Another").course.id


def test_what_is_not_said_is_not_made_up(tmp_path: Path) -> None:
    course = row(tmp_path).course
    assert (course.level, course.rating, course.link) == (None, None, None)
    assert (course.duration_seconds, course.mandatory, course.keywords) == (0, False, ())


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"title": ""}, "title: it is missing"),
        ({"provider": " "}, "provider: it is missing"),
        ({"duration": "soon"}, "duration: 'soon' is no duration; write it as"),
        ({"level": "easy"}, "level: 'easy' is none of beginner"),
        ({"language": "Klingon"}, "language: 'Klingon' is none of en"),
        ({"mandatory": "maybe"}, "mandatory: 'maybe' is neither yes nor no"),
        ({"id": "a b"}, "id: 'a b' may hold letters"),
    ],
)
def test_a_bad_cell_names_its_column(tmp_path: Path, cells: dict[str, str], problem: str) -> None:
    found = row(tmp_path, **cells)
    assert isinstance(found, BadRow)
    assert found.number == 2
    assert found.problem.startswith(problem)


def test_bad_rows_are_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    content = (
        "id,title,provider,level,fee\n"
        "a,One,ISTM,,5\n"
        "b,Two,ISTM,easy,\n"
        "\n"
        "a,Three,ISTM,,\n"
        "d,Four,ISTM,advanced,\n"
    )
    listed = read(tmp_path / "list.csv", content)
    assert [(type(found), found.number) for found in listed.rows] == [
        (ListedRow, 2),
        (BadRow, 3),
        (BadRow, 5),
        (ListedRow, 6),
    ]
    assert listed.rows[2].problem == "id: 'a' is already that of row 2"
    assert listed.problems[0].startswith("row 1: the column 'fee' is not known and was left out")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "name of it,provider\na,b", "row 1: there is no column title"),
        ("x.csv", "", "no column title and no column provider"),
        ("x.csv", "title,provider\nà¤¹à¤¿à¤¨à¥,b", "damaged"),
        ("x.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "protected by a password"),
        ("x.xlsx", b"title,provider", "broken zip archive"),
        ("x.xlsx", b"PK\x03\x04broken", "zip archive is broken"),
    ],
)
def test_a_file_that_is_no_list_is_told(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(ItemError, match=message):
        read(tmp_path / name, content)


def test_competencies_are_known_by_any_name(catalogue: Catalogue) -> None:
    ids = competency_ids(catalogue)
    key = catalogue.competency_model.competencies[0].id
    for language in ("en", "hi", "ta"):
        assert ids[catalogue.competency_names[language][key].name.casefold()] == key
