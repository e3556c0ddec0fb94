"""The fake platform's answers and the connector's requests against Sunbird's OpenAPI files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from connectors.platform.sunbird import SunbirdPlatform
from tests.fakes import openapi
from tests.fakes import sunbird_data as data
from tests.fakes.sunbird import FakeSunbird, Seen

ENROLMENT_LIST = ("course-enrolment", "get", "/course/v1/user/enrollment/list/{user-id}")
STATE_READ = ("course-progress", "post", "/course/v1/content/state/read")
CERTIFICATES = "course-batch-certificate"


@pytest.fixture
def sunbird() -> Iterator[FakeSunbird]:
    with FakeSunbird() as server:
        yield server


@pytest.fixture
def platform(sunbird: FakeSunbird) -> Iterator[SunbirdPlatform]:
    platform = SunbirdPlatform(sunbird.url, data.API_KEY, user_token=data.TOKENS.get)
    yield platform
    platform.close()


def fetch(sunbird: FakeSunbird, method: str, path: str, learner: str, **more: Any) -> Any:
    headers = {
        "Authorization": f"Bearer {data.API_KEY}",
        "x-authenticated-user-token": data.TOKENS[learner],
    }
    response = httpx.request(method, f"{sunbird.url}/api{path}", headers=headers, **more)
    return response.json()


def response_schema(operation: dict[str, Any], status: str) -> dict[str, Any]:
    return operation["responses"][status]["content"]["application/json"]["schema"]


def faults_of_request(name: str, operation: dict[str, Any], request: Seen) -> list[str]:
    """Return required headers that are missing, and what is wrong with the body."""
    missing = [
        p["name"]
        for p in operation["parameters"]
        if p["in"] == "header" and p["required"] and p["name"].lower() not in request.headers
    ]
    if "requestBody" not in operation:
        return missing
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    return missing + openapi.faults(name, schema, request.body)


def read_states(sunbird: FakeSunbird, course_id: str, *content_ids: str) -> Any:
    inner = {
        "userId": data.ASHA,
        "courseId": course_id,
        "batchId": "0141986246730670081215",
        "contentIds": list(content_ids),
    }
    return fetch(
        sunbird, "POST", "/course/v1/content/state/read", data.ASHA, json={"request": inner}
    )


def test_the_enrolment_list_conforms(sunbird: FakeSunbird) -> None:
    answer = fetch(sunbird, "GET", f"/course/v1/user/enrollment/list/{data.RAVI}", data.RAVI)
    schema = response_schema(openapi.operation(*ENROLMENT_LIST), "200")
    assert len(answer["result"]["courses"]) == 1
    assert openapi.faults(ENROLMENT_LIST[0], schema, answer) == []


def test_an_unfinished_enrolment_differs_only_in_what_the_sample_lacks(
    sunbird: FakeSunbird,
) -> None:
    answer = fetch(sunbird, "GET", f"/course/v1/user/enrollment/list/{data.ASHA}", data.ASHA)
    schema = response_schema(openapi.operation(*ENROLMENT_LIST), "200")
    found = openapi.faults(ENROLMENT_LIST[0], schema, answer)
    # Nulls of what is not completed, a percentage with a fraction, the sample's resource id,
    # and the batch that v4 nests elsewhere.
    fields = {"completedOn", "completionPercentage", "contentStatus", "batchId"}
    assert {fault.split(":")[0].split(".")[-1] for fault in found} == fields


def test_the_enrolment_list_s_requests_conform(
    platform: SunbirdPlatform, sunbird: FakeSunbird
) -> None:
    platform.enrolments(data.RAVI)
    request = sunbird.last("/course/v1/user/enrollment/list/")
    operation = openapi.operation(*ENROLMENT_LIST)
    assert faults_of_request(ENROLMENT_LIST[0], operation, request) == []


def test_states_of_a_course_not_begun_conform(sunbird: FakeSunbird) -> None:
    answer = read_states(sunbird, data.UNTOUCHED, "do_ethics")
    schema = response_schema(openapi.operation(*STATE_READ), "200")
    assert answer["result"] == {"contentList": []}
    assert openapi.faults(STATE_READ[0], schema, answer) == []


def test_states_differ_only_in_the_items_that_the_sample_lacks(sunbird: FakeSunbird) -> None:
    answer = read_states(sunbird, data.UNFINISHED, "do_video", "do_assessment")
    schema = response_schema(openapi.operation(*STATE_READ), "200")
    assert openapi.faults(STATE_READ[0], schema, answer) == [
        "result.contentList.0: type",
        "result.contentList.1: type",
    ]


def test_the_state_s_requests_conform(platform: SunbirdPlatform, sunbird: FakeSunbird) -> None:
    platform.progress(data.ASHA, data.UNFINISHED)
    request = sunbird.last("/content/state/read")
    assert faults_of_request(STATE_READ[0], openapi.operation(*STATE_READ), request) == []


def test_an_answer_of_another_shape_is_found_out() -> None:
    schema = response_schema(openapi.operation(*STATE_READ), "200")
    assert openapi.faults(STATE_READ[0], schema, {"result": {"contentList": "none"}})


def test_certificates_of_an_enrolment_conform(sunbird: FakeSunbird) -> None:
    answer = fetch(sunbird, "GET", f"/course/v1/user/enrollment/list/{data.RAVI}", data.RAVI)
    (certificate,) = answer["result"]["courses"][0]["certificates"]
    schema = {"$ref": "#/components/schemas/courseenrolmentapiCertificate"}
    assert openapi.faults(ENROLMENT_LIST[0], schema, certificate) == []


def test_a_refused_certificate_call_conforms(sunbird: FakeSunbird) -> None:
    operation = openapi.operation(CERTIFICATES, "patch", "/course/batch/cert/v1/template/add")
    answer = httpx.get(
        f"{sunbird.url}/api/course/v1/user/enrollment/list/{data.RAVI}",
        headers={"Authorization": f"Bearer {data.API_KEY}"},
    )
    assert answer.status_code == 401
    assert openapi.faults(CERTIFICATES, response_schema(operation, "401"), answer.json()) == []


def test_the_registry_s_download_differs_only_in_the_missing_params(
    sunbird: FakeSunbird,
) -> None:
    answer = fetch(sunbird, "GET", f"/certreg/v2/certs/download/{data.CERTIFICATE}", data.RAVI)
    schema = {"$ref": "#/components/schemas/coursebatchcertificateapiResponseHeader"}
    assert set(openapi.faults(CERTIFICATES, schema, answer)) == {"params: type"}
