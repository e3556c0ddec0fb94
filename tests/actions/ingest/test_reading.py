"""Documents that hang, crash or eat memory cost themselves only."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.reading import DocumentReader
from knowledge_base.ingest.source import ItemError
from tests.actions.ingest import material

MEGABYTE = 1024 * 1024


def limits(**changes: float) -> IngestLimits:
    return IngestLimits(_env_file=None, processes=1, **changes)


def large(path: Path, megabytes: int) -> Path:
    """Write a text that takes its time."""
    sentence = " ".join(material.TEXTS["en"])
    path.write_text(sentence * (megabytes * MEGABYTE // len(sentence)), encoding="utf-8")
    return path


def readers() -> list[psutil.Process]:
    """Return the processes that read: children of the server, which stays."""
    running = psutil.Process().children(recursive=True)
    servers = {process.pid for process in running if "forkserver" in " ".join(process.cmdline())}
    return [process for process in running if process.ppid() in servers and process.is_running()]


def test_documents_are_read_in_other_processes(tmp_path: Path) -> None:
    with DocumentReader(limits()) as reader:
        paths = [
            material.write_pdf(tmp_path / "a.pdf", "hi"),
            material.write_scan(tmp_path / "b.pdf"),
            material.write_docx(tmp_path / "c.docx", "ta"),
        ]
        first, second, third = [reader.begin(path) for path in paths]
        assert first().title == material.HEADINGS["hi"][0]
        with pytest.raises(ItemError, match="no text"):
            second()
        assert third().parts[0].passages
    assert readers() == []


def test_a_document_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with DocumentReader(limits(timeout_seconds=4)) as reader:
        slow = reader.begin(large(tmp_path / "slow.txt", 60))
        with pytest.raises(ItemError, match=r"takes longer than 4 s.*SATHI_INGEST_TIMEOUT"):
            slow()
        assert reader.begin(material.write_pdf(tmp_path / "a.pdf"))().parts


def test_a_reader_that_crashes_costs_its_document_only(tmp_path: Path) -> None:
    with DocumentReader(limits()) as reader:
        doomed = reader.begin(large(tmp_path / "doomed.txt", 60))
        time.sleep(2)
        for process in readers():
            process.kill()
        with pytest.raises(ItemError, match="crashed, it is probably broken"):
            doomed()
        assert reader.begin(material.write_pdf(tmp_path / "a.pdf"))().parts


def test_a_document_that_needs_much_memory_is_given_up(tmp_path: Path) -> None:
    with DocumentReader(limits(memory_megabytes=512)) as reader:
        greedy = reader.begin(large(tmp_path / "greedy.txt", 90))
        with pytest.raises(ItemError, match=r"more memory than 512 MB|crashed"):
            greedy()
        assert reader.begin(material.write_pdf(tmp_path / "a.pdf"))().parts
