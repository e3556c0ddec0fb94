"""Load the catalogue from YAML files; every error names the file, the line and the mend.

The folder's layout is described in ``knowledge_base/sample/README.md``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from knowledge_base.catalogue import (
    Catalogue,
    CompetencyModel,
    CompetencyName,
    Course,
    CourseTitle,
    CourseTranslation,
    FaqEntry,
    QuizQuestion,
)
from knowledge_base.languages import registry

logger = logging.getLogger(__name__)
BASE_LANGUAGE = "en"
# libyaml's loader takes a tenth of the time; not every build of PyYAML has it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Model = TypeVar("_Model", bound=BaseModel)
_Identified = TypeVar("_Identified", FaqEntry, QuizQuestion)


class CatalogueError(ValueError):
    """A catalogue file cannot be used; the message says where and what to mend."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        where = f"{path}, line {line}" if line else str(path)
        super().__init__(f"{where}: {problem}")


def _read(path: Path) -> tuple[Any, yaml.Node | None]:
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        try:
            node = loader.get_single_node()
            return (None if node is None else loader.construct_document(node)), node
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        raise CatalogueError(path, None, "the file is not UTF-8; save it as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise CatalogueError(
            path, line, f"{error.problem}; quote texts that contain a colon, mind the indentation"
        ) from error
    except yaml.YAMLError as error:
        raise CatalogueError(path, None, f"this is no YAML: {error}") from error


def _line_of(node: yaml.Node | None, location: tuple[int | str, ...]) -> int | None:
    """Find the line of a validation error by walking the parsed nodes."""
    for key in location:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
        elif isinstance(node, yaml.MappingNode):
            children = _children(node)
            if str(key) not in children:
                break
            node = children[str(key)]
    return node.start_mark.line + 1 if node else None


def _children(node: yaml.Node | None) -> dict[str, yaml.Node]:
    """Return the values of a mapping by key; anything else has none."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return {name.value: value for name, value in pairs}


def _parse(model: type[_Model], record: Any, path: Path, node: yaml.Node | None) -> _Model:
    try:
        return model.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the file"
        hint = " (a course needs at least one module)" if first["loc"] == ("modules",) else ""
        line = _line_of(node, first["loc"])
        raise CatalogueError(path, line, f"{key}: {first['msg']}{hint}") from error


def _language_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob("*.yaml")):
        if registry.known_locale(path.stem):
            yield path.stem, path


def load_catalogue(folder: Path) -> Catalogue:
    """Load a catalogue folder.

    Args:
        folder: folder with ``courses/``, ``titles/``, ``faq/`` and ``competencies/``.

    Returns:
        The catalogue, checked for duplicate ids and dangling references.

    Raises:
        CatalogueError: a file is broken, incomplete or contradicts another.
    """
    if not (folder / "courses" / BASE_LANGUAGE).is_dir():
        raise CatalogueError(
            folder, None, f"no courses/{BASE_LANGUAGE} folder; set SATHI_CATALOGUE to a catalogue"
        )
    catalogue = Catalogue()
    _load_competencies(catalogue, folder / "competencies")
    _load_courses(catalogue, folder / "courses" / BASE_LANGUAGE)
    for language in sorted(registry.languages()):
        _load_translations(catalogue, folder / "courses" / language, language)
    _load_titles(catalogue, folder / "titles")
    _load_provider_names(catalogue, folder / "providers")
    _load_situations(catalogue, folder / "situations")
    _load_questions(catalogue, folder / "questions")
    _load_quiz(catalogue, folder / "quiz")
    _load_faq(catalogue, folder / "faq")
    return catalogue


def load_competencies(folder: Path) -> Catalogue:
    """Load a catalogue's competency model and its names, and nothing else.

    Raises:
        CatalogueError: a file is broken or incomplete.
    """
    catalogue = Catalogue()
    _load_competencies(catalogue, folder / "competencies")
    return catalogue


def load_course(path: Path) -> Course:
    """Load one course of a catalogue.

    Raises:
        CatalogueError: the file is broken or incomplete.
    """
    record, node = _read(path)
    return _parse(Course, record, path, node)


def _load_courses(catalogue: Catalogue, folder: Path) -> None:
    origin: dict[str, Path] = {}
    for path in sorted(folder.glob("*.yaml")):
        record, node = _read(path)
        course = _parse(Course, record, path, node)
        if course.id in origin:
            raise CatalogueError(
                path,
                _line_of(node, ("id",)),
                f"id {course.id!r} is already used by {origin[course.id].name}; "
                "give each course its own",
            )
        origin[course.id] = path
        known = {c.id for c in catalogue.competency_model.competencies}
        for index, competency in enumerate(course.competencies):
            if competency not in known:
                raise CatalogueError(
                    path,
                    _line_of(node, ("competencies", index)),
                    f"unknown competency {competency!r}; use an id of competencies/model.yaml",
                )
        catalogue.courses[course.id] = course


def _load_translations(catalogue: Catalogue, folder: Path, language: str) -> None:
    if language == BASE_LANGUAGE:
        return
    for path in sorted(folder.glob("*.yaml")):
        record, node = _read(path)
        translation = _parse(CourseTranslation, record, path, node)
        course = catalogue.courses.get(translation.id)
        if course is None or translation.language != language:
            raise CatalogueError(
                path,
                _line_of(node, ("id",)),
                "id must be that of a course in the base language, language that of the folder",
            )
        modules = {module.id for module in course.modules}
        for index, module in enumerate(translation.modules):
            if module.id not in modules:
                raise CatalogueError(
                    path,
                    _line_of(node, ("modules", index)),
                    f"module {module.id!r} is not in the course; ids must agree",
                )
        catalogue.translations.setdefault(language, {})[translation.id] = translation


def _by_course(catalogue: Catalogue, path: Path) -> Iterator[tuple[str, Any, yaml.Node]]:
    """Yield (course id, value, node) of a file that is keyed by course."""
    record, node = _read(path)
    children = _children(node)
    for course_id, value in (record or {}).items():
        if course_id not in catalogue.courses:
            raise CatalogueError(
                path, _line_of(node, (course_id,)), f"no course has the id {course_id!r}"
            )
        yield course_id, value, children[course_id]


def _texts(value: Any, path: Path, node: yaml.Node, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
        raise CatalogueError(path, node.start_mark.line + 1, f"expected a list of {what}")
    return tuple(value)


def _load_titles(catalogue: Catalogue, folder: Path) -> None:
    for language, path in _language_files(folder):
        titles = catalogue.titles.setdefault(language, {})
        for course_id, entry, node in _by_course(catalogue, path):
            titles[course_id] = _parse(CourseTitle, entry, path, node)


def _load_provider_names(catalogue: Catalogue, folder: Path) -> None:
    known = {course.provider for course in catalogue.courses.values()}
    for language, path in _language_files(folder):
        record, node = _read(path)
        children = _children(node)
        for provider, names in (record or {}).items():
            if provider not in known:
                raise CatalogueError(
                    path, _line_of(node, (provider,)), f"no course has the provider {provider!r}"
                )
            forms = _texts(names, path, children[provider], "names")
            catalogue.provider_names.setdefault(language, {})[provider] = forms


def _load_situations(catalogue: Catalogue, folder: Path) -> None:
    for language, path in _language_files(folder):
        situations = catalogue.situations.setdefault(language, {})
        for course_id, value, node in _by_course(catalogue, path):
            situations[course_id] = _texts(value, path, node, "sentences")


def _load_questions(catalogue: Catalogue, folder: Path) -> None:
    for language, path in _language_files(folder):
        questions = catalogue.questions.setdefault(language, {})
        for course_id, value, node in _by_course(catalogue, path):
            course = catalogue.courses[course_id]
            passages = {p.id for module in course.modules for p in module.passages}
            children = _children(node)
            unknown = children.keys() - passages
            if unknown or not children:
                raise CatalogueError(
                    path,
                    node.start_mark.line + 1,
                    f"{course_id}: expected passage ids of the course with their questions"
                    + (f", not {', '.join(sorted(unknown))}" if unknown else ""),
                )
            questions[course_id] = {
                passage: _texts(texts, path, children[passage], "sentences")
                for passage, texts in value.items()
            }


def _records(model: type[_Identified], path: Path) -> Iterator[tuple[_Identified, yaml.Node]]:
    """Yield the records of a file that is a list, ids checked to be its own."""
    record, node = _read(path)
    seen: set[str] = set()
    for entry, child in zip(record or [], node.value if node else [], strict=True):
        parsed = _parse(model, entry, path, child)
        if parsed.id in seen:
            raise CatalogueError(path, child.start_mark.line + 1, f"id {parsed.id!r} occurs twice")
        seen.add(parsed.id)
        yield parsed, child


def _load_quiz(catalogue: Catalogue, folder: Path) -> None:
    passages = {
        (course.id, passage.id)
        for course in catalogue.courses.values()
        for module in course.modules
        for passage in module.passages
    }
    for language, path in _language_files(folder):
        questions = catalogue.quiz.setdefault(language, {})
        for question, node in _records(QuizQuestion, path):
            if (question.course, question.passage) not in passages:
                raise CatalogueError(
                    path,
                    node.start_mark.line + 1,
                    f"no course {question.course!r} has a passage {question.passage!r}",
                )
            questions[question.id] = question


def _load_faq(catalogue: Catalogue, folder: Path) -> None:
    for language, path in _language_files(folder):
        entries = catalogue.faq.setdefault(language, {})
        entries.update((entry.id, entry) for entry, _ in _records(FaqEntry, path))


def _load_competencies(catalogue: Catalogue, folder: Path) -> None:
    path = folder / "model.yaml"
    if not path.is_file():
        raise CatalogueError(path, None, "the competency model is missing")
    record, node = _read(path)
    catalogue.competency_model = _parse(CompetencyModel, record, path, node)
    for language, names_path in _language_files(folder):
        record, node = _read(names_path)
        children = _children(_children(node)["names"])
        catalogue.competency_names[language] = {
            key: _parse(CompetencyName, value, names_path, children[key])
            for key, value in record["names"].items()
        }
        catalogue.role_activities[language] = {
            key: _activities(catalogue.competency_model, key, value, names_path, node)
            for key, value in record.get("activities", {}).items()
        }
    missing = catalogue.competency_model.ids() - catalogue.competency_names[BASE_LANGUAGE].keys()
    if missing:
        raise CatalogueError(
            folder / f"{BASE_LANGUAGE}.yaml",
            None,
            f"names missing for {', '.join(sorted(missing))}",
        )


def _activities(
    model: CompetencyModel, role_id: str, given: Any, path: Path, node: yaml.Node | None
) -> tuple[str, ...]:
    """Return a role's activities in another language, as many as the model has."""
    needed = {role.id: len(role.activities) for role in model.roles}.get(role_id)
    texts = tuple(given) if isinstance(given, list) else ()
    line = _line_of(node, ("activities", role_id))
    if needed is None:
        raise CatalogueError(path, line, f"unknown role {role_id!r}; use an id of model.yaml")
    if len(texts) != needed or not all(isinstance(t, str) and t.strip() for t in texts):
        raise CatalogueError(
            path, line, f"{role_id} needs a list of {needed} activities, as in model.yaml"
        )
    return texts
