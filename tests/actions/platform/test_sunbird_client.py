from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from connectors.platform.records import (
    LearningPlatform,
    NotKnownError,
    PlatformDataError,
    PlatformError,
    PlatformRefusedError,
    PlatformUnavailableError,
)
from connectors.platform.sunbird import SunbirdPlatform
from tests.fakes import sunbird_data as data
from tests.fakes.sunbird import (
    CLOSED_CONNECTION,
    CUT_CONNECTION,
    TRUNCATED_JSON,
    FakeSunbird,
    Fault,
    http_error,
    replaced,
    slow,
)

NOW = datetime(2026, 5, 14, tzinfo=UTC)
RETRIES = 2
# Every call, with an argument that the healthy fake knows.
CALLS: dict[str, Callable[[SunbirdPlatform], Any]] = {
    "learner": lambda p: p.learner(data.ASHA),
    "enrolments": lambda p: p.enrolments(data.ASHA),
    "progress": lambda p: p.progress(data.ASHA, data.UNFINISHED),
    "certificates": lambda p: p.certificates(data.ASHA),
    "verify": lambda p: p.verify(data.CERTIFICATE),
    "certificate_document": lambda p: p.certificate_document(data.CERTIFICATE),
    "plan": lambda p: p.plan(data.ASHA),
    "activity": lambda p: p.activity(data.ASHA, NOW),
    "access": lambda p: p.access(data.FOR_DIRECTORS, data.ASHA),
}
TRANSIENT = {
    "429": http_error(429),
    "500": http_error(500),
    "503": http_error(503),
    "slow": slow(5),
    "connection closed": CLOSED_CONNECTION,
    "connection cut": CUT_CONNECTION,
    "SERVER_ERROR": replaced({"responseCode": "SERVER_ERROR", "result": {}}),
}
FINAL: dict[str, tuple[Fault, type[PlatformError]]] = {
    "401": (http_error(401), PlatformRefusedError),
    "403": (http_error(403), PlatformRefusedError),
    "400": (http_error(400), PlatformDataError),
    "redirect to a login page": (http_error(302, Location="/login"), PlatformDataError),
    "not what it is packed as": (http_error(200, Content_Encoding="gzip"), PlatformDataError),
    "truncated JSON": (TRUNCATED_JSON, PlatformDataError),
    "no JSON": (replaced(b"<html>Maintenance</html>"), PlatformDataError),
    "empty": (replaced(b""), PlatformDataError),
    "not UTF-8": (replaced(b'{"responseCode": "\xff"}'), PlatformDataError),
    "a list": (replaced([]), PlatformDataError),
    "no responseCode": (replaced({"result": {}}), PlatformDataError),
    "other responseCode": (replaced({"responseCode": "MAYBE", "result": {}}), PlatformDataError),
    "CLIENT_ERROR": (replaced({"responseCode": "CLIENT_ERROR"}), PlatformDataError),
    "no result": (replaced({"responseCode": "OK"}), PlatformDataError),
    "wrong shape": (
        replaced({"responseCode": "OK", "result": {"courses": "x", "content": 7}}),
        PlatformDataError,
    ),
    "other result": (replaced({"responseCode": "OK", "result": {"x": 1}}), PlatformDataError),
    "UNAUTHORIZED_USER": (
        replaced({"responseCode": "CLIENT_ERROR", "params": {"err": "UNAUTHORIZED_USER"}}),
        PlatformRefusedError,
    ),
}


@pytest.fixture
def sunbird() -> Iterator[FakeSunbird]:
    with FakeSunbird() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def platform(sunbird: FakeSunbird, waits: list[float]) -> Iterator[SunbirdPlatform]:
    platform = SunbirdPlatform(
        sunbird.url, data.API_KEY, timeout_seconds=0.3, retries=RETRIES, sleep=waits.append
    )
    yield platform
    platform.close()


def test_it_is_a_learning_platform() -> None:
    wanted = {name for name in vars(LearningPlatform) if not name.startswith("_")}
    assert wanted <= set(dir(SunbirdPlatform))


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_all_calls_succeed_on_a_healthy_platform(
    platform: SunbirdPlatform, waits: list[float], call: Callable[[SunbirdPlatform], Any]
) -> None:
    assert call(platform) is not None
    assert waits == []


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
@pytest.mark.parametrize("call", [CALLS["learner"], CALLS["verify"]], ids=["GET", "POST"])
def test_passing_faults_are_retried_until_it_works(
    platform: SunbirdPlatform,
    sunbird: FakeSunbird,
    waits: list[float],
    call: Callable[[SunbirdPlatform], Any],
    fault: Fault,
) -> None:
    sunbird.fail(fault, times=RETRIES)
    assert call(platform) is not None
    assert len(sunbird.requests) == RETRIES + 1
    assert len(waits) == RETRIES


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("name", ["429", "503", "connection closed"])
def test_lasting_faults_end_as_unavailable_after_all_retries(
    platform: SunbirdPlatform,
    sunbird: FakeSunbird,
    call: Callable[[SunbirdPlatform], Any],
    name: str,
) -> None:
    sunbird.fail(TRANSIENT[name])
    with pytest.raises(PlatformUnavailableError):
        call(platform)
    assert len(sunbird.requests) == RETRIES + 1
    assert len(set(sunbird.paths())) == 1


@pytest.mark.parametrize(("fault", "error"), FINAL.values(), ids=FINAL)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_other_faults_are_told_apart_and_not_retried(
    platform: SunbirdPlatform,
    sunbird: FakeSunbird,
    waits: list[float],
    call: Callable[[SunbirdPlatform], Any],
    fault: Fault,
    error: type[PlatformError],
) -> None:
    sunbird.fail(fault)
    with pytest.raises(error):
        call(platform)
    assert len(sunbird.requests) == 1
    assert waits == []


@pytest.mark.parametrize(
    "fault",
    [http_error(404), replaced({"responseCode": "RESOURCE_NOT_FOUND", "result": {}})],
    ids=["404", "RESOURCE_NOT_FOUND"],
)
def test_not_found_is_not_known_and_not_retried(
    platform: SunbirdPlatform, sunbird: FakeSunbird, fault: Fault
) -> None:
    sunbird.fail(fault)
    with pytest.raises(NotKnownError):
        platform.learner(data.ASHA)
    assert len(sunbird.requests) == 1


def test_nobody_listens(waits: list[float]) -> None:
    with FakeSunbird() as server:
        address = server.url
    platform = SunbirdPlatform(address, data.API_KEY, retries=RETRIES, sleep=waits.append)
    with pytest.raises(PlatformUnavailableError):
        platform.learner(data.ASHA)
    assert len(waits) == RETRIES
    platform.close()


def test_the_back_off_grows_and_varies(sunbird: FakeSunbird) -> None:
    sunbird.fail(http_error(500))
    series = []
    for _ in range(40):
        waits: list[float] = []
        platform = SunbirdPlatform(sunbird.url, data.API_KEY, retries=4, sleep=waits.append)
        with pytest.raises(PlatformUnavailableError):
            platform.learner(data.ASHA)
        platform.close()
        series.append(waits)
    ceilings = [0.25, 0.5, 1.0, 2.0]
    for waits in series:
        assert all(0 <= wait <= ceiling for wait, ceiling in zip(waits, ceilings, strict=True))
    last = [waits[-1] for waits in series]
    assert max(last) > ceilings[0]
    assert len(set(last)) == len(last)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(
    platform: SunbirdPlatform, sunbird: FakeSunbird, waits: list[float], status: int
) -> None:
    sunbird.fail(http_error(status, Retry_After="7"), times=1)
    platform.learner(data.ASHA)
    assert waits == [7.0]


def test_retry_after_may_be_a_date(
    platform: SunbirdPlatform, sunbird: FakeSunbird, waits: list[float]
) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=8), usegmt=True)
    sunbird.fail(http_error(429, Retry_After=moment), times=1)
    platform.learner(data.ASHA)
    assert 6 < waits[0] <= 8


@pytest.mark.parametrize(
    "value", ["soon", "-3", "1.5", "", "Thu, 01 Jan 1970 00:00:00 GMT", "1 Jan 1970 00:00:00 -0000"]
)
def test_an_odd_retry_after_falls_back_to_the_back_off(
    platform: SunbirdPlatform, sunbird: FakeSunbird, waits: list[float], value: str
) -> None:
    sunbird.fail(http_error(429, Retry_After=value), times=1)
    platform.learner(data.ASHA)
    assert 0 <= waits[0] <= 0.25


def test_no_attempt_is_made_before_a_long_retry_after(
    platform: SunbirdPlatform, sunbird: FakeSunbird, waits: list[float]
) -> None:
    sunbird.fail(http_error(429, Retry_After="3600"))
    with pytest.raises(PlatformUnavailableError):
        platform.learner(data.ASHA)
    assert waits == []
    assert len(sunbird.requests) == 1


def test_without_retries_there_is_one_attempt(sunbird: FakeSunbird) -> None:
    sunbird.fail(http_error(500))
    platform = SunbirdPlatform(sunbird.url, data.API_KEY, retries=0)
    with pytest.raises(PlatformUnavailableError):
        platform.learner(data.ASHA)
    assert len(sunbird.requests) == 1
    platform.close()


def test_a_wrong_api_key_is_refused(sunbird: FakeSunbird) -> None:
    platform = SunbirdPlatform(sunbird.url, "another-key")
    with pytest.raises(PlatformRefusedError):
        platform.learner(data.ASHA)
    platform.close()


@pytest.mark.parametrize("suffix", ["", "/", "/api", "/api/"])
def test_the_address_may_end_in_api(sunbird: FakeSunbird, suffix: str) -> None:
    platform = SunbirdPlatform(sunbird.url + suffix, data.API_KEY)
    assert platform.learner(data.ASHA).first_name == "Asha"
    platform.close()


@pytest.mark.parametrize("address", ["", "portal.invalid", "ftp://portal.invalid", "https://"])
def test_an_address_that_is_not_http_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        SunbirdPlatform(address, data.API_KEY)


def test_a_session_of_the_gateway_is_not_kept(
    platform: SunbirdPlatform, sunbird: FakeSunbird
) -> None:
    platform.learner(data.ASHA)
    platform.learner(data.RAVI)
    assert "cookie" not in sunbird.requests[-1].headers


def test_threads_share_a_platform(platform: SunbirdPlatform, sunbird: FakeSunbird) -> None:
    sunbird.fail(http_error(500), times=2)
    learners = [data.ASHA, data.RAVI, data.NEWCOMER] * 10
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(platform.learner, learners))
    assert [learner.id for learner in found] == learners


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        *TRANSIENT.values(),
        *(fault for fault, _ in FINAL.values()),
        replaced(
            {
                "responseCode": "CLIENT_ERROR",
                "params": {"err": f"no {data.ASHA}", "errmsg": "Asha Testwala asha@sample.invalid"},
            }
        ),
        replaced(
            {
                "responseCode": "OK",
                "result": {
                    "response": data.PROFILES[data.ASHA] | {"identifier": None},
                    "courses": [data.ENROLMENTS[data.ASHA][0] | {"status": "Asha Testwala"}],
                },
            }
        ),
    ],
)
def test_nothing_personal_and_no_key_is_logged_or_raised(
    sunbird: FakeSunbird,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    caplog.set_level(logging.DEBUG)
    sunbird.fail(fault)
    platform = SunbirdPlatform(
        sunbird.url,
        data.API_KEY,
        timeout_seconds=0.1,
        retries=1,
        sleep=lambda _: None,
        user_token=data.TOKENS.get,
    )
    said = ""
    for call in CALLS.values():
        try:
            call(platform)
        except PlatformError as error:
            said += "".join(traceback.format_exception(error))
    platform.close()
    said += caplog.text
    for secret in (data.API_KEY, *data.TOKENS.values(), data.ASHA, "Testwala", data.CERTIFICATE):
        assert secret not in said


def test_a_retry_is_logged_with_its_reason(
    platform: SunbirdPlatform, sunbird: FakeSunbird, caplog: pytest.LogCaptureFixture
) -> None:
    sunbird.fail(http_error(503), times=1)
    platform.learner(data.ASHA)
    assert "GET /user/private/v1/read/{}: HTTP 503; attempt 2 follows" in caplog.messages


def test_a_fault_names_the_field_at_fault(platform: SunbirdPlatform, sunbird: FakeSunbird) -> None:
    enrolment = data.ENROLMENTS[data.ASHA][0] | {"enrolledDate": "yesterday"}
    sunbird.fail(replaced({"responseCode": "OK", "result": {"courses": [enrolment]}}))
    with pytest.raises(PlatformDataError, match=r"courses\.0\.enrolledDate"):
        platform.enrolments(data.ASHA)


def test_a_404_of_the_gateway_hints_at_a_wrong_address(
    platform: SunbirdPlatform, sunbird: FakeSunbird, caplog: pytest.LogCaptureFixture
) -> None:
    sunbird.fail(http_error(404))
    with pytest.raises(NotKnownError):
        platform.learner(data.ASHA)
    assert "is the address right?" in caplog.text


def test_a_404_of_the_api_does_not(
    platform: SunbirdPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(NotKnownError):
        platform.learner("nobody")
    assert caplog.text == ""


def test_other_users_of_httpx_still_log(sunbird: FakeSunbird) -> None:
    before = list(logging.getLogger("httpx").filters)
    SunbirdPlatform(sunbird.url, data.API_KEY).close()
    assert logging.getLogger("httpx").filters == before


def test_numbers_that_json_does_not_have_are_bad_data(
    platform: SunbirdPlatform, sunbird: FakeSunbird
) -> None:
    claps = json.dumps({"weekly-claps": {"w1": {"timespent": float("nan")}}})
    sunbird.fail(replaced(b'{"responseCode": "OK", "result": %s}' % claps.encode()))
    with pytest.raises(PlatformDataError):
        platform.activity(data.ASHA, NOW)
