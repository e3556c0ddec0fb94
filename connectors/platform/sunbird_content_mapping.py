"""From Sunbird's courses to those of the knowledge base; no call is made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pydantic import ValidationError
from selectolax.lexbor import LexborHTMLParser

from connectors.platform.sunbird_content_answers import CourseContent, Transcript
from knowledge_base.catalogue import Course, Level, Module
from knowledge_base.ingest.source import ItemError
from knowledge_base.languages import registry
from knowledge_base.languages.script import dominant_script

_COLLECTION = "application/vnd.ekstep.content-collection"
_PDF = "application/pdf"
_PACKAGE = "application/vnd.ekstep.html-archive"
_LINK = "text/x-url"
_MEDIA = ("video/", "audio/")
# What the ingestion reads, by the ending of an artifact's address.
_READABLE = frozenset(
    {".pdf", ".html", ".htm", ".docx", ".pptx", ".txt", ".zip", ".ecar", ".vtt", ".srt"}
)
_PACKED = frozenset({".zip", ".ecar"})
_SUBTITLES = frozenset({".vtt", ".srt"})
_LEVELS: dict[str, Level] = {
    "beginner": "beginner",
    "basic": "beginner",
    "intermediate": "intermediate",
    "advanced": "advanced",
    "expert": "advanced",
}
_OTHER_NAMES = {"bangla": "bn", "oriya": "or", "asamiya": "as"}


@dataclass(frozen=True)
class Artifact:
    """A file of a resource.

    Attributes:
        module: id of the module it belongs to.
        name: what citations call it.
        url: where it is fetched.
        suffix: ending of the file's name.
        shown_at: where learners find what it tells of: the video of subtitles; None for a
            package, which has no page.
    """

    module: str
    name: str
    url: str
    suffix: str
    shown_at: str | None


@dataclass(frozen=True)
class MappedCourse:
    """A course and what has to be fetched for it.

    Attributes:
        unknown_competencies: names that the competency model does not have.
        problems: what could not be made use of.
    """

    course: Course
    artifacts: tuple[Artifact, ...]
    unknown_competencies: tuple[str, ...]
    problems: tuple[str, ...]


def to_course(
    details: CourseContent, tree: CourseContent, competencies: Mapping[str, str]
) -> MappedCourse:
    """Return a course of the knowledge base.

    Args:
        details: what is known of the course.
        tree: the course with its units and resources.
        competencies: ids of the competency model by their names, in small letters.

    Raises:
        ItemError: the platform has no title or no provider for it, or its ids are unusable.
    """
    provider = next(filter(None, (*details.organisation, details.source, details.creator)), "")
    for name, value in (("name", details.name.strip()), ("organisation", provider)):
        if not value:
            raise ItemError(f"{name} is empty; fill it in on the platform")
    known, unknown = _competencies(details, competencies)
    summary = _plain(details.description) or _plain(details.instructions) or details.name.strip()
    problems: list[str] = []
    language = _language(details, f"{details.name} {summary}", problems)
    try:
        modules, resources = _modules(tree)
        course = Course(
            id=details.identifier,
            title=details.name,
            provider=provider,
            language=language,
            duration_seconds=_seconds(details) or sum(m.duration_seconds for m in modules),
            level=_LEVELS.get(details.difficulty_level.casefold()),
            mandatory=details.is_mandatory,
            summary=summary,
            keywords=tuple(dict.fromkeys(details.keywords)),
            competencies=known,
            rating=details.avg_rating if 1 <= (details.avg_rating or 0) <= 5 else None,  # noqa: PLR2004
            modules=modules,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join((error.title, *map(str, first["loc"])))
        raise ItemError(f"{where}: {first['msg']}") from None
    artifacts = [a for module, leaf in resources for a in _artifacts(module, leaf, language)]
    return MappedCourse(course, tuple(artifacts), unknown, tuple(problems))


def _modules(
    tree: CourseContent,
) -> tuple[tuple[Module, ...], list[tuple[str, CourseContent]]]:
    """Return a course's units as modules, and its resources with the ids of their modules.

    Resources of units within units belong to the outermost one; a resource that stands in no
    unit is a module by itself, and so is a course that is a resource.
    """
    modules: dict[str, Module] = {}
    resources: list[tuple[str, CourseContent]] = []
    for child in tree.children or (tree,):
        if child.identifier in modules:
            continue
        leaves = list({leaf.identifier: leaf for leaf in _leaves(child)}.values())
        modules[child.identifier] = Module(
            id=child.identifier,
            title=child.name.strip() or tree.name.strip() or child.identifier,
            duration_seconds=_seconds(child) or sum(map(_seconds, leaves)),
        )
        resources += ((child.identifier, leaf) for leaf in leaves)
    return tuple(modules.values()), resources


def _leaves(content: CourseContent) -> Iterator[CourseContent]:
    # The questions of an assessment are no resources of the course.
    if content.mime_type == _COLLECTION or (content.children and not content.mime_type):
        for child in content.children:
            yield from _leaves(child)
    else:
        yield content


def _seconds(content: CourseContent) -> int:
    return max(0, round(content.duration))


def _competencies(
    details: CourseContent, competencies: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the ids of a course's competencies, and the names that are not known."""
    known: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for tag in details.competencies_v6 or details.competencies_v5:
        names = [name for name in (tag.theme.strip(), tag.sub_theme.strip()) if name]
        ids = [competencies[n.casefold()] for n in names if n.casefold() in competencies]
        if ids:
            known[ids[0]] = None
        elif names:
            unknown[names[0]] = None
    return tuple(known), tuple(unknown)


def _language(details: CourseContent, text: str, problems: list[str]) -> str:
    """Return the language of a course; by the script of its texts if it is not one of ours."""
    for name in details.language:
        code = language_code(name)
        if code:
            return code
    code = registry.script_language(dominant_script(text) or "") or registry.DEFAULT_LOCALE
    if details.language:
        problems.append(f"language {details.language[0]!r} is not known; taken for {code!r}")
    return code


def language_code(name: str) -> str | None:
    """Return the code of a language given by code or name, None if it is not one of ours."""
    wanted = name.strip().casefold()
    for language in registry.languages().values():
        if wanted in {language.code, language.name.casefold(), language.endonym.casefold()}:
            return language.code
    return _OTHER_NAMES.get(wanted)


def _plain(text: str) -> str:
    """Return a text without the HTML that it may hold."""
    body = LexborHTMLParser(text).body
    return " ".join(body.text(separator=" ", strip=True).split()) if body else ""


def _artifacts(module: str, leaf: CourseContent, language: str) -> Iterator[Artifact]:
    """Yield the files of a resource that can be read; none for links and assessments."""
    name = leaf.name.strip() or leaf.identifier
    if leaf.mime_type.startswith(_MEDIA):
        transcript = _transcript(leaf.transcripts, language)
        if transcript:
            suffix = _suffix(transcript.artifact_url)
            suffix = suffix if suffix in _SUBTITLES else ".vtt"
            video = leaf.artifact_url or None
            yield Artifact(module, name, transcript.artifact_url, suffix, video)
        return
    if leaf.mime_type == _LINK:
        # Pages of other sites are no material of the course.
        return
    for url in filter(None, (leaf.artifact_url, leaf.download_url)):
        suffix = _suffix(url)
        if leaf.mime_type == _PDF and url == leaf.artifact_url:
            suffix = suffix or ".pdf"
        if suffix in _READABLE and (leaf.mime_type != _PACKAGE or suffix in _PACKED):
            yield Artifact(module, name, url, suffix, None if suffix in _PACKED else url)
            return


def _transcript(transcripts: Sequence[Transcript], language: str) -> Transcript | None:
    """Return the subtitles in the course's language, or else the first."""
    own = (
        transcript
        for transcript in transcripts
        if language in (language_code(transcript.language_code), language_code(transcript.language))
    )
    return next(own, transcripts[0] if transcripts else None)


def _suffix(url: str) -> str:
    try:
        return PurePosixPath(urlsplit(url).path).suffix.lower()
    except ValueError:
        return ""
