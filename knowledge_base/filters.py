"""What a search may find: which entries, of courses with which facts."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields

_MINUTE = 60


@dataclass(frozen=True)
class CourseFacts:
    """What is known of a course besides its texts.

    Attributes:
        languages: codes of the languages that its content exists in.
        provider: who offers it.
        competencies: ids of the competency model.
        seconds: learning time.
        level: how much it takes for granted, if known.
        mandatory: whether everybody has to take it.
    """

    languages: tuple[str, ...] = ()
    provider: str = ""
    competencies: tuple[str, ...] = ()
    seconds: int = 0
    level: str | None = None
    mandatory: bool = False

    def to_json(self) -> str:
        """Return the facts as they are kept in files."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> CourseFacts:
        """Return facts that were kept in a file."""
        record = json.loads(text)
        lists = {name: tuple(record[name]) for name in ("languages", "competencies")}
        return cls(**{**record, **lists})


@dataclass(frozen=True)
class Filters:
    """What is wanted of courses; None for whatever there is.

    Attributes:
        language: code of a language that the content exists in.
        provider: provider as the courses write it.
        competency_id: id of a competency that the course builds.
        max_minutes: longest learning time; it is longer than none where it is not known.
        level: level of the course.
        mandatory: whether everybody has to take it.
    """

    language: str | None = None
    provider: str | None = None
    competency_id: str | None = None
    max_minutes: int | None = None
    level: str | None = None
    mandatory: bool | None = None

    @property
    def max_seconds(self) -> int | None:
        """Longest learning time in seconds."""
        return None if self.max_minutes is None else self.max_minutes * _MINUTE

    @property
    def demands_nothing(self) -> bool:
        """Whether all courses are wanted, and what belongs to none."""
        return all(getattr(self, demand.name) is None for demand in fields(Filters))

    def accept(self, facts: CourseFacts | None) -> bool:
        """Tell whether a course is wanted.

        Args:
            facts: of the course; None for what belongs to no course, which is wanted only
                when nothing is demanded.
        """
        if facts is None:
            return self.demands_nothing
        return (
            self.language in (None, *facts.languages)
            and self.provider in (None, facts.provider)
            and self.competency_id in (None, *facts.competencies)
            and (self.max_seconds is None or 0 < facts.seconds <= self.max_seconds)
            and self.level in (None, facts.level)
            and self.mandatory in (None, facts.mandatory)
        )


@dataclass(frozen=True)
class Selection:
    """Which entries are searched; None for all.

    Attributes:
        kinds: kinds of entries.
        locales: locales of the texts.
        views: views of the targets.
        filters: what is wanted of the courses.
    """

    kinds: tuple[str, ...] | None = None
    locales: tuple[str, ...] | None = None
    views: tuple[str, ...] | None = None
    filters: Filters = field(default_factory=Filters)


EVERYTHING = Selection()
