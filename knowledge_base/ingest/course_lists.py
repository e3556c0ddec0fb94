"""Course lists in CSV and XLSX files: one course a row, columns known by their headers."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import regex
from pydantic import ValidationError

from knowledge_base.catalogue import Catalogue, Course, Level, Module
from knowledge_base.ingest.archives import check_archive
from knowledge_base.ingest.durations import duration_seconds
from knowledge_base.ingest.kinds import REFUSED, FileKind, kind_of
from knowledge_base.ingest.language import language_of_text
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.source import ItemError
from knowledge_base.ingest.text_encoding import read_text
from knowledge_base.languages import registry

SUFFIXES = (".csv", ".xlsx")
_COLUMNS = {
    "id": ("id", "course id", "identifier", "code", "course code"),
    "title": ("title", "name", "course", "course title", "course name"),
    "provider": ("provider", "organisation", "organization", "institute", "source"),
    "language": ("language", "lang", "medium"),
    "duration": ("duration", "learning time", "time", "length"),
    "level": ("level", "difficulty"),
    "summary": ("summary", "description", "about"),
    "keywords": ("keywords", "tags", "keyword"),
    "competencies": ("competencies", "competency"),
    "link": ("link", "url"),
    "mandatory": ("mandatory", "compulsory"),
    "files": ("files", "file", "material"),
}
_BY_HEADER = {header: column for column, headers in _COLUMNS.items() for header in headers}
_LEVELS: dict[str, Level] = {
    **dict.fromkeys(("beginner", "basic", "basics", "foundation", "introductory"), "beginner"),
    **dict.fromkeys(("intermediate", "medium"), "intermediate"),
    **dict.fromkeys(("advanced", "expert"), "advanced"),
}
_YES = {"yes", "y", "true", "1", "mandatory", "compulsory", "हाँ", "हां"}
_NO = {"", "no", "n", "false", "0", "optional", "नहीं"}
# A unit in a header, e.g. "duration (minutes)", which is what numbers are anyway.
_UNIT = regex.compile(r"\s*[(\[].*[)\]]$")
_SEPARATORS = regex.compile(r"[;|\n]")
_ID_LETTERS = regex.compile(r"[^a-z0-9]+")
_ID = regex.compile(r"[A-Za-z0-9][\w.-]*")
_DELIMITERS = ",;\t|"
_SNIFFED = 8192
_ID_DIGITS = 8


@dataclass(frozen=True)
class ListedRow:
    """A row that gives a course.

    Attributes:
        number: of the row, as spreadsheets count them.
        course: the course, with a module for each of its files, or one.
        files: paths as written, relative to the list, in the order of the modules.
        problems: what of the row could not be used.
    """

    number: int
    course: Course
    files: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class BadRow:
    """A row that gives no course, and why."""

    number: int
    problem: str


@dataclass(frozen=True)
class CourseList:
    """What a list holds.

    Attributes:
        rows: good and bad ones in their order.
        problems: what concerns all of it, such as columns that are not known.
    """

    rows: tuple[ListedRow | BadRow, ...]
    problems: tuple[str, ...]


class _RowError(ValueError):
    """A cell cannot be used."""


def competency_ids(catalogue: Catalogue) -> dict[str, str]:
    """Return the ids of competencies by all that lists may call them, in small letters."""
    model = catalogue.competency_model
    known = {competency.id for competency in model.competencies} if model else set()
    names = {key.casefold(): key for key in known}
    for entries in catalogue.competency_names.values():
        for key in known & entries.keys():
            for name in (entries[key].name, *entries[key].aliases):
                names.setdefault(name.casefold(), key)
    return names


def read_course_list(
    path: Path, competencies: Mapping[str, str], limits: IngestLimits
) -> CourseList:
    """Read a course list.

    Args:
        path: a CSV file in any encoding and with any usual delimiter, or an XLSX file, of which
            the first sheet is read.
        competencies: see ``competency_ids``.
        limits: what the file may ask of the machine.

    Returns:
        Its rows. Needed are the columns title and provider; the others may be missing or empty.

    Raises:
        ItemError: the file cannot be read, or lacks a needed column.
    """
    if path.stat().st_size > limits.max_bytes:
        raise ItemError(
            f"it is larger than {limits.max_megabytes} MB; split it, or set "
            "SATHI_INGEST_MAX_MEGABYTES"
        )
    rows = iter(_xlsx_rows(path, limits) if path.suffix.lower() == ".xlsx" else _csv_rows(path))
    header_row, header = next(rows, (1, ()))
    columns, unknown = _columns(header)
    missing = [name for name in ("title", "provider") if name not in columns.values()]
    if missing:
        raise ItemError(
            f"row {header_row}: there is no column {' and no column '.join(missing)}; the first "
            f"row has to name the columns: {', '.join(_COLUMNS)}"
        )
    problems = [
        f"row {header_row}: the column {name!r} is not known and was left out; known are "
        f"{', '.join(_COLUMNS)}"
        for name in unknown
    ]
    seen: dict[str, int] = {}
    found = [_row(number, cells, columns, competencies, seen) for number, cells in rows]
    return CourseList(tuple(found), tuple(problems))


def course_id(text: str) -> str:
    """Return an id for something that has none: readable, and the same in every run."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS]
    words = _ID_LETTERS.sub("-", Path(text).stem.lower()).strip("-")
    return f"{words or 'course'}-{digest}"


def _columns(header: Iterable[object]) -> tuple[dict[int, str], list[str]]:
    columns: dict[int, str] = {}
    unknown = []
    for position, cell in enumerate(header):
        name = " ".join(str(cell or "").replace("_", " ").split())
        known = _BY_HEADER.get(name.lower()) or _BY_HEADER.get(_UNIT.sub("", name.lower()))
        if known and known not in columns.values():
            columns[position] = known
        elif name:
            unknown.append(name)
    return columns, unknown


def _csv_rows(path: Path) -> Iterator[tuple[int, tuple[object, ...]]]:
    text = read_text(path)
    try:
        dialect = csv.Sniffer().sniff(text[:_SNIFFED].partition("\n")[0], _DELIMITERS)
        delimiter = dialect.delimiter
    except csv.Error:
        delimiter = ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for number, cells in enumerate(reader, 1):
            if any(cell.strip() for cell in cells):
                yield number, tuple(cells)
    except csv.Error as error:
        raise ItemError(f"line {reader.line_num}: {error}; save it anew as CSV") from error


def _xlsx_rows(path: Path, limits: IngestLimits) -> Iterator[tuple[int, tuple[object, ...]]]:
    kind = kind_of(path)
    if kind is not FileKind.XLSX:
        reason = REFUSED.get(kind) if kind else None
        raise ItemError(reason or "it is no XLSX file; save it as one")
    check_archive(path, limits)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
    except Exception as error:
        # openpyxl fails on damaged files in ways of all kinds.
        raise ItemError(
            f"it is no readable XLSX file ({type(error).__name__}: {error}); save it anew"
        ) from error
    for number, cells in enumerate(rows, 1):
        if any(cell not in (None, "") for cell in cells):
            yield number, cells


def _row(
    number: int,
    cells: tuple[object, ...],
    columns: Mapping[int, str],
    competencies: Mapping[str, str],
    seen: dict[str, int],
) -> ListedRow | BadRow:
    values = {name: cells[at] for at, name in columns.items() if at < len(cells)}
    texts = {name: _text(value) for name, value in values.items()}
    problems: list[str] = []
    try:
        files = _several(values.get("files"))
        course = _course(values, texts, files, competencies, problems)
    except ValidationError as error:
        first = error.errors()[0]
        return BadRow(number, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except _RowError as error:
        return BadRow(number, str(error))
    if course.id in seen:
        return BadRow(number, f"id: {course.id!r} is already that of row {seen[course.id]}")
    seen[course.id] = number
    return ListedRow(number, course, files, tuple(problems))


def _course(
    values: Mapping[str, object],
    texts: Mapping[str, str],
    files: tuple[str, ...],
    competencies: Mapping[str, str],
    problems: list[str],
) -> Course:
    for name in ("title", "provider"):
        if not texts.get(name):
            raise _RowError(f"{name}: it is missing; fill it in")
    title = texts["title"]
    summary = texts.get("summary") or title
    key = texts.get("id") or course_id(f"{texts['provider']}: {title}")
    if not _ID.fullmatch(key):
        raise _RowError(f"id: {key!r} may hold letters, digits, '.', '-' and '_' only")
    names = files or (title,)
    known = []
    for name in _several(values.get("competencies")):
        if name.casefold() in competencies:
            known.append(competencies[name.casefold()])
        else:
            problems.append(f"competencies: {name!r} is not known and was left out")
    return Course(
        id=key,
        title=title,
        provider=texts["provider"],
        language=_language(texts.get("language", ""), f"{title}. {summary}"),
        duration_seconds=_duration(values.get("duration")),
        level=_level(texts.get("level", "")),
        mandatory=_mandatory(texts.get("mandatory", "")),
        summary=summary,
        keywords=_several(values.get("keywords")),
        competencies=tuple(dict.fromkeys(known)),
        link=texts.get("link") or None,
        modules=tuple(
            Module(id=f"m{number}", title=readable_name(name) if files else name)
            for number, name in enumerate(names, 1)
        ),
    )


def readable_name(path: str) -> str:
    """Return what a file is called by people: ``unit_1-duties.pdf`` is "unit 1 duties"."""
    return " ".join(Path(path).stem.replace("_", " ").replace("-", " ").split()) or path


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(str(value).split())


def _several(value: object) -> tuple[str, ...]:
    """Split a cell at semicolons, bars or line ends, or at commas if it has none of these."""
    text = "" if value is None else str(value)
    parts = _SEPARATORS.split(text) if _SEPARATORS.search(text) else text.split(",")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _duration(value: object) -> int:
    if _text(value) == "":
        return 0
    try:
        return duration_seconds(value)
    except ValueError as error:
        raise _RowError(f"duration: {error}") from error


def _level(text: str) -> Level | None:
    if text and text.casefold() not in _LEVELS:
        raise _RowError(f"level: {text!r} is none of beginner, intermediate and advanced")
    return _LEVELS.get(text.casefold())


def _mandatory(text: str) -> bool:
    if text.casefold() not in _YES | _NO:
        raise _RowError(f"mandatory: {text!r} is neither yes nor no")
    return text.casefold() in _YES


def _language(text: str, content: str) -> str:
    """Return the code of a language given by code or name; by the texts if it is not given."""
    if not text:
        return language_of_text(content)
    for language in registry.languages().values():
        if text.casefold() in {name.casefold() for name in (
            language.code, language.name, language.endonym)}:  # fmt: skip
            return language.code
    raise _RowError(
        f"language: {text!r} is none of {', '.join(registry.languages())}, nor the name of one"
    )
