"""Archives that must not be trusted."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from knowledge_base.ingest.archives import open_archive
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.parsing import parse_file
from knowledge_base.ingest.source import ItemError
from tests.actions.ingest import material

MEGABYTE = 1024 * 1024


def limits(**changes: int) -> IngestLimits:
    return IngestLimits(_env_file=None, **changes)


def refused(path: Path, message: str, **changes: int) -> None:
    with pytest.raises(ItemError, match=message):
        parse_file(path, limits(**changes))


@pytest.mark.parametrize(
    "name",
    ["../evil.html", "a/../../evil.html", "/etc/evil.html", "C:\\evil.html", "..\\evil.html"],
)
def test_a_path_outside_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    path = material.write_zip(tmp_path / "x.zip", {"a.html": material.html(), name: "<p>x"})
    refused(path, "outside the archive")
    assert [file.name for file in tmp_path.rglob("*")] == ["x.zip"]


def test_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("passwords.html")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    refused(path, "is a link")


def test_a_member_that_unpacks_to_a_multiple_is_refused(tmp_path: Path) -> None:
    path = material.write_zip(tmp_path / "x.zip", {"a.html": b"0" * (20 * MEGABYTE)})
    assert path.stat().st_size < MEGABYTE
    refused(path, "a.html in it unpacks to .* zip bomb")


def test_an_archive_that_unpacks_to_much_in_all_is_refused(tmp_path: Path) -> None:
    files = {f"{n}.html": b"0" * (MEGABYTE // 2) for n in range(5)}
    path = material.write_zip(tmp_path / "x.zip", files)
    refused(path, "unpacks to 2 MB, more than 1", max_unpacked_megabytes=1)


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path) -> None:
    path = material.write_zip(tmp_path / "x.zip", {f"{n}.html": "x" for n in range(30)})
    refused(path, "holds 30 files, more than 20", max_members=20)


def test_an_office_file_is_checked_like_any_archive(tmp_path: Path) -> None:
    path = material.write_docx(tmp_path / "x.docx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/bomb.bin", b"0" * (20 * MEGABYTE))
    refused(path, "bomb.bin in it unpacks to")


def test_archives_in_archives_are_read_to_a_depth(tmp_path: Path) -> None:
    content: str | bytes = material.html()
    name = "page.html"
    for depth in range(3):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as archive:
            archive.writestr(name, content)
        content, name = inner.getvalue(), f"{depth}.zip"
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    document = parse_file(path, limits(max_nesting=2))
    assert document.parts[0].document == "1.zip/0.zip/page.html"
    refused(path, "an archive in 2 others, more than 1", max_nesting=1)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = material.write_zip(tmp_path / "x.zip", {"a.html": material.html()})
    content = bytearray(path.read_bytes())
    # The flag of the central directory's entry; zipfile writes no encrypted archives.
    entry = content.index(b"PK\x01\x02")
    content[entry + 8] |= 1
    path.write_bytes(content)
    refused(path, "protected by a password")


def test_a_member_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    path = material.write_zip(tmp_path / "x.zip", {"a.html": material.html().encode() * 50})
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02")
    struct.pack_into("<I", content, entry + 24, 10)
    path.write_bytes(content)
    with open_archive(path, limits()) as archive, pytest.raises(ItemError, match="broken"):
        archive.read("a.html")


def test_a_damaged_member_is_told(tmp_path: Path) -> None:
    path = material.write_zip(tmp_path / "x.zip", {"a.html": material.html()})
    content = bytearray(path.read_bytes())
    content[60:80] = bytes(20)
    path.write_bytes(content)
    refused(path, "a.html in it is broken")


def test_a_member_beyond_the_size_of_a_file_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.html", bytes(2 * MEGABYTE))
        archive.writestr("b.html", material.html())
    document = parse_file(tmp_path / "x.zip", limits(max_megabytes=1))
    assert [part.document for part in document.parts] == ["b.html"]
    assert "a.html: a.html in it is larger than 1 MB" in document.problems[0]
