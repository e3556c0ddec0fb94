"""A small world for reminders: a catalogue of four courses and what learners do in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import Engine, insert

from bot.actions.reminder_composer import ReminderComposer
from bot.actions.reminder_scheduler import ReminderScheduler
from connectors.platform import schema
from connectors.platform.database import transaction
from connectors.platform.feedback import FeedbackService
from connectors.platform.records import LearningPlatform
from connectors.platform.reminders import ReminderService
from connectors.platform.sql import INDIA, SqlPlatform
from knowledge_base.catalogue import (
    Catalogue,
    Competency,
    CompetencyModel,
    CompetencyName,
    Course,
    Module,
    RequiredCompetency,
    Role,
)
from knowledge_base.encoder import Encoder
from knowledge_base.index import open_index
from knowledge_base.indexing import IndexBuilder, IndexSource
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.passages import Entry, Kind, View
from knowledge_base.recommend.recommender import Recommender

# A Tuesday: whoever begins today gets no summary this week.
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=INDIA)
COURSES = {"rti": "rti-matters", "noting": "communication", "budget": "finance", "yoga": "health"}
LONG_KNOWN = dict.fromkeys(COURSES, TUESDAY - timedelta(days=90))


class Clock:
    """A clock that tests move."""

    def __init__(self, now: datetime = TUESDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    @property
    def today(self) -> date:
        return self.now.astimezone(INDIA).date()

    def tomorrow(self) -> None:
        self.now += timedelta(days=1)


class LetterModel:
    """Stands for a language model: texts become counts of their letters."""

    dimension = 26

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        rows = [[text.lower().count(chr(97 + i)) + 0.1 for i in range(26)] for text in texts]
        vectors = np.array(rows, dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


_ENCODER = Encoder(LetterModel(), LetterModel(), "letters", "", "")


def catalogue() -> Catalogue:
    """Return four courses; a section officer's role needs what two of them build."""
    names = (*COURSES.values(), "section-officer")
    return Catalogue(
        courses={
            key: Course(
                id=key,
                title=f"All about {key}",
                provider="Test Academy",
                language="en",
                duration_seconds=3600,
                level="beginner",
                summary=f"What one needs to know about {key}",
                competencies=(competency,),
                modules=(Module(id="m1", title="Begin"),),
            )
            for key, competency in COURSES.items()
        },
        competency_model=CompetencyModel(
            sankalps=(),
            gunas=(),
            competencies=tuple(Competency(id=c, area="functional") for c in COURSES.values()),
            levels=(),
            concepts=(),
            roles=(
                Role(
                    id="section-officer",
                    activities=("noting",),
                    competencies=(
                        RequiredCompetency(id="rti-matters", level=3),
                        RequiredCompetency(id="communication", level=2),
                    ),
                ),
            ),
        ),
        competency_names={
            "en": {key: CompetencyName(name=key.replace("-", " ").title()) for key in names}
        },
    )


def build_world(folder: Path) -> None:
    """Build the index over the catalogue in a folder."""
    entries = [
        Entry(Kind.COURSE, View.SUMMARY, course.id, "en", course.summary)
        for course in catalogue().courses.values()
    ]
    IndexBuilder(folder, _ENCODER).build(IndexSource(entries, "hash"))


def open_world(folder: Path) -> KnowledgeBase:
    """Return the knowledge base over the catalogue and its built index."""
    return KnowledgeBase(catalogue(), open_index(folder, _ENCODER.name), _ENCODER, "")


def make_scheduler(
    engine: Engine,
    knowledge_base: KnowledgeBase,
    clock: Clock,
    platform: LearningPlatform | None = None,
    first_seen: Mapping[str, datetime] | None = None,
) -> ReminderScheduler:
    """Return a scheduler over a database, everything real."""
    reminders = ReminderService(engine, clock)
    recommender = Recommender(knowledge_base.catalogue)
    composer = ReminderComposer(
        platform or SqlPlatform(engine),
        FeedbackService(engine, clock),
        lambda: recommender,
        knowledge_base,
        LONG_KNOWN if first_seen is None else first_seen,
        clock,
    )
    return ReminderScheduler(reminders, composer, clock)


def write(engine: Engine, table: str, *rows: dict) -> None:
    with transaction(engine) as connection:
        connection.execute(insert(schema.metadata.tables[table]), list(rows))


def populate(engine: Engine, learners: Sequence[str]) -> None:
    """Make learners who are section officers, and the courses."""
    write(engine, "departments", {"id": 1, "name": "Ponds"})
    write(engine, "designations", {"id": 1, "name": "Section Officer"})
    write(
        engine,
        "learners",
        *(
            {
                "id": key,
                "first_name": key.capitalize(),
                "last_name": "Rao",
                "department_id": 1,
                "designation_id": 1,
                "languages": ["en"],
                "target_minutes": 3000,
            }
            for key in learners
        ),
    )
    usual = {"availability": "open", "language": "en", "minutes": 60}
    write(engine, "courses", *({"id": key, "name": key.upper(), **usual} for key in COURSES))


def prescribe(engine: Engine, learner_id: str, *deadlines: tuple[str, date]) -> None:
    """Put courses into a learner's plan."""
    nobody = {"department_id": None, "designation_id": None, "apar": False}
    rows = [
        {"learner_id": learner_id, "course_id": course, "deadline": deadline, **nobody}
        for course, deadline in deadlines
    ]
    write(engine, "plan_items", *rows)


def enrol(
    engine: Engine,
    learner_id: str,
    course_id: str,
    status: int = 1,
    percentage: float = 50,
    last_active: datetime | None = None,
) -> None:
    """Put a learner into a course."""
    row = {
        "learner_id": learner_id,
        "course_id": course_id,
        "status": status,
        "percentage": percentage,
        "enrolled_on": TUESDAY - timedelta(days=90),
        "completed_on": last_active if status == 2 else None,
        "last_active": last_active,
    }
    write(engine, "enrolments", row)
