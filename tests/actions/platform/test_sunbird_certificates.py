from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.platform.records import PlatformDataError
from connectors.platform.sunbird import SunbirdPlatform
from tests.fakes import sunbird_data as data
from tests.fakes.sunbird import FakeSunbird, replaced


@pytest.fixture
def sunbird() -> Iterator[FakeSunbird]:
    with FakeSunbird() as server:
        yield server


@pytest.fixture
def platform(sunbird: FakeSunbird) -> Iterator[SunbirdPlatform]:
    platform = SunbirdPlatform(sunbird.url, data.API_KEY, sleep=lambda _: None)
    yield platform
    platform.close()


def answer_of(result: object) -> dict:
    return {"params": None, "responseCode": "OK", "result": result}


def test_a_number_of_the_registry_is_verified(platform: SunbirdPlatform) -> None:
    certificate = platform.verify(f"  {data.CERTIFICATE} ")
    assert certificate is not None
    assert certificate.learner_name == "Asha Testwala"
    assert certificate.course_name == "Office Procedure"
    assert certificate.course_id == data.FINISHED
    assert certificate.issued_on == datetime(2020, 7, 22, 12, 57, 44, tzinfo=UTC)


@pytest.mark.parametrize(
    "number",
    ["", "  ", "XXXXXX", data.REVOKED_CERTIFICATE, data.CERTIFICATE.lower(), "..", "a/b", '"'],
)
def test_other_numbers_are_not_verified(platform: SunbirdPlatform, number: str) -> None:
    assert platform.verify(number) is None


def test_a_document_without_an_entry_is_not_called_false(platform: SunbirdPlatform) -> None:
    with pytest.raises(PlatformDataError, match="no entry"):
        platform.verify(data.CERTIFICATE_WITHOUT_ENTRY)


def test_an_entry_that_does_not_say_whose_it_is_is_bad_data(
    platform: SunbirdPlatform, sunbird: FakeSunbird
) -> None:
    hit = {"_id": data.CERTIFICATE, "_source": {"data": None}}
    page = {"response": {"count": 1, "content": [hit]}}
    sunbird.fail(replaced(answer_of(page)), path="/certs/search")
    with pytest.raises(PlatformDataError, match="missing"):
        platform.verify(data.CERTIFICATE)


@pytest.mark.parametrize("number", [data.CERTIFICATE, data.CERTIFICATE_WITHOUT_ENTRY])
def test_a_document_is_an_svg_file(platform: SunbirdPlatform, number: str) -> None:
    assert platform.certificate_document(number).startswith(b"<svg")


@pytest.mark.parametrize(
    "uri", ["", "data:text/html,<p>", "data:image/svg+xml,", "data:image/svg+xml;base64,%%%"]
)
def test_what_is_no_svg_is_not_handed_out(
    platform: SunbirdPlatform, sunbird: FakeSunbird, uri: str
) -> None:
    sunbird.fail(replaced(answer_of({"printUri": uri})))
    with pytest.raises(PlatformDataError):
        platform.certificate_document(data.CERTIFICATE)
