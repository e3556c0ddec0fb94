"""Snapshots of the index: folders, of which the file ``CURRENT`` names the serving one.

A snapshot is complete before it is named, and the name is replaced in one step: a crash
while building leaves the old snapshot serving, and no search sees a half-built one.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

_CURRENT = "CURRENT"
_MANIFEST = "manifest.json"


def current_snapshot(directory: Path) -> Path | None:
    """Return the folder of the serving snapshot, or None."""
    pointer = directory / _CURRENT
    if not pointer.is_file():
        return None
    folder = directory / pointer.read_text().strip()
    return folder if (folder / _MANIFEST).is_file() else None


def manifest_of(folder: Path) -> dict:
    """Return what a snapshot says of itself."""
    return json.loads((folder / _MANIFEST).read_text())


def write_manifest(folder: Path, manifest: dict) -> None:
    """Complete a snapshot."""
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=2))


def read_manifest(directory: Path) -> dict | None:
    """Return the manifest of the serving snapshot, or None."""
    folder = current_snapshot(directory)
    return manifest_of(folder) if folder else None


@contextmanager
def new_snapshot(directory: Path) -> Iterator[Path]:
    """Make the folder of a new snapshot; it is removed again when its making fails."""
    folder = directory / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def switch_to(directory: Path, folder: Path) -> list[Path]:
    """Let a snapshot serve.

    Returns:
        Folders of the snapshots that nothing uses any more: all but this one and the one
        before, which servers may still be reading.
    """
    previous = current_snapshot(directory)
    staging = directory / f"{_CURRENT}.{uuid.uuid4().hex}"
    staging.write_text(folder.name)
    staging.replace(directory / _CURRENT)
    return [old for old in directory.iterdir() if old.is_dir() and old not in (folder, previous)]
