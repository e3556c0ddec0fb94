"""A course and its split documents become a course with passages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from knowledge_base.catalogue import Course, Location, Module, Passage
from knowledge_base.ingest.language import language_of_text
from knowledge_base.ingest.source import ItemError, SourceCourse, SourceDocument
from knowledge_base.ingest.splitting import SplitDocument, SplitPart
from knowledge_base.languages import registry

_SUMMARY_WORDS = 60


@dataclass
class _Draft:
    """A module while passages are added to it."""

    id: str
    title: str
    duration_seconds: int = 0
    passages: list[Passage] = field(default_factory=list)

    def module(self) -> Module:
        return Module(
            id=self.id,
            title=self.title,
            duration_seconds=self.duration_seconds,
            passages=tuple(self.passages),
        )


def assemble(
    source: SourceCourse, documents: Sequence[tuple[SourceDocument, SplitDocument]]
) -> Course:
    """Put the passages of split documents into a course's modules.

    A document without a module becomes one by itself, each part of a package another. A
    package that is all of a module takes its place with its parts.

    Args:
        source: the course as its source gives it.
        documents: its documents that could be read, in passages.

    Returns:
        The course; its passages know their places, and their language where it differs.

    Raises:
        ItemError: a draft has no text.
    """
    course = source.course
    packages = _packages(source, documents)
    modules: dict[str, _Draft] = {}
    for module in course.modules:
        if module.id not in packages:
            modules[module.id] = _Draft(
                module.id, module.title, module.duration_seconds, list(module.passages)
            )
            continue
        for number, (title, parts) in enumerate(_titled(packages[module.id][1].parts), 1):
            key = f"{module.id}-{number}"
            draft = modules[key] = _Draft(key, title or module.title)
            _add(draft, packages[module.id][0], parts, under=None)
    for document, parsed in documents:
        if document.module in packages:
            continue
        if document.module in modules:
            for title, parts in _titled(parsed.parts):
                _add(modules[document.module], document, parts, under=title)
            continue
        for title, parts in _titled(parsed.parts):
            key = _new_id(modules, course)
            draft = modules[key] = _Draft(
                key, title or parsed.title or PurePosixPath(document.name).stem
            )
            _add(draft, document, parts, under=None)
    if source.draft:
        course = _described(course, documents, modules)
    changes = {"modules": _with_languages(modules, course.language)}
    return Course.model_validate(course.model_copy(update=changes).model_dump())


def _packages(
    source: SourceCourse, documents: Sequence[tuple[SourceDocument, SplitDocument]]
) -> dict[str, tuple[SourceDocument, SplitDocument]]:
    """Return the packages that are all of a module, by module."""
    by_module = defaultdict(list)
    for document, parsed in documents:
        by_module[document.module].append((document, parsed))
    return {
        module.id: by_module[module.id][0]
        for module in source.course.modules
        if not module.passages
        and len(by_module[module.id]) == 1
        and len(_titled(by_module[module.id][0][1].parts)) > 1
    }


def _titled(parts: Sequence[SplitPart]) -> list[tuple[str | None, list[SplitPart]]]:
    """Return parts by title: files of one module follow one another."""
    groups: list[tuple[str | None, list[SplitPart]]] = []
    for part in parts:
        if groups and groups[-1][0] == part.title:
            groups[-1][1].append(part)
        else:
            groups.append((part.title, [part]))
    return groups


def _new_id(modules: dict[str, _Draft], course: Course) -> str:
    taken = {*modules, *(module.id for module in course.modules)}
    number = len(modules) + 1
    while f"m{number}" in taken:
        number += 1
    return f"m{number}"


def _add(
    draft: _Draft, document: SourceDocument, parts: Sequence[SplitPart], under: str | None
) -> None:
    taken = {passage.id for passage in draft.passages}
    for part in parts:
        name = f"{document.name}/{part.document}" if part.document else document.name
        for found in part.passages:
            number = len(draft.passages) + 1
            while f"{draft.id}p{number}" in taken:
                number += 1
            heading = found.headings[-1] if found.headings else under or draft.title
            place = found.place
            location = Location(
                document=name,
                url=document.url,
                page=place.page,
                seconds=place.seconds,
                anchor=place.anchor,
            )
            taken.add(f"{draft.id}p{number}")
            draft.passages.append(
                Passage(
                    id=f"{draft.id}p{number}", heading=heading, text=found.text, location=location
                )
            )


def _described(
    course: Course,
    documents: Sequence[tuple[SourceDocument, SplitDocument]],
    modules: dict[str, _Draft],
) -> Course:
    """Return a draft with the language, title and summary that its documents give it."""
    passages = [passage for draft in modules.values() for passage in draft.passages]
    if not passages:
        raise ItemError("its files hold no text; leave them out")
    changes = {
        "language": language_of_text(" ".join(passage.text for passage in passages)),
        "summary": _beginning(passages[0].text),
    }
    if len(documents) == 1 and documents[0][1].title:
        changes["title"] = documents[0][1].title
    return course.model_copy(update=changes)


def _beginning(text: str) -> str:
    words = text.split()
    return " ".join(words[:_SUMMARY_WORDS]) + (" …" if len(words) > _SUMMARY_WORDS else "")


def _with_languages(modules: dict[str, _Draft], language: str) -> tuple[Module, ...]:
    """Return the modules, passages in another language than the course's marked."""
    return tuple(
        draft.module().model_copy(
            update={"passages": tuple(_marked(draft.passages, language))},
        )
        for draft in modules.values()
    )


def _marked(passages: Sequence[Passage], language: str) -> Iterator[Passage]:
    """Yield passages; a module has one language in each script, as single passages mislead."""
    own = language_of_text(" ".join(passage.text for passage in passages))
    for passage in passages:
        found = language_of_text(passage.text)
        if _script(found) == _script(own):
            found = own
        if _script(found) == _script(language) and passage.location is None:
            found = language
        yield passage.model_copy(update={"language": found if found != language else None})


def _script(language: str) -> str:
    return registry.languages()[language].script
