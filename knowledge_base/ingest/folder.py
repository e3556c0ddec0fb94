"""Courses from a folder of files: YAML, course lists with their material, and material alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.catalogue import Course, Module
from knowledge_base.ingest import course_lists
from knowledge_base.ingest.course_lists import (
    BadRow,
    ListedRow,
    course_id,
    read_course_list,
    readable_name,
)
from knowledge_base.ingest.kinds import kind_of
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.source import (
    ItemError,
    ListedCourse,
    ListingPage,
    SourceCourse,
    SourceDocument,
    SourceError,
)
from knowledge_base.languages import registry
from knowledge_base.loader import BASE_LANGUAGE, CatalogueError, load_course

_YAML = (".yaml", ".yml")
_PAGE_SIZE = 50
# Read although its content is of no known format: then it is broken, and that is reported.
_DOCUMENTS = (".pdf", ".docx", ".doc", ".pptx", ".ppt", ".rtf", ".odt", ".odp", ".txt", ".md")
_MATERIAL = frozenset((*_DOCUMENTS, ".html", ".htm", ".vtt", ".srt", ".zip", ".ecar"))


@dataclass(frozen=True)
class _Item:
    """A course that the folder holds, or what should have been one.

    Attributes:
        id: its id.
        description: what its version depends on besides its files.
        files: the files it is made from.
        load: gives the course.
    """

    id: str
    description: str
    files: tuple[Path, ...]
    load: Callable[[], SourceCourse]

    def version(self) -> str:
        """Return a hash of all that the course is made from."""
        digest = hashlib.sha256(self.description.encode())
        for path in self.files:
            digest.update(path.name.encode())
            try:
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
            except OSError as error:
                digest.update(str(error.errno).encode())
        return digest.hexdigest()


class FolderSource:
    """A folder, or a single file, as a source of courses.

    - YAML files are courses as in the catalogue; of a whole catalogue those in
      ``courses/en``.
    - CSV and XLSX files are course lists; the files that their rows name are taken from
      beside the list.
    - What is left is material: each file is a course, and each folder at the top is a course
      of all the files below it. Title, language and summary are taken from the files, the
      provider is the name of the source.

    Args:
        path: the folder or file.
        competencies: see ``course_lists.competency_ids``.
        limits: what a file may ask of the machine.
        provider: of courses that name none, the folder's name if it is empty.
    """

    def __init__(
        self,
        path: Path,
        competencies: Mapping[str, str],
        limits: IngestLimits,
        provider: str = "",
    ) -> None:
        self._path = path.resolve()
        self._root = self._path if self._path.is_dir() else self._path.parent
        self._competencies = competencies
        self._limits = limits
        self._provider = provider or readable_name(self._root.name)
        self._items: dict[str, _Item] = {}

    @property
    def name(self) -> str:
        """The folder's path."""
        return f"folder:{self._path}"

    def __enter__(self) -> FolderSource:
        """Look through the folder."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing is left open."""

    def pages(self, cursor: str | None = None) -> Iterator[ListingPage]:
        """List the courses by their ids, from one id on.

        Raises:
            SourceError: the folder cannot be read, or holds nothing that could be a course.
        """
        try:
            self._scan()
        except OSError as error:
            raise SourceError(
                f"{self._path} cannot be read ({error.strerror or error}); check the path and its "
                "permissions"
            ) from error
        if not self._items:
            raise SourceError(
                f"{self._path} holds no courses: put course lists, YAML files or material there"
            )
        ids = [key for key in sorted(self._items) if cursor is None or key > cursor]
        for start in range(0, max(len(ids), 1), _PAGE_SIZE):
            page = ids[start : start + _PAGE_SIZE]
            courses = tuple(ListedCourse(key, self._items[key].version()) for key in page)
            goes_on = start + _PAGE_SIZE < len(ids)
            yield ListingPage(courses, cursor=page[-1] if goes_on else None)

    def fetch(self, listed: ListedCourse) -> SourceCourse:
        """Return a course with its files where they are.

        Raises:
            ItemError: the course cannot be made of what the files say.
        """
        return self._items[listed.id].load()

    def _scan(self) -> None:
        self._items = {}
        files = [self._path] if self._path.is_file() else sorted(_files(self._path))
        catalogue = self._root / "courses"
        is_catalogue = self._path.is_dir() and (catalogue / BASE_LANGUAGE).is_dir()
        used: set[Path] = set()
        for path in files:
            if path.suffix.lower() in _YAML:
                if not is_catalogue or path.parent == catalogue / BASE_LANGUAGE:
                    self._add_yaml(path)
            elif path.suffix.lower() in course_lists.SUFFIXES:
                used.update(self._add_list(path))
        material = [path for path in files if path not in used and _is_material(path)]
        for title, group in self._grouped(material).items():
            self._add_material(title, group)

    def _grouped(self, material: Sequence[Path]) -> dict[Path, list[Path]]:
        """Return the files of each course: a file at the top, or all of a folder there."""
        groups: dict[Path, list[Path]] = {}
        for path in material:
            top = path.relative_to(self._root).parts[0]
            groups.setdefault(self._root / top, []).append(path)
        return groups

    def _add(self, item: _Item) -> None:
        if item.id in self._items:
            problem = f"{item.description}: its id {item.id!r} is already taken; give it another"
            item = self._broken(item.description, item.files, problem)
        self._items[item.id] = item

    def _broken(self, key: str, files: tuple[Path, ...], problem: str) -> _Item:
        def fail() -> SourceCourse:
            raise ItemError(problem)

        return _Item(course_id(key), key, files, fail)

    def _relative(self, path: Path) -> str:
        return str(path.relative_to(self._root))

    def _add_yaml(self, path: Path) -> None:
        name = self._relative(path)
        try:
            course = load_course(path)
        except CatalogueError as error:
            self._add(self._broken(name, (path,), str(error)))
        else:
            self._add(_Item(course.id, name, (path,), lambda: SourceCourse(course)))

    def _add_list(self, path: Path) -> Iterator[Path]:
        """Add a list's courses and yield the files they are made from."""
        name = self._relative(path)
        try:
            listed = read_course_list(path, self._competencies, self._limits)
        except (ItemError, OSError) as error:
            self._add(self._broken(name, (path,), f"{name}: {error}"))
            return
        problems = tuple(f"{name}, {problem}" for problem in listed.problems)
        for row in listed.rows:
            where = f"{name}, row {row.number}"
            if isinstance(row, BadRow):
                self._add(self._broken(where, (), f"{where}: {row.problem}"))
                continue
            documents, missing = self._documents(path, row)
            own = (*problems, *(f"{where}: {problem}" for problem in (*row.problems, *missing)))
            # What concerns the whole list is told once.
            problems = ()
            source = SourceCourse(row.course, documents, problems=own)
            paths = tuple(document.path for document in documents)
            description = f"{where} {row.course.model_dump_json()} {own}"
            self._add(_Item(row.course.id, description, paths, lambda source=source: source))
            yield from paths

    def _documents(
        self, path: Path, row: ListedRow
    ) -> tuple[tuple[SourceDocument, ...], list[str]]:
        documents, missing = [], []
        for name, module in zip(row.files, row.course.modules, strict=False):
            file = (path.parent / name).resolve()
            if not file.is_relative_to(self._root):
                missing.append(f"files: {name!r} lies outside the folder; put it there")
            elif not file.is_file():
                missing.append(f"files: {name!r} is missing; put it beside the list")
            else:
                documents.append(SourceDocument(file, name, module.id))
        return tuple(documents), missing

    def _add_material(self, top: Path, files: Sequence[Path]) -> None:
        name = self._relative(top)
        modules = tuple(
            Module(id=f"m{number}", title=readable_name(path.name))
            for number, path in enumerate(files, 1)
        )
        title = readable_name(top.name)
        course = Course(
            id=course_id(name),
            title=title,
            provider=self._provider,
            language=registry.DEFAULT_LOCALE,
            duration_seconds=0,
            summary=title,
            modules=modules,
        )
        documents = tuple(
            SourceDocument(path, self._relative(path), module.id)
            for path, module in zip(files, modules, strict=True)
        )
        source = SourceCourse(course, documents, draft=True)
        self._add(_Item(course.id, name, tuple(files), lambda: source))


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder; no hidden ones, and no links, which may lead anywhere."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and not path.is_symlink():
            yield path


def _is_material(path: Path) -> bool:
    if path.suffix.lower() in (*_YAML, *course_lists.SUFFIXES):
        return False
    if path.suffix.lower() in _MATERIAL:
        return True
    try:
        return kind_of(path) is not None
    except OSError:
        return False
