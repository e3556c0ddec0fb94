"""The typed catalogue: courses, platform questions and the competency model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Level = Literal["beginner", "intermediate", "advanced"]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$")]
Text = Annotated[str, Field(min_length=1)]


class Record(BaseModel):
    """Base of everything that is read from a file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Location(Record):
    """Where a passage stands in its source, so that a citation opens at the place.

    Attributes:
        document: name of the file.
        url: where learners find the file, if anywhere.
        page: page of a document or number of a slide, from 1.
        seconds: moment in a video or recording.
        anchor: id of the nearest element above it in a web page.
    """

    document: Text
    url: str | None = None
    page: int | None = Field(None, ge=1)
    seconds: float | None = Field(None, ge=0)
    anchor: str | None = None


class Passage(Record):
    """A piece of a module that answers a question by itself.

    Attributes:
        reference: law, rule or standard work that its facts come from.
        language: of the text, if it is not the course's.
    """

    id: Identifier
    heading: Text
    text: Text
    reference: str | None = None
    location: Location | None = None
    language: str | None = None


class Module(Record):
    """A unit of a course; modules of a course in brief have no passages."""

    id: Identifier
    title: Text
    duration_seconds: int = Field(0, ge=0)
    passages: tuple[Passage, ...] = ()


class Course(Record):
    """A course in its base language.

    Attributes:
        duration_seconds: learning time in seconds, as the platform counts it.
        competencies: ids of the competency model.
        level: how much it takes for granted, if the source says so.
        mandatory: whether everybody has to take it.
        rating: mean of the learners' ratings, 1 to 5, if known.
        link: page of the course on the platform, if it is there.
    """

    id: Identifier
    title: Text
    provider: Text
    language: str
    duration_seconds: int = Field(ge=0)
    level: Level | None = None
    mandatory: bool = False
    summary: Text
    keywords: tuple[Text, ...] = ()
    competencies: tuple[str, ...] = ()
    rating: float | None = Field(None, ge=1, le=5)
    link: str | None = None
    modules: tuple[Module, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Course:
        seen: set[str] = set()
        for part in [*self.modules, *(p for m in self.modules for p in m.passages)]:
            if part.id in seen:
                raise ValueError(f"id {part.id!r} occurs twice in the course")
            seen.add(part.id)
        return self


class CourseTranslation(Record):
    """A course's texts in another language; ids as in the course."""

    id: Identifier
    language: str
    title: Text
    summary: Text
    modules: tuple[Module, ...] = Field(min_length=1)


class CourseTitle(Record):
    """A course's title and search words in another language."""

    title: Text
    keywords: tuple[Text, ...] = ()


class FaqEntry(Record):
    """A question about the platform, other wordings of it, and its answer."""

    id: Identifier
    question: Text
    variants: tuple[Text, ...] = ()
    answer: Text


class QuizQuestion(Record):
    """A practice question that a passage answers.

    Attributes:
        course: id of the course.
        passage: id of the passage in it.
        options: what to choose from; lengths are those of Telegram's quiz polls
            (https://core.telegram.org/bots/api#sendpoll).
        answer: number of the right option, from 1.
        explanation: why it is right, with its source.
    """

    id: Identifier
    course: str
    passage: str
    question: Annotated[str, Field(min_length=1, max_length=300)]
    options: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
        Field(min_length=2, max_length=10),
    ]
    answer: int = Field(ge=1)
    explanation: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _answer_is_an_option(self) -> QuizQuestion:
        if self.answer > len(self.options):
            raise ValueError(f"answer {self.answer} is none of the {len(self.options)} options")
        return self


class CompetencyName(Record):
    """What an entry of the competency model is called in one language."""

    name: Text
    aliases: tuple[Text, ...] = ()
    definition: str | None = None


class Guna(Record):
    """One of the four virtues and the circle it serves."""

    id: Identifier
    level: Literal["self", "team", "system", "citizen"]


class Competency(Record):
    """One competency (theme) of the model.

    Attributes:
        sub_themes: ids of its parts; several themes may have one in common.
        project_own: whether it was made for this project and is no part of the public model.
    """

    id: Identifier
    area: Literal["behavioural", "functional", "domain"]
    group: Literal["core", "leadership"] | None = None
    sub_themes: tuple[Identifier, ...] = ()
    project_own: bool = False
    note: str | None = None


class ProficiencyLevel(Record):
    """A step of the five-step scale, 1 the lowest."""

    level: int = Field(ge=1, le=5)
    id: Identifier


class RequiredCompetency(Record):
    """A competency a role needs, and how well."""

    id: Identifier
    level: int = Field(ge=1, le=5)


class Role(Record):
    """A FRAC role: its activities and the competencies they require."""

    id: Identifier
    activities: tuple[Text, ...]
    competencies: tuple[RequiredCompetency, ...]
    project_own: bool = False


class CompetencyModel(Record):
    """The Karmayogi Competency Model and FRAC-style roles, language-neutral."""

    sankalps: tuple[str, ...]
    gunas: tuple[Guna, ...]
    competencies: tuple[Competency, ...]
    levels: tuple[ProficiencyLevel, ...]
    concepts: tuple[str, ...]
    roles: tuple[Role, ...]

    def ids(self) -> set[str]:
        """Return the ids that need a name in every language."""
        parts = [*self.gunas, *self.competencies, *self.levels, *self.roles]
        wholes = {c.area for c in self.competencies} | {
            c.group for c in self.competencies if c.group
        }
        sub_themes = {key for c in self.competencies for key in c.sub_themes}
        return {*self.sankalps, *self.concepts, *wholes, *sub_themes, *(part.id for part in parts)}


@dataclass
class Catalogue:
    """Everything the knowledge base knows, by id and language.

    Attributes:
        situations: language -> course id -> sentences in which somebody needs the course
            (document expansion, Nogueira and Lin 2019, "From doc2query to docTTTTTquery").
        quiz: language -> question id -> practice question.
        questions: language -> course id -> passage id -> questions the passage answers.
        role_activities: language -> role id -> its activities, in the order of the model.
        provider_names: language -> provider as the courses write it -> its other names.
    """

    courses: dict[str, Course] = field(default_factory=dict)
    translations: dict[str, dict[str, CourseTranslation]] = field(default_factory=dict)
    titles: dict[str, dict[str, CourseTitle]] = field(default_factory=dict)
    situations: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    questions: dict[str, dict[str, dict[str, tuple[str, ...]]]] = field(default_factory=dict)
    quiz: dict[str, dict[str, QuizQuestion]] = field(default_factory=dict)
    faq: dict[str, dict[str, FaqEntry]] = field(default_factory=dict)
    competency_model: CompetencyModel | None = None
    competency_names: dict[str, dict[str, CompetencyName]] = field(default_factory=dict)
    role_activities: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    provider_names: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    def course_languages(self, course_id: str) -> list[str]:
        """Return the languages a course's content exists in, its base language first."""
        others = [lang for lang, courses in self.translations.items() if course_id in courses]
        return list(dict.fromkeys([self.courses[course_id].language, *sorted(others)]))
