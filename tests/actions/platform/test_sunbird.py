from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from connectors.platform.records import (
    Availability,
    LearningPlatform,
    NotKnownError,
    PlatformDataError,
    PlatformRefusedError,
    ResourceKind,
    Status,
)
from connectors.platform.sunbird import SunbirdPlatform
from tests.fakes import sunbird_data as data
from tests.fakes.sunbird import FakeSunbird, http_error, replaced

NOW = datetime(2026, 5, 14, 9, 30, tzinfo=UTC)


@pytest.fixture
def sunbird() -> Iterator[FakeSunbird]:
    with FakeSunbird() as server:
        yield server


@pytest.fixture
def platform(sunbird: FakeSunbird) -> Iterator[LearningPlatform]:
    platform = SunbirdPlatform(sunbird.url, data.API_KEY, sleep=lambda _: None)
    yield platform
    platform.close()


@pytest.fixture
def platform_with_tokens(sunbird: FakeSunbird) -> Iterator[LearningPlatform]:
    platform = SunbirdPlatform(
        sunbird.url, data.API_KEY, sleep=lambda _: None, user_token=data.TOKENS.get
    )
    yield platform
    platform.close()


def answer_of(result: object) -> dict:
    return {"params": None, "responseCode": "OK", "result": result}


def test_a_profile_becomes_a_learner(platform: LearningPlatform) -> None:
    learner = platform.learner(data.ASHA)
    assert learner.id == data.ASHA
    assert learner.full_name == "Asha Testwala"
    assert learner.department == "Department of Samples"
    assert learner.designation == "Assistant Section Officer"


def test_a_profile_of_nulls_has_no_designation_and_the_channel_as_department(
    platform: LearningPlatform,
) -> None:
    learner = platform.learner(data.RAVI)
    assert learner.full_name == "Ravi"
    assert learner.department == "Other Ministry"
    assert learner.designation is None


@pytest.mark.parametrize("learner_id", ["nobody", "", "..", "a/b?c#d", "अ"])
def test_an_unknown_learner_is_not_known(platform: LearningPlatform, learner_id: str) -> None:
    with pytest.raises(NotKnownError):
        platform.learner(learner_id)


def test_an_id_cannot_leave_its_place_in_the_path(
    platform: LearningPlatform, sunbird: FakeSunbird
) -> None:
    with pytest.raises(NotKnownError):
        platform.learner("../../../course/v1/hierarchy/" + data.FINISHED)
    (path,) = sunbird.paths()
    assert path.startswith("/user/private/v1/read/..%2F")


def test_enrolments_come_last_active_first_with_both_time_formats(
    platform: LearningPlatform,
) -> None:
    found = platform.enrolments(data.ASHA)
    assert [e.course_id for e in found] == [
        data.UNFINISHED,
        data.BILINGUAL,
        data.PROGRAMME,
        data.UNTOUCHED,
        data.FINISHED,
    ]
    unfinished, untouched, finished = found[0], found[3], found[4]
    assert unfinished.status is Status.IN_PROGRESS
    assert unfinished.percentage == 40.5
    assert unfinished.last_active == datetime(2025, 5, 23, 11, 33, 20, tzinfo=UTC)
    assert unfinished.completed_on is None
    assert untouched.status is Status.NOT_STARTED
    assert untouched.percentage == 0
    assert untouched.enrolled_on == datetime(2021, 1, 7, 9, 4, 56, 356000, tzinfo=UTC)
    assert finished.completed_on == datetime(2020, 7, 22, 12, 56, 53, 486000, tzinfo=UTC)


def test_a_missing_percentage_comes_from_the_resources_done(platform: LearningPlatform) -> None:
    found = {e.course_id: e for e in platform.enrolments(data.ASHA)}
    assert found[data.BILINGUAL].percentage == 50


def test_a_completed_course_without_a_percentage_is_at_100(
    platform: LearningPlatform, sunbird: FakeSunbird
) -> None:
    enrolment = data.ENROLMENTS[data.ASHA][0] | {"completionPercentage": None}
    sunbird.fail(replaced(answer_of({"courses": [enrolment]})), path="/enrollment/")
    assert platform.enrolments(data.ASHA)[0].percentage == 100


def test_enrolments_bear_the_earliest_deadline_of_the_plans(platform: LearningPlatform) -> None:
    found = {e.course_id: e for e in platform.enrolments(data.ASHA)}
    assert found[data.UNFINISHED].deadline == date(2026, 3, 31)
    assert found[data.UNTOUCHED].deadline is None


@pytest.mark.parametrize("status", [403, 404, 500])
def test_enrolments_stand_without_an_answer_about_the_plan(
    platform: LearningPlatform, sunbird: FakeSunbird, status: int
) -> None:
    sunbird.fail(http_error(status), path="/cbplan/")
    assert {e.deadline for e in platform.enrolments(data.ASHA)} == {None}


def test_not_begun_enrolments_are_asked_for_too(
    platform: LearningPlatform, sunbird: FakeSunbird
) -> None:
    platform.enrolments(data.ASHA)
    assert sunbird.last("/private/v4/").inner == {"retiredCoursesEnabled": True}


def test_a_newcomer_has_nothing(platform: LearningPlatform) -> None:
    assert platform.enrolments(data.NEWCOMER) == []
    assert platform.certificates(data.NEWCOMER) == []
    assert platform.plan(data.NEWCOMER) == []
    activity = platform.activity(data.NEWCOMER, NOW)
    assert activity.weekly_minutes == ()
    assert activity.minutes_this_year == 0


def test_progress_lists_what_counts_in_course_order(platform: LearningPlatform) -> None:
    progress = platform.progress(data.ASHA, data.UNFINISHED)
    assert [(r.name, r.module, r.kind, r.minutes, r.status) for r in progress.resources] == [
        ("What leaders do", "Basics", ResourceKind.VIDEO, 10, Status.COMPLETED),
        ("Practise it", "Basics", ResourceKind.SCORM, 20, Status.IN_PROGRESS),
        ("Further reading", "Depth", ResourceKind.PDF, 0, Status.NOT_STARTED),
        ("Final assessment", "Depth", ResourceKind.ASSESSMENT, 30, Status.NOT_STARTED),
        # Not in the tree, so that the catalogue was searched for it.
        ("Your opinion", "Leadership Programme", ResourceKind.OTHER, 2, Status.NOT_STARTED),
    ]
    assert progress.enrolment.deadline == date(2026, 3, 31)


def test_an_open_assessment_has_its_pass_mark_and_attempts_left(
    platform: LearningPlatform,
) -> None:
    progress = platform.progress(data.ASHA, data.UNFINISHED)
    (assessment,) = [r for r in progress.resources if r.kind is ResourceKind.ASSESSMENT]
    assert assessment.pass_mark == 60
    assert assessment.attempts_left == 1
    assert assessment.score is None


def test_with_a_token_an_assessment_has_its_best_score(
    platform_with_tokens: LearningPlatform, sunbird: FakeSunbird
) -> None:
    progress = platform_with_tokens.progress(data.ASHA, data.UNFINISHED)
    (assessment,) = [r for r in progress.resources if r.kind is ResourceKind.ASSESSMENT]
    assert assessment.score == 55
    assert sunbird.last("/state/read").inner["contentIds"] == ["do_assessment"]


@pytest.mark.parametrize("path", ["/retake/count", "/content/state/read"])
def test_progress_stands_without_scores_and_attempts(
    platform_with_tokens: LearningPlatform, sunbird: FakeSunbird, path: str
) -> None:
    sunbird.fail(http_error(503), path=path)
    progress = platform_with_tokens.progress(data.ASHA, data.UNFINISHED)
    assert len(progress.open_resources) == 4


def test_a_score_of_unknown_unit_is_left_out(
    platform_with_tokens: LearningPlatform, sunbird: FakeSunbird
) -> None:
    states = {"contentList": [{"contentId": "do_assessment", "status": 1, "score": 7}]}
    sunbird.fail(replaced(answer_of(states)), path="/state/read")
    progress = platform_with_tokens.progress(data.ASHA, data.UNFINISHED)
    assert {r.score for r in progress.resources} == {None}


def test_a_programme_counts_what_was_done_in_its_courses(platform: LearningPlatform) -> None:
    progress = platform.progress(data.ASHA, data.PROGRAMME)
    states = {r.id: r.status for r in progress.resources}
    assert states[data.FINISHED_PDF] is Status.COMPLETED
    assert states["do_video"] is Status.COMPLETED
    assert states["do_pdf"] is Status.NOT_STARTED


def test_a_course_taken_in_another_language_has_that_language_s_resources(
    platform: LearningPlatform,
) -> None:
    progress = platform.progress(data.ASHA, data.BILINGUAL)
    assert [(r.id, r.status) for r in progress.resources] == [
        ("do_notings_hi", Status.COMPLETED),
        ("do_notings_hi_2", Status.NOT_STARTED),
    ]


def test_a_course_not_begun_has_all_its_resources_open(
    platform: LearningPlatform,
) -> None:
    (resource,) = platform.progress(data.ASHA, data.UNTOUCHED).open_resources
    assert resource.minutes == 1


@pytest.mark.parametrize("course_id", [data.RETIRED, "do_0", ""])
def test_progress_without_an_enrolment_is_not_known(
    platform: LearningPlatform, course_id: str
) -> None:
    with pytest.raises(NotKnownError):
        platform.progress(data.ASHA, course_id)


def test_certificates_bear_token_course_and_the_profile_s_name(
    platform: LearningPlatform,
) -> None:
    (certificate,) = platform.certificates(data.ASHA)
    assert certificate.number == data.CERTIFICATE
    assert certificate.course_name == "Office Procedure"
    assert certificate.learner_name == "Asha Testwala"
    assert certificate.issued_on == datetime(2020, 7, 22, 12, 57, 44, 335000, tzinfo=UTC)


def test_a_certificate_with_neither_id_nor_date_is_bad_data(
    platform: LearningPlatform, sunbird: FakeSunbird
) -> None:
    enrolment = data.ENROLMENTS[data.ASHA][0] | {"issuedCertificates": [{"name": "x"}]}
    sunbird.fail(replaced(answer_of({"courses": [enrolment]})), path="/enrollment/")
    with pytest.raises(PlatformDataError):
        platform.certificates(data.ASHA)


def test_with_a_token_the_public_list_is_read(
    platform_with_tokens: LearningPlatform, sunbird: FakeSunbird
) -> None:
    (enrolment,) = platform_with_tokens.enrolments(data.RAVI)
    (certificate,) = platform_with_tokens.certificates(data.RAVI)
    (resource,) = platform_with_tokens.progress(data.RAVI, data.FINISHED).resources
    assert enrolment.enrolled_on == datetime(2020, 7, 8, 7, 1, 36, 100000, tzinfo=UTC)
    assert certificate.number == data.CERTIFICATE
    assert certificate.url == "https://sunbird.invalid/certs/1.pdf"
    assert resource.status is Status.COMPLETED
    assert not any("/private/v4/" in path for path in sunbird.paths())


def test_another_learner_s_token_is_refused(sunbird: FakeSunbird) -> None:
    platform = SunbirdPlatform(
        sunbird.url, data.API_KEY, user_token=lambda _: data.TOKENS[data.ASHA]
    )
    with pytest.raises(PlatformRefusedError):
        platform.enrolments(data.RAVI)
    platform.close()


def test_a_plan_lists_courses_once_by_deadline(platform: LearningPlatform) -> None:
    items = platform.plan(data.ASHA)
    assert [(i.course_id, i.deadline, i.apar, i.completed) for i in items] == [
        (data.UNFINISHED, date(2026, 3, 31), True, False),
        (data.FINISHED, date(2026, 3, 31), True, True),
    ]


def test_activity_reads_weeks_claps_and_points(platform: LearningPlatform) -> None:
    activity = platform.activity(data.ASHA, NOW)
    assert activity.weekly_minutes == (72, 38, 91)
    assert activity.minutes_this_week == 72
    assert activity.claps == 3
    assert activity.karma_points == 120


def test_month_and_year_are_the_weeks_that_began_in_them(platform: LearningPlatform) -> None:
    activity = platform.activity(data.ASHA, NOW)
    assert activity.minutes_this_month == 72 + 38
    assert activity.minutes_this_year == 72 + 38 + 91
    later = platform.activity(data.ASHA, NOW.replace(year=2027))
    assert later.minutes_this_year == 0
    assert activity.longer_are_lower_bounds


def test_there_is_no_log_of_all_enrolments(
    platform: LearningPlatform, sunbird: FakeSunbird
) -> None:
    before = len(sunbird.requests)
    assert list(platform.enrolment_log()) == []
    assert len(sunbird.requests) == before


def test_without_a_total_the_credits_are_summed(
    platform: LearningPlatform, sunbird: FakeSunbird
) -> None:
    assert platform.activity(data.RAVI, NOW).karma_points == 7
    headers = sunbird.last("/karmapoints/read").headers
    assert headers["x-authenticated-userid"] == data.RAVI


def test_a_moment_without_a_zone_is_refused(platform: LearningPlatform) -> None:
    with pytest.raises(ValueError, match="time zone"):
        platform.activity(data.ASHA, NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("course_id", "availability"),
    [
        (data.UNFINISHED, Availability.OPEN),
        (data.RETIRED, Availability.RETIRED),
        (data.IN_REVIEW, Availability.DRAFT),
        (data.FOR_ASSISTANTS, Availability.OPEN),
        (data.FOR_DIRECTORS, Availability.MODERATED),
        (data.FOR_OWN_ORGANISATION, Availability.OPEN),
        (data.FOR_OTHER_ORGANISATION, Availability.MODERATED),
    ],
)
def test_access_follows_status_and_rules(
    platform: LearningPlatform, course_id: str, availability: Availability
) -> None:
    assert platform.access(course_id, data.ASHA).availability is availability


def test_courses_that_are_not_live_are_unavailable(platform: LearningPlatform) -> None:
    asked = [data.UNFINISHED, data.RETIRED, data.IN_REVIEW, data.FOR_DIRECTORS, "do_0"]
    assert platform.unavailable(asked) == {data.RETIRED, data.IN_REVIEW, "do_0"}


def test_a_moderated_course_names_the_administrators(platform: LearningPlatform) -> None:
    access = platform.access(data.FOR_DIRECTORS, data.ASHA)
    assert access.course_name == "Running a Division"
    assert access.administrators == ("Meera Adminwala",)


def test_access_stands_without_administrators(
    platform: LearningPlatform, sunbird: FakeSunbird
) -> None:
    sunbird.fail(http_error(403), path="/private/user/v1/search")
    access = platform.access(data.FOR_DIRECTORS, data.ASHA)
    assert access.availability is Availability.MODERATED
    assert access.administrators == ()


def test_unreadable_access_rules_do_not_open_a_course(
    platform: LearningPlatform, sunbird: FakeSunbird
) -> None:
    sunbird.fail(http_error(403), path="/accessSettings/")
    with pytest.raises(PlatformRefusedError):
        platform.access(data.FOR_DIRECTORS, data.ASHA)


def test_a_verified_profile_is_asked_for_besides_the_organisation(
    platform: LearningPlatform,
) -> None:
    # Ravi is of the organisation, but not verified.
    access = platform.access(data.FOR_OTHER_ORGANISATION, data.RAVI)
    assert access.availability is Availability.MODERATED


def test_access_to_an_unknown_course_is_not_known(platform: LearningPlatform) -> None:
    with pytest.raises(NotKnownError):
        platform.access("do_0", data.ASHA)
