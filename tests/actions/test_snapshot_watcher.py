from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest
import yaml

from knowledge_base.build import build
from knowledge_base.knowledge_base import KnowledgeBase, open_knowledge_base
from knowledge_base.passages import Kind
from knowledge_base.settings import KnowledgeBaseSettings
from knowledge_base.snapshot_watcher import SnapshotWatcher
from tests.actions.conftest import REPOSITORY

SAMPLE = REPOSITORY / "knowledge_base" / "sample"


@pytest.fixture
def settings(tmp_path: Path) -> KnowledgeBaseSettings:
    """Return settings over a few courses, with questions of one language and no FAQ."""
    catalogue = tmp_path / "catalogue"
    (catalogue / "courses" / "en").mkdir(parents=True)
    (catalogue / "competencies").mkdir()
    for name in ("model.yaml", "en.yaml"):
        shutil.copy(SAMPLE / "competencies" / name, catalogue / "competencies")
    for path in sorted((SAMPLE / "courses" / "en").glob("*.yaml"))[:2]:
        shutil.copy(path, catalogue / "courses" / "en")
    shutil.copytree(REPOSITORY / "nlu_data" / "en", tmp_path / "questions" / "en")
    build_directory = tmp_path / "build"
    build_directory.mkdir()
    model = KnowledgeBaseSettings().bundled_model_directory.resolve()
    (build_directory / model.name).symlink_to(model)
    return KnowledgeBaseSettings(
        catalogue=catalogue,
        build_directory=build_directory,
        calibration_queries=tmp_path / "questions",
        torch_threads=1,
    )


def write_course(settings: KnowledgeBaseSettings, title: str) -> Path:
    path = next((settings.catalogue / "courses" / "en").glob("*.yaml"))
    course = yaml.safe_load(path.read_text(encoding="utf-8"))
    course |= {"id": "quokka", "title": title, "summary": f"{title} in the office."}
    written = path.with_name("quokka.yaml")
    written.write_text(yaml.safe_dump(course, allow_unicode=True), encoding="utf-8")
    return written


def best(knowledge_base: KnowledgeBase, query: str) -> str:
    return knowledge_base.search(query, "en", [Kind.COURSE], 1).hits[0].target


def test_a_new_snapshot_is_taken_over_while_searches_run(settings: KnowledgeBaseSettings) -> None:
    assert build(settings) and not build(settings)
    knowledge_base = open_knowledge_base(settings)
    changes: list[int] = []
    watcher = SnapshotWatcher(
        knowledge_base, settings, lambda: changes.append(len(knowledge_base.catalogue.courses))
    )
    assert not watcher.refresh()
    written = write_course(settings, "Quokka husbandry")
    assert build(settings)
    assert best(knowledge_base, "quokka husbandry") != "quokka"
    assert watcher.refresh() and not watcher.refresh()
    assert best(knowledge_base, "quokka husbandry") == "quokka"
    assert knowledge_base.course_title("quokka", "en") == "Quokka husbandry"
    assert changes == [3]
    written.unlink()
    assert build(settings) and watcher.refresh()
    assert best(knowledge_base, "quokka husbandry") != "quokka"
    assert "quokka" not in knowledge_base.catalogue.courses


def test_a_snapshot_that_cannot_be_used_changes_nothing(
    settings: KnowledgeBaseSettings, caplog: pytest.LogCaptureFixture
) -> None:
    build(settings)
    knowledge_base = open_knowledge_base(settings)
    watcher = SnapshotWatcher(knowledge_base, settings)
    before = best(knowledge_base, "leave rules")
    written = write_course(settings, "Quokka husbandry")
    build(settings)
    written.write_text("id: [broken", encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        assert not watcher.refresh() and not watcher.refresh()
    assert len(caplog.records) == 1 and "quokka.yaml" in caplog.text
    assert best(knowledge_base, "leave rules") == before


def test_sentences_are_made_with_the_index_and_when_they_are_missing(
    settings: KnowledgeBaseSettings,
) -> None:
    assert build(settings)
    made = settings.sentence_vectors.stat().st_size
    assert made
    assert not build(settings)
    settings.sentence_vectors.unlink()
    assert not build(settings)
    assert settings.sentence_vectors.stat().st_size == made
