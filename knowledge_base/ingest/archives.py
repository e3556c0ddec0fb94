"""Zip archives from strangers: every one is opened here, and checked before it is read.

What is checked follows OWASP's list for uploaded archives (zip bombs, path traversal, links,
https://cheatsheetseries.owasp.org/cheatsheets/File_Upload_Cheat_Sheet.html).
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.source import ItemError

# Small files of equal letters are packed a thousandfold without any ill intent.
_RATIO_COUNTS_FROM = 1024 * 1024
_CHUNK = 1024 * 1024
_ENCRYPTED = 0x1


class Archive:
    """A zip archive whose members have been checked.

    Attributes:
        names: paths of its files.
    """

    def __init__(self, opened: zipfile.ZipFile, limits: IngestLimits) -> None:
        self._zip = opened
        self._limits = limits
        self._members = {info.filename: info for info in opened.infolist() if not info.is_dir()}
        self.names = tuple(self._members)

    def find(self, name: str) -> str | None:
        """Return the member of a path, whatever its capitals, or None."""
        wanted = str(PurePosixPath(name)).lower()
        return next((own for own in self.names if own.lower() == wanted), None)

    def read(self, name: str) -> bytes:
        """Return the content of a small member, e.g. a manifest.

        Raises:
            ItemError: it is too large, encrypted or broken.
        """
        return b"".join(self._chunks(name))

    def extract(self, name: str, folder: Path) -> Path:
        """Write a member below a folder.

        Args:
            name: one of ``names``.
            folder: an own, temporary folder.

        Returns:
            The written file, named as in the archive.

        Raises:
            ItemError: it is too large, encrypted or broken.
        """
        path = folder / _checked(self._members[name])
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            for chunk in self._chunks(name):
                target.write(chunk)
        return path

    def _chunks(self, name: str) -> Iterator[bytes]:
        """Yield a member's content and count it, for the sizes in an archive may be lies."""
        info = self._members[name]
        size = 0
        try:
            with self._zip.open(info) as source:
                while chunk := source.read(_CHUNK):
                    size += len(chunk)
                    if size > self._limits.max_bytes:
                        raise ItemError(
                            f"{name} in it is larger than {self._limits.max_megabytes} MB; leave "
                            "it out, or set SATHI_INGEST_MAX_MEGABYTES"
                        )
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise ItemError(f"{name} in it is broken ({error}); pack it anew") from error


@contextmanager
def open_archive(path: Path, limits: IngestLimits) -> Iterator[Archive]:
    """Open an archive and check what it says of its members.

    Args:
        path: the zip file.
        limits: what it may hold.

    Raises:
        ItemError: it is broken or encrypted, holds paths outside itself or links, or would
            unpack to more than the limits allow.
    """
    try:
        opened = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise ItemError(f"this is a broken zip archive ({error}); fetch or pack it anew") from error
    with opened:
        _check(opened.infolist(), limits)
        yield Archive(opened, limits)


def check_archive(path: Path, limits: IngestLimits) -> None:
    """Check an archive that a library opens by itself, such as a Word file.

    Raises:
        ItemError: see ``open_archive``.
    """
    with open_archive(path, limits):
        pass


def _check(members: list[zipfile.ZipInfo], limits: IngestLimits) -> None:
    if len(members) > limits.max_members:
        raise ItemError(
            f"it holds {len(members)} files, more than {limits.max_members}; it is probably a zip "
            "bomb. If it is not, set SATHI_INGEST_MAX_MEMBERS"
        )
    total = 0
    for info in members:
        _checked(info)
        if info.flag_bits & _ENCRYPTED:
            raise ItemError("it is protected by a password; pack it without")
        total += info.file_size
        ratio = info.file_size / max(info.compress_size, 1)
        if info.file_size > _RATIO_COUNTS_FROM and ratio > limits.max_ratio:
            raise ItemError(
                f"{info.filename} in it unpacks to {ratio:.0f} times its size; it is probably a "
                "zip bomb. If it is not, set SATHI_INGEST_MAX_RATIO"
            )
    if total > limits.max_unpacked_bytes:
        raise ItemError(
            f"it unpacks to {total >> 20} MB, more than {limits.max_unpacked_megabytes}; it is "
            "probably a zip bomb. If it is not, set SATHI_INGEST_MAX_UNPACKED_MEGABYTES"
        )


def _checked(info: zipfile.ZipInfo) -> PurePosixPath:
    """Return a member's path once it is sure that it stays within the archive."""
    name = info.filename.replace("\\", "/")
    path = PurePosixPath(name)
    drive = len(name) > 1 and name[1] == ":"
    if path.is_absolute() or drive or ".." in path.parts:
        raise ItemError(
            f"its file {info.filename!r} would be written outside the archive's folder; do not "
            "trust it, or pack it anew with relative paths"
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ItemError(f"its file {info.filename!r} is a link; pack the file itself")
    return path
