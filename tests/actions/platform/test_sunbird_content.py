"""Courses of a platform over HTTP: listing, only what changed, faults, tokens, mapping."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.platform.settings import SunbirdContentSettings
from connectors.platform.sunbird_content import SunbirdContentSource
from knowledge_base.ingest.source import ItemError, ListedCourse, ListingPage, SourceError
from tests.fakes.sunbird import (
    CLOSED_CONNECTION,
    CUT_CONNECTION,
    TRUNCATED_JSON,
    Fault,
    http_error,
    replaced,
    slow,
)
from tests.fakes.sunbird_catalogue import (
    API_KEY,
    FakeSunbirdCatalogue,
    course_id,
    made_course,
)

COURSES = 320
ACCESS, REFRESH, EXPIRED = "access-0", "refresh-0", "expired-token"
COMPETENCIES = {
    "project management": "project-management",
    "data analytics": "data-analytics",
    "communication": "communication",
    "डेटा विश्लेषण": "data-analytics",
    "noting": "office-management",
}


@pytest.fixture
def sunbird() -> Iterator[FakeSunbirdCatalogue]:
    with FakeSunbirdCatalogue(COURSES) as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    return []


Opened = Callable[..., SunbirdContentSource]


@pytest.fixture
def opened(sunbird: FakeSunbirdCatalogue, waits: list[float]) -> Iterator[Opened]:
    sources: list[SunbirdContentSource] = []

    def make(**changes: Any) -> SunbirdContentSource:
        values = {"url": sunbird.url, "api_key": API_KEY, "retries": 2, "page_size": 50}
        settings = SunbirdContentSettings(_env_file=None, **values | changes)
        source = SunbirdContentSource(settings, COMPETENCIES, sleep=waits.append)
        sources.append(source.__enter__())
        return source

    yield make
    for source in sources:
        source.__exit__()


def ids(pages: list[ListingPage]) -> list[str]:
    return [course.id for page in pages for course in page.courses]


def retired(pages: list[ListingPage]) -> list[str]:
    return [course for page in pages for course in page.retired]


def versions(source: SunbirdContentSource) -> dict[str, str]:
    return {course.id: course.version for page in source.pages() for course in page.courses}


def fetch(source: SunbirdContentSource, number: int) -> Any:
    return source.fetch(ListedCourse(course_id(number), "1"))


# Listing


@pytest.mark.parametrize("page_size", [7, 50, 319, 320, 321, 1000])
def test_every_course_is_listed_once(
    opened: Opened, sunbird: FakeSunbirdCatalogue, page_size: int
) -> None:
    pages = list(opened(page_size=page_size).pages())
    assert sorted(ids(pages)) == sorted(sunbird.live())
    assert sorted(retired(pages)) == sorted(sunbird.contents.keys() - sunbird.live())
    assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True]


def test_other_kinds_of_content_are_no_courses(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.contents[course_id(3)]["primaryCategory"] = "Event"
    sunbird.contents[course_id(4)]["primaryCategory"] = "Program"
    sunbird.contents[course_id(5)]["status"] = "Draft"
    listed = ids(list(opened(categories="Course, Program").pages()))
    assert course_id(3) not in listed
    assert course_id(4) in listed
    assert course_id(5) not in listed


def test_an_empty_platform_lists_nothing(opened: Opened, sunbird: FakeSunbirdCatalogue) -> None:
    sunbird.contents.clear()
    assert list(opened().pages()) == [ListingPage(())]


def test_a_platform_that_caps_its_pages_is_listed_to_the_end(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.cap = 30
    assert set(ids(list(opened(page_size=100).pages()))) == sunbird.live()


@pytest.mark.parametrize("seen", [1, 3, 6])
def test_an_interrupted_listing_goes_on_where_it_stopped(
    opened: Opened, sunbird: FakeSunbirdCatalogue, seen: int
) -> None:
    before = [page for page, _ in zip(opened().pages(), range(seen), strict=False)]
    sunbird.requests.clear()
    after = list(opened().pages(before[-1].cursor))
    assert set(ids(before)) | set(ids(after)) == sunbird.live()
    assert not set(ids(before)) & set(ids(after))
    assert sunbird.searches()[0].inner["offset"] == 50 * seen - seen


@pytest.mark.parametrize("cursor", ["", "nonsense", "[1]", '{"a": 1}', "[null, 1, 2, 3]"])
def test_a_cursor_of_another_kind_begins_anew(
    opened: Opened, sunbird: FakeSunbirdCatalogue, cursor: str
) -> None:
    assert set(ids(list(opened().pages(cursor)))) == sunbird.live()


def test_courses_that_are_deleted_meanwhile_hide_no_others(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    def delete(number: int) -> None:
        if number in (2, 4):
            for gone in range(30 * number, 30 * number + 20):
                sunbird.contents.pop(course_id(gone - 60))

    sunbird.before_search = delete
    pages = list(opened().pages())
    assert sunbird.live() <= set(ids(pages))
    assert len(ids(pages)) == len(set(ids(pages)))


def test_the_last_course_of_a_page_may_be_deleted_before_the_next_run(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    first = next(opened().pages())
    sunbird.contents.pop(first.courses[-1].id)
    sunbird.contents.pop(first.courses[0].id)
    after = list(opened().pages(first.cursor))
    assert sunbird.live() <= set(ids([first, *after]))


def test_courses_that_come_in_before_the_place_of_the_listing_are_found(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    early = {course_id(900 + n): made_course(900 + n) | {"createdOn": "2020"} for n in range(5)}

    def publish(number: int) -> None:
        if number == 3:
            sunbird.contents.update({key: c | {"identifier": key} for key, c in early.items()})

    sunbird.before_search = publish
    pages = list(opened().pages())
    assert set(ids(pages)) | set(retired(pages)) == sunbird.contents.keys()


def test_courses_that_are_edited_meanwhile_keep_their_places(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    def edit(number: int) -> None:
        for course in list(sunbird.contents.values())[:: number + 1]:
            course["lastUpdatedOn"] = f"2026-06-{number:02}"
            course["name"] += "!"

    sunbird.before_search = edit
    assert sorted(ids(list(opened().pages()))) == sorted(sunbird.live())
    assert len(sunbird.searches()) == 7


def test_a_total_that_is_too_low_ends_nothing(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.wrong_by = -200
    assert set(ids(list(opened().pages()))) == sunbird.live()


def test_a_total_that_is_too_high_is_no_complete_listing(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.wrong_by = 12
    pages = opened().pages()
    found = []
    with pytest.raises(SourceError, match="counts 332 courses and lists 320"):
        found.extend(pages)
    for page in opened().pages():
        assert page.cursor is not None
        found.append(page)
        if set(ids(found)) == sunbird.live():
            break


def test_a_platform_without_an_order_is_refused(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    def shuffle(number: int) -> None:
        for place, course in enumerate(sunbird.contents.values()):
            course["createdOn"] = str((place * 7919 + number * 104729) % 1000)

    sunbird.before_search = shuffle
    with pytest.raises(SourceError, match="another order"):
        list(opened(page_size=10).pages())


def test_entries_that_are_broken_do_not_stop_the_listing(
    opened: Opened, sunbird: FakeSunbirdCatalogue, caplog: pytest.LogCaptureFixture
) -> None:
    sunbird.contents[course_id(20)]["identifier"] = ""
    sunbird.contents[course_id(21)]["versionKey"] = {"not": "a key"}
    listed = ids(list(opened().pages()))
    assert len(listed) == len(sunbird.live()) - 2
    assert "a course without an id is left out" in caplog.text


def test_facets_are_counted(opened: Opened, sunbird: FakeSunbirdCatalogue) -> None:
    source = opened()
    list(source.pages())
    assert source.facets["language"] == {"english": 80, "hindi": 80, "tamil": 80, "odia": 80}
    assert sum(source.facets["organisation"].values()) == COURSES
    assert source.facets["competencies_v6.competencyThemeName"]["star gazing"] == 80
    assert [bool(seen.inner["facets"]) for seen in sunbird.searches()] == [True] + [False] * 6


# Only what changed


@pytest.mark.parametrize(
    "change", [{"versionKey": "1800000000000"}, {"lastUpdatedOn": "2026-02-01T00:00:00.000+0000"}]
)
def test_a_change_is_another_version_of_that_course_alone(
    opened: Opened, sunbird: FakeSunbirdCatalogue, change: dict[str, str]
) -> None:
    before = versions(opened())
    assert versions(opened()) == before
    sunbird.contents[course_id(10)].update(change)
    after = versions(opened())
    assert {key for key in after if after[key] != before[key]} == {course_id(10)}


def test_without_version_and_date_the_entry_itself_is_the_version(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    course = sunbird.contents[course_id(10)]
    course.update(versionKey=None, lastUpdatedOn=None)
    before = versions(opened())[course_id(10)]
    assert versions(opened())[course_id(10)] == before != ""
    course["name"] = "Renamed"
    assert versions(opened())[course_id(10)] != before


def test_a_course_that_is_retired_is_named_as_such(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    assert course_id(10) in ids(list(opened().pages()))
    sunbird.contents[course_id(10)]["status"] = "Retired"
    pages = list(opened().pages())
    assert course_id(10) not in ids(pages)
    assert course_id(10) in retired(pages)


# Faults


@pytest.mark.parametrize(
    "fault",
    [http_error(429), http_error(500), http_error(503), CLOSED_CONNECTION, CUT_CONNECTION, slow(2)],
)
def test_passing_faults_are_tried_again(
    opened: Opened, sunbird: FakeSunbirdCatalogue, waits: list[float], fault: Fault
) -> None:
    sunbird.fail(fault, times=2)
    # On a busy machine an answer may take half a second that nothing delays.
    source = opened(content_timeout_seconds=1.0) if fault.delay else opened()
    assert set(ids(list(source.pages()))) == sunbird.live()
    assert len(waits) == 2


def test_a_run_waits_as_long_as_it_is_asked_to(
    opened: Opened, sunbird: FakeSunbirdCatalogue, waits: list[float]
) -> None:
    sunbird.fail(http_error(429, Retry_After="90"), times=1)
    assert next(opened().pages()).courses
    assert waits == [90.0]


@pytest.mark.parametrize(
    ("fault", "mend"),
    [
        (http_error(503), "run again later"),
        (http_error(429, Retry_After="86400"), "run again later"),
        (http_error(401), "SATHI_SUNBIRD_API_KEY"),
        (http_error(404), "SATHI_SUNBIRD_URL"),
        (TRUNCATED_JSON, "SATHI_SUNBIRD_SEARCH_PATH"),
        (replaced({"responseCode": "OK", "result": {"content": []}}), "SATHI_SUNBIRD_SEARCH_PATH"),
        (replaced({"responseCode": "CLIENT_ERROR"}), "SATHI_SUNBIRD_SEARCH_PATH"),
    ],
)
def test_a_listing_that_fails_says_what_mends_it(
    opened: Opened, sunbird: FakeSunbirdCatalogue, fault: Fault, mend: str
) -> None:
    pages = opened().pages()
    next(pages)
    sunbird.fail(fault)
    with pytest.raises(SourceError, match=mend):
        next(pages)


def test_a_wrong_key_is_refused(opened: Opened) -> None:
    with pytest.raises(SourceError, match="SATHI_SUNBIRD_API_KEY"):
        next(opened(api_key="another").pages())


@pytest.mark.parametrize("url", ["", "portal.invalid", "ftp://portal.invalid"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(SourceError, match="SATHI_SUNBIRD_URL"):
        SunbirdContentSource(SunbirdContentSettings(_env_file=None, url=url), {})


@pytest.mark.parametrize(
    ("fault", "times"),
    [(http_error(500), 3), (TRUNCATED_JSON, 1), (replaced({"responseCode": "OK"}), 1)],
)
@pytest.mark.parametrize("path", ["/content/v1/read", "/course/v1/hierarchy"])
def test_a_course_that_cannot_be_read_is_a_fault_of_that_course(
    opened: Opened, sunbird: FakeSunbirdCatalogue, fault: Fault, times: int, path: str
) -> None:
    source = opened()
    sunbird.fail(fault, times, path)
    with pytest.raises(ItemError, match="does not give it"):
        fetch(source, 1)
    assert fetch(source, 2).course.id == course_id(2)


def test_a_course_that_is_gone_is_a_fault_of_that_course(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    source = opened()
    sunbird.contents.pop(course_id(1))
    with pytest.raises(ItemError, match="no longer"):
        fetch(source, 1)


def test_a_course_without_a_hierarchy_is_its_own_module(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.fail(http_error(404), path="/course/v1/hierarchy")
    [module] = fetch(opened(), 1).course.modules
    assert (module.id, module.title) == (course_id(1), "Course number 1")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": None}, "name"),
        ({"name": "  "}, "name"),
        ({"organisation": [], "source": "", "creator": None}, "organisation"),
        ({"duration": "two hours"}, "duration"),
        ({"children": "none"}, "children"),
        ({"children": [{"name": "no id"}]}, "identifier"),
        ({"children": [{"identifier": "../../etc", "name": "x"}]}, "Module.id"),
        ({"competencies_v6": "{not json"}, "competencies_v6"),
        ({"identifier": "do_other"}, "another course"),
    ],
)
def test_a_malformed_course_is_a_fault_of_that_course(
    opened: Opened, sunbird: FakeSunbirdCatalogue, change: dict[str, Any], named: str
) -> None:
    sunbird.contents[course_id(2)].update(change)
    with pytest.raises(ItemError, match=named):
        fetch(opened(), 2)


# Tokens


def test_calls_are_made_as_the_user(opened: Opened, sunbird: FakeSunbirdCatalogue) -> None:
    sunbird.access_token = ACCESS
    source = opened(user_token=ACCESS)
    assert next(source.pages()).courses
    assert fetch(source, 1).course.id == course_id(1)


def test_an_expired_token_is_renewed_in_the_middle_of_a_run(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.access_token, sunbird.refresh_token = ACCESS, REFRESH
    source = opened(user_token=ACCESS, refresh_token=REFRESH)
    pages = source.pages()
    found = [next(pages)]
    for expired in range(2):
        sunbird.access_token = f"expired-{expired}"
        found.append(next(pages))
        sunbird.access_token = f"expired-{expired}-too"
        assert fetch(source, 1 + expired).course.id == course_id(1 + expired)
    found += pages
    assert set(ids(found)) == sunbird.live()
    assert sunbird.paths().count("/auth/v1/refresh/token") == 4


def test_a_token_that_cannot_be_renewed_is_named(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    sunbird.access_token, sunbird.refresh_token = ACCESS, REFRESH
    for changes in ({}, {"refresh_token": "another"}):
        with pytest.raises(SourceError, match="SATHI_SUNBIRD_USER_TOKEN"):
            next(opened(user_token=EXPIRED, **changes).pages())


def test_no_key_and_no_token_is_logged_or_raised(
    opened: Opened, sunbird: FakeSunbirdCatalogue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sunbird.access_token, sunbird.refresh_token = ACCESS, REFRESH
    source = opened(user_token=EXPIRED, refresh_token=REFRESH)
    next(source.pages())
    sunbird.access_token, sunbird.refresh_token = "access-x", "refresh-x"
    with pytest.raises(SourceError) as caught:
        next(source.pages())
    said = caplog.text + str(caught.value)
    for secret in (API_KEY, EXPIRED, "access-1", REFRESH, "refresh-1"):
        assert secret not in said


# Mapping


def test_a_course_is_mapped(opened: Opened) -> None:
    course = fetch(opened(), 9).course
    assert course.title == "Course number 9"
    assert course.summary == "What course 9 teaches & why."
    assert course.provider == "Sample Institute"
    assert course.language == "hi"
    assert course.duration_seconds == 1209
    assert course.level is None
    assert course.keywords == ("files",)
    assert course.competencies == ("data-analytics",)
    assert [(m.title, m.duration_seconds) for m in course.modules] == [
        ("Unit 1", 618),
        ("Unit 2", 618),
    ]


@pytest.mark.parametrize(
    ("number", "level"), [(0, "beginner"), (1, "intermediate"), (2, "advanced")]
)
def test_levels_are_mapped(opened: Opened, number: int, level: str) -> None:
    assert fetch(opened(), number).course.level == level


@pytest.mark.parametrize(("number", "rating"), [(4, None), (5, None), (2, 4.5), (3, 3.5)])
def test_ratings_are_mapped(opened: Opened, number: int, rating: float | None) -> None:
    assert fetch(opened(), number).course.rating == rating


@pytest.mark.parametrize(
    ("language", "code"),
    [("Odia", "or"), ("oriya", "or"), (["Bangla"], "bn"), ("हिन्दी", "hi"), ("ta", "ta")],
)
def test_languages_are_known_by_all_their_names(
    opened: Opened, sunbird: FakeSunbirdCatalogue, language: Any, code: str
) -> None:
    sunbird.contents[course_id(2)]["language"] = language
    found = fetch(opened(), 2)
    assert found.course.language == code
    assert not [problem for problem in found.problems if "language" in problem]


@pytest.mark.parametrize(("name", "code"), [("Klingon course", "en"), ("தமிழ் பாடம்", "ta")])
def test_an_unknown_language_is_taken_from_the_texts_and_reported(
    opened: Opened, sunbird: FakeSunbirdCatalogue, name: str, code: str
) -> None:
    sunbird.contents[course_id(2)].update(language="Klingon", name=name, description="")
    sunbird.contents[course_id(2)]["instructions"] = ""
    found = fetch(opened(), 2)
    assert found.course.language == code
    assert any("'Klingon'" in problem for problem in found.problems)


def test_unknown_competencies_are_left_out_counted_and_named_at_the_end(
    opened: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    source = opened()
    found = [fetch(source, number) for number in (3, 11, 0)]
    assert [course.course.competencies for course in found] == [(), (), ("project-management",)]
    assert [course.problems for course in found] == [(), (), ()]
    assert source.unknown_competencies == {"Star Gazing": 2}
    source.__exit__()
    assert "2 courses build 'Star Gazing', which the model does not have" in caplog.messages


@pytest.mark.parametrize(
    ("tags", "known"),
    [
        ({"competencies_v6": None, "competencies_v5": [{"competencyTheme": "Communication"}]}, 1),
        ({"competencies_v6": [{"competencyThemeName": "डेटा विश्लेषण"}]}, 1),
        ({"competencies_v6": [{"competencyTheme": "?", "competencySubTheme": "Noting"}]}, 1),
        ({"competencies_v6": [{"competencyThemeName": "Communication"}] * 3}, 1),
        ({"competencies_v6": "", "competencies_v5": None}, 0),
        ({"competencies_v6": [{}]}, 0),
    ],
)  # fmt: skip
def test_competencies_are_known_by_name_in_any_language(
    opened: Opened, sunbird: FakeSunbirdCatalogue, tags: dict[str, Any], known: int
) -> None:
    sunbird.contents[course_id(2)].update(tags)
    assert len(fetch(opened(), 2).course.competencies) == known


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), ("Yes", True), ("No", False), (None, False)]
)
def test_a_mandatory_course_is_one(
    opened: Opened, sunbird: FakeSunbirdCatalogue, value: Any, expected: bool
) -> None:
    sunbird.contents[course_id(2)]["isMandatory"] = value
    assert fetch(opened(), 2).course.mandatory is expected


def test_units_within_units_and_resources_without_one(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    course = sunbird.contents[course_id(2)]
    first, second = course["children"]
    first["children"].append(second)
    lonely = {"identifier": "do_lonely", "name": "Final test", "duration": "60"}
    again = {**lonely, "name": "The same again"}
    course.update(children=[first, lonely | {"mimeType": "application/pdf"}, again], duration="")
    found = fetch(opened(), 2).course
    assert [(m.title, m.duration_seconds) for m in found.modules] == [
        ("Unit 1", 4 * 302),
        ("Final test", 60),
    ]
    assert found.duration_seconds == 4 * 302 + 60


def test_the_source_has_one_name_in_every_run(
    opened: Opened, sunbird: FakeSunbirdCatalogue
) -> None:
    assert (
        opened().name == opened(url=f"{sunbird.url}/api/").name == f"sunbird:{sunbird.url}:Course"
    )
