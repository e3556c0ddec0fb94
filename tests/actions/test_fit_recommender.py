"""Fitting recommendations to the platform's enrolments, as an operator does it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, update

from bot.actions.fit_recommender import MIN_ENROLMENTS, MIN_LEARNERS, main, platform_log
from bot.actions.recommender_files import RecommenderFiles
from bot.actions.recommender_source import RecommenderSource
from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.sql import SqlPlatform
from knowledge_base.catalogue import Catalogue
from tests.actions.conftest import REPOSITORY

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC)
COURSES = 12


def fill(engine: Engine, learners: int, each: int) -> None:
    """Give learners courses one after the other, everybody beginning with another one."""
    people, taken = [], []
    for number in range(learners):
        people.append(
            {
                "id": f"officer-{number}",
                "first_name": "Asha",
                "last_name": "Rao",
                "department_id": 1,
                "languages": ["en"],
                "target_minutes": 3000,
            }
        )
        taken += [
            {
                "learner_id": f"officer-{number}",
                "course_id": f"do_{(number + place) % COURSES}",
                "status": 0,
                "percentage": 0,
                "enrolled_on": NOW - timedelta(days=100 - place, minutes=number),
            }
            for place in range(each)
        ]
    courses = [
        {
            "id": f"do_{key}",
            "name": f"Course {key}",
            "availability": "open",
            "language": "en",
            "minutes": 60,
        }
        for key in range(COURSES)
    ]
    with transaction(engine) as connection:
        connection.execute(insert(schema.departments), {"id": 1, "name": "Ponds"})
        connection.execute(insert(schema.courses), courses)
        connection.execute(insert(schema.learners), people)
        connection.execute(insert(schema.enrolments), taken)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'sathi.db'}"
    monkeypatch.setenv("SATHI_DATABASE", url)
    monkeypatch.setenv("SATHI_PLATFORM", "sql")
    monkeypatch.setenv("SATHI_STATE_DIRECTORY", str(tmp_path / "state"))
    opened = open_database(url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def files(tmp_path: Path) -> RecommenderFiles:
    return RecommenderFiles(tmp_path / "state" / "recommender")


def test_the_platforms_enrolments_are_fitted(
    engine: Engine, files: RecommenderFiles, capsys: pytest.CaptureFixture
) -> None:
    fill(engine, learners=120, each=5)
    assert main([]) == 0
    said = capsys.readouterr().out
    assert re.fullmatch(r"120 learners, 12 courses, 600 enrolments, \d+\.\d s\n", said)
    fitted = files.load()
    assert fitted is not None
    assert fitted.counts == dict.fromkeys((f"do_{key}" for key in range(COURSES)), 50)
    scores = dict(zip(fitted.model.course_ids, fitted.model.scores(["do_3"]), strict=True))
    assert max(scores.keys() - {"do_3"}, key=scores.__getitem__) == "do_4"


def test_the_server_fits_and_takes_it_up(
    engine: Engine, files: RecommenderFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine, learners=120, each=5)
    monkeypatch.chdir(REPOSITORY)
    source = RecommenderSource(Catalogue(), {}, files, lambda: NOW)
    assert asyncio.run(source.fit())
    assert files.load() is not None
    assert source.reload_if_changed()


def test_nothing_on_the_disk_names_a_learner(engine: Engine, tmp_path: Path) -> None:
    fill(engine, learners=120, each=5)
    assert main([]) == 0
    written = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in written)
    assert {path.name for path in written} == {"model.npz", "enrolment_counts.json", "fit.lock"}
    # Texts in an array are in UTF-32.
    for encoding in ("utf-8", "utf-32-le"):
        assert "do_3".encode(encoding) in content
        assert "officer".encode(encoding) not in content


@pytest.mark.parametrize(("learners", "each"), [(0, 0), (MIN_LEARNERS - 1, 6), (MIN_LEARNERS, 4)])
def test_too_few_data_change_nothing_and_it_is_said(
    engine: Engine,
    files: RecommenderFiles,
    capsys: pytest.CaptureFixture,
    learners: int,
    each: int,
) -> None:
    if learners:
        fill(engine, learners, each)
    assert main([]) == 0
    said = capsys.readouterr().out
    assert f"{learners} learners" in said
    assert f"{learners * each} enrolments" in said
    assert "nothing was written" in said
    assert files.load() is None


def test_the_least_data_are_enough(engine: Engine, files: RecommenderFiles) -> None:
    fill(engine, MIN_LEARNERS, MIN_ENROLMENTS // MIN_LEARNERS)
    assert main([]) == 0
    assert files.load() is not None


def test_a_csv_file_takes_the_place_of_the_platform(
    engine: Engine, files: RecommenderFiles, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    rows = [f"u{i},do_{(i + n) % 7},2026-0{n + 1}-01" for i in range(100) for n in range(5)]
    log = tmp_path / "log.csv"
    log.write_text("\n".join(["learner,course,timestamp", *rows]), encoding="utf-8")
    assert main(["--log", str(log)]) == 0
    assert capsys.readouterr().out.startswith("100 learners, 7 courses, 500 enrolments, ")
    assert sum(files.load().counts.values()) == 500


def test_what_is_wrong_is_one_line(
    engine: Engine,
    files: RecommenderFiles,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    log = tmp_path / "log.csv"
    log.write_text("learner,course,timestamp\nu,x,soon\n", encoding="utf-8")
    assert main(["--log", str(log)]) == 2
    assert main(["--log", str(tmp_path / "none.csv")]) == 2
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE enrolments")
    assert main([]) == 2
    monkeypatch.setenv("SATHI_PLATFORM", "sunbird")
    assert main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 4
    for words in ("line 2: 'soon'", "none.csv", "tables are missing", "SATHI_SUNBIRD_URL"):
        assert words in said.err
    assert files.load() is None


def test_a_fit_that_fails_leaves_the_old_model(engine: Engine, files: RecommenderFiles) -> None:
    fill(engine, learners=120, each=5)
    assert main([]) == 0
    state = files.state()
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE enrolments")
    assert main([]) == 2
    assert files.state() == state


def test_only_one_process_fits_at_a_time(
    engine: Engine, files: RecommenderFiles, capsys: pytest.CaptureFixture
) -> None:
    fill(engine, learners=120, each=5)
    with files.fitting():
        assert main([]) == 0
    assert "another process is fitting" in capsys.readouterr().out
    assert files.load() is None
    assert main([]) == 0
    assert files.load() is not None


def test_halves_of_an_interrupted_fit_are_cleared_away(
    engine: Engine, files: RecommenderFiles, tmp_path: Path
) -> None:
    fill(engine, learners=120, each=5)
    folder = tmp_path / "state" / "recommender"
    folder.mkdir(parents=True)
    for name in ("model.npz.0123abcd", "enrolment_counts.json.4567ef"):
        (folder / name).write_bytes(b"half")
    assert main([]) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["enrolment_counts.json", "fit.lock", "model.npz"]


def test_enrolments_of_the_future_count_as_the_newest(engine: Engine) -> None:
    fill(engine, learners=20, each=2)
    wrong = (schema.enrolments.c.learner_id == "officer-3") & (
        schema.enrolments.c.course_id == "do_3"
    )
    with transaction(engine) as connection:
        late = NOW + timedelta(days=4000)
        connection.execute(update(schema.enrolments).where(wrong).values(enrolled_on=late))
    log = platform_log(SqlPlatform(engine), NOW)
    assert log.future_rows == 1
    assert log.time.max() < NOW.timestamp()
