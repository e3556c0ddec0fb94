"""Files of courses: which are fetched, how large, and from where."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.platform.settings import SunbirdContentSettings
from connectors.platform.sunbird_content import SunbirdContentSource
from knowledge_base.ingest.source import ItemError, ListedCourse, SourceCourse
from tests.fakes.sunbird import CUT_CONNECTION, Fault, http_error, slow
from tests.fakes.sunbird_catalogue import API_KEY, FakeSunbirdCatalogue, course_id

PDF = b"%PDF-1.7 sample"
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
_SCORM = "application/vnd.ekstep.html-archive"
Fetch = Callable[..., SourceCourse]


@pytest.fixture
def sunbird() -> Iterator[FakeSunbirdCatalogue]:
    with FakeSunbirdCatalogue(3) as server:
        server.files["/store/manual.pdf"] = PDF
        yield server


@pytest.fixture
def elsewhere() -> Iterator[FakeSunbirdCatalogue]:
    """Another server: storage of the platform, or something inside the network."""
    with FakeSunbirdCatalogue() as server:
        server.files["/manual.pdf"] = PDF
        yield server


@pytest.fixture
def make(sunbird: FakeSunbirdCatalogue) -> Iterator[Callable[..., SunbirdContentSource]]:
    sources: list[SunbirdContentSource] = []

    def make(**changes: Any) -> SunbirdContentSource:
        values = {"url": sunbird.url, "api_key": API_KEY, "retries": 2}
        settings = SunbirdContentSettings(_env_file=None, **values | changes)
        source = SunbirdContentSource(settings, {}, sleep=lambda _: None)
        sources.append(source.__enter__())
        return sources[-1]

    yield make
    for source in sources:
        source.__exit__()


@pytest.fixture
def fetch(make: Callable[..., SunbirdContentSource]) -> Fetch:
    return lambda **changes: make(**changes).fetch(ListedCourse(course_id(0), "1"))


def add_pdf(sunbird: FakeSunbirdCatalogue, url: str, name: str = "The manual") -> str:
    return sunbird.add_leaf(0, name=name, mimeType="application/pdf", artifactUrl=url)


# What is fetched


def test_a_pdf_is_fetched_with_its_place_in_the_course(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue
) -> None:
    url = f"{sunbird.url}/store/manual.pdf"
    unit = add_pdf(sunbird, url)
    found = fetch()
    [document] = found.documents
    assert document.path.read_bytes() == PDF
    assert document.path.suffix == ".pdf"
    assert (document.name, document.module, document.url) == ("The manual", unit, url)
    assert unit in {module.id for module in found.course.modules}
    assert found.problems == ()


def test_an_address_may_be_relative(fetch: Fetch, sunbird: FakeSunbirdCatalogue) -> None:
    add_pdf(sunbird, "/store/manual.pdf")
    assert fetch().documents[0].url == f"{sunbird.url}/store/manual.pdf"


def test_files_are_asked_for_without_credentials(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue
) -> None:
    add_pdf(sunbird, "/store/manual.pdf")
    sunbird.access_token = token = "access-0"  # noqa: S105
    fetch(user_token=token)
    headers = sunbird.last("/store/").headers
    assert not {"authorization", "x-authenticated-user-token", "cookie"} & headers.keys()


@pytest.mark.parametrize(
    ("language", "expected"),
    [("English", b"WEBVTT en"), (["Hindi"], b"WEBVTT hi"), (["Tamil"], b"WEBVTT en")],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_of_a_video_the_subtitles_are_fetched(
    fetch: Fetch,
    sunbird: FakeSunbirdCatalogue,
    language: Any,
    expected: bytes,
    as_json: bool,
) -> None:
    transcripts: Any = [
        {"identifier": "do_1", "language": "English", "artifactUrl": "/store/en.vtt"},
        {"identifier": "do_2", "languageCode": "hi", "artifactUrl": "/store/hi.srt"},
    ]
    sunbird.files |= {"/store/en.vtt": b"WEBVTT en", "/store/hi.srt": b"WEBVTT hi"}
    if as_json:
        transcripts = str(transcripts).replace("'", '"')
    sunbird.contents[course_id(0)]["language"] = language
    sunbird.add_leaf(
        0, name="Film", mimeType="video/mp4", artifactUrl="/store/film.mp4", transcripts=transcripts
    )
    [document] = fetch().documents
    assert document.path.read_bytes() == expected
    assert document.url == f"{sunbird.url}/store/film.mp4"
    assert not any("film.mp4" in path for path in sunbird.paths())


@pytest.mark.parametrize(
    ("artifact", "download", "fetched"),
    [
        ("/store/scorm.zip", "/store/course.ecar", "/store/scorm.zip"),
        ("/store/scorm/index.html", "/store/course.ecar", "/store/course.ecar"),
        (None, "/store/course.ecar?sig=x", "/store/course.ecar"),
    ],
)
def test_of_a_package_the_archive_is_fetched(
    fetch: Fetch,
    sunbird: FakeSunbirdCatalogue,
    artifact: str | None,
    download: str,
    fetched: str,
) -> None:
    sunbird.files |= {"/store/scorm.zip": b"PK1", "/store/course.ecar": b"PK2"}
    sunbird.add_leaf(0, name="S", mimeType=_SCORM, artifactUrl=artifact, downloadUrl=download)
    [document] = fetch().documents
    assert document.path.read_bytes() == sunbird.files[fetched]
    assert document.url is None


@pytest.mark.parametrize(
    "leaf",
    [
        {"mimeType": "text/x-url", "artifactUrl": "https://www.youtube.com/watch?v=x"},
        {"mimeType": "text/x-url", "artifactUrl": "/store/page.html"},
        {"mimeType": "application/vnd.sunbird.questionset", "artifactUrl": None},
        {"mimeType": "video/mp4", "artifactUrl": "/store/film.mp4"},
        {"mimeType": "image/png", "artifactUrl": "/store/picture.png"},
        {"mimeType": "application/pdf"},
    ],
)
def test_what_holds_no_text_is_not_fetched(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue, leaf: dict[str, Any]
) -> None:
    sunbird.add_leaf(0, name="x", **leaf)
    found = fetch()
    assert (found.documents, found.problems) == ((), ())
    assert not any("/store/" in path for path in sunbird.paths())


def test_files_go_when_the_next_page_is_asked_for_and_at_the_end(
    make: Callable[..., SunbirdContentSource], sunbird: FakeSunbirdCatalogue
) -> None:
    add_pdf(sunbird, "/store/manual.pdf")
    source = make(page_size=2)
    pages = source.pages()
    next(pages)
    listed = ListedCourse(course_id(0), "1")
    first = source.fetch(listed).documents[0].path
    assert first.exists()
    next(pages)
    assert not first.exists()
    second = source.fetch(listed).documents[0].path
    source.__exit__()
    assert not second.parent.parent.exists()


# How large


def test_a_file_that_is_announced_as_too_large_is_left_out(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.files["/store/large.pdf"] = PDF + bytes(1024 * 1024)
    add_pdf(sunbird, "/store/large.pdf", "Large")
    add_pdf(sunbird, "/store/manual.pdf")
    found = fetch(max_download_megabytes=1)
    assert [document.name for document in found.documents] == ["The manual"]
    [problem] = found.problems
    assert problem.startswith("Large: it is larger than 1 MB")
    assert "SATHI_SUNBIRD_MAX_DOWNLOAD_MEGABYTES" in problem


def test_a_file_that_grows_too_large_is_left_out(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.files["/store/bomb.pdf"] = gzip.compress(bytes(50 * 1024 * 1024))
    sunbird.file_headers["/store/bomb.pdf"] = {"Content-Encoding": "gzip"}
    add_pdf(sunbird, "/store/bomb.pdf")
    found = fetch(max_download_megabytes=2)
    assert found.documents == ()
    assert "larger than 2 MB" in found.problems[0]


def test_a_file_up_to_the_limit_is_fetched(fetch: Fetch, sunbird: FakeSunbirdCatalogue) -> None:
    sunbird.files["/store/manual.pdf"] = PDF.ljust(1024 * 1024)
    add_pdf(sunbird, "/store/manual.pdf")
    assert fetch(max_download_megabytes=1).documents[0].path.stat().st_size == 1024 * 1024


# Faults


@pytest.mark.parametrize("fault", [http_error(503), http_error(429), CUT_CONNECTION, slow(2)])
def test_passing_faults_are_tried_again(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue, fault: Fault
) -> None:
    add_pdf(sunbird, "/store/manual.pdf")
    sunbird.fail(fault, times=2, path="/store/")
    assert fetch(content_timeout_seconds=0.5).documents[0].path.read_bytes() == PDF


def test_a_file_that_does_not_come_now_is_fetched_with_its_course_by_the_next_run(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue
) -> None:
    add_pdf(sunbird, "/store/manual.pdf")
    sunbird.fail(http_error(503), path="/store/")
    with pytest.raises(ItemError, match="run again"):
        fetch()


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_not_there_is_a_problem_of_its_course(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue, status: int
) -> None:
    add_pdf(sunbird, "/store/manual.pdf")
    sunbird.fail(http_error(status), path="/store/")
    found = fetch()
    assert found.course.id == course_id(0)
    assert f"HTTP {status}" in found.problems[0]


# From where


@pytest.mark.parametrize(
    "address",
    [
        "{elsewhere}/manual.pdf",
        "http://169.254.169.254/latest/meta-data/x.pdf",
        "http://localhost/x.pdf",
        "http://[::1]/x.pdf",
        "http://2130706433/x.pdf",
        "http://127.0.0.1:1/x.pdf",
        "file:///etc/passwd.pdf",
        "ftp://127.0.0.1/x.pdf",
        "gopher://127.0.0.1/x.pdf",
        "//{host}/manual.pdf",
        "{elsewhere}/manual.pdf#{own}",
        "http://{own_host}@{host}/manual.pdf",
        "http://{own_host}.evil.invalid/x.pdf",
        "http://{own_host}\\@{host}/manual.pdf",
        "https:///x.pdf",
        "http://a b/x.pdf",
    ],
)
def test_other_hosts_are_not_asked(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue, elsewhere: FakeSunbirdCatalogue, address: str
) -> None:
    places = {
        "elsewhere": elsewhere.url,
        "host": elsewhere.url.removeprefix("http://"),
        "own": sunbird.url,
        "own_host": sunbird.url.removeprefix("http://"),
    }
    add_pdf(sunbird, address.format(**places))
    found = fetch()
    assert found.documents == ()
    assert len(found.problems) == 1
    assert elsewhere.requests == []


def test_the_setting_takes_hosts_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SATHI_SUNBIRD_CONTENT_HOSTS", "a.invalid, b.invalid:8443,")
    monkeypatch.setenv("SATHI_SUNBIRD_CATEGORIES", "Course,Blended Program")
    settings = SunbirdContentSettings(_env_file=None)
    assert settings.content_hosts == ("a.invalid", "b.invalid:8443")
    assert settings.categories == ("Course", "Blended Program")


def test_hosts_of_the_setting_are_asked(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue, elsewhere: FakeSunbirdCatalogue
) -> None:
    add_pdf(sunbird, f"{elsewhere.url}/manual.pdf")
    hosts = f"storage.invalid, {elsewhere.url.removeprefix('http://')}"
    assert fetch(content_hosts=hosts).documents[0].path.read_bytes() == PDF


def test_a_host_that_is_refused_is_named_with_the_setting(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue
) -> None:
    add_pdf(sunbird, "https://storage.invalid/manual.pdf")
    [problem] = fetch().problems
    assert "storage.invalid" in problem
    assert "SATHI_SUNBIRD_CONTENT_HOSTS" in problem


def test_redirects_lead_to_no_other_host(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue, elsewhere: FakeSunbirdCatalogue
) -> None:
    add_pdf(sunbird, "/store/old.pdf")
    sunbird.redirects["/store/old.pdf"] = f"{elsewhere.url}/manual.pdf"
    assert fetch().documents == ()
    assert elsewhere.requests == []


def test_redirects_within_the_hosts_are_followed(
    fetch: Fetch, sunbird: FakeSunbirdCatalogue
) -> None:
    add_pdf(sunbird, "/store/old.pdf")
    sunbird.redirects["/store/old.pdf"] = "/store/manual.pdf"
    assert fetch().documents[0].path.read_bytes() == PDF


def test_redirects_in_a_circle_end(fetch: Fetch, sunbird: FakeSunbirdCatalogue) -> None:
    add_pdf(sunbird, "/store/old.pdf")
    sunbird.redirects["/store/old.pdf"] = "/store/old.pdf"
    assert "without end" in fetch().problems[0]
    assert sunbird.paths().count("/store/old.pdf") == 4


def test_a_video_on_another_host_is_no_link(fetch: Fetch, sunbird: FakeSunbirdCatalogue) -> None:
    sunbird.files["/store/en.vtt"] = VTT
    sunbird.add_leaf(
        0,
        name="Film",
        mimeType="video/mp4",
        artifactUrl="https://evil.invalid/film.mp4",
        transcripts=[{"languageCode": "en", "artifactUrl": "/store/en.vtt"}],
    )
    [document] = fetch().documents
    assert document.url is None
