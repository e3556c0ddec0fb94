from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest

from knowledge_base.catalogue import Catalogue, Course
from knowledge_base.recommend.collaborative import ItemKnn
from knowledge_base.recommend.enrolments import make_log
from knowledge_base.recommend.gap import UnknownCompetencyError
from knowledge_base.recommend.profile import (
    LearnerProfile,
    QuestionKind,
    Reason,
    ReasonKind,
    Recommendation,
    RecommendationFilters,
)
from knowledge_base.recommend.recommender import Recommender, UnknownCourseError
from knowledge_base.recommend.scoring import Rating, Weights

TODAY = date(2026, 11, 27)
NOBODY = LearnerProfile()


def ids(recommended: Sequence[Recommendation]) -> list[str]:
    return [pick.course_id for pick in recommended]


def reason(pick: Recommendation, kind: ReasonKind) -> Reason:
    return next(reason for reason in pick.reasons if reason.kind is kind)


def kinds(pick: Recommendation) -> set[ReasonKind]:
    return {reason.kind for reason in pick.reasons}


def small(catalogue: Catalogue, *courses: Course) -> Catalogue:
    return Catalogue(
        courses={course.id: course for course in courses},
        competency_model=catalogue.competency_model,
    )


def course(catalogue: Catalogue, course_id: str, **changes: object) -> Course:
    first = next(iter(catalogue.courses.values()))
    usual = {
        "id": course_id,
        "level": "beginner",
        "duration_seconds": 3600,
        "competencies": ("communication",),
    }
    return first.model_copy(update=usual | changes)


@pytest.fixture(scope="module")
def recommender(catalogue: Catalogue) -> Recommender:
    return Recommender(catalogue)


def test_only_mandatory_courses_are_recommended_when_only_they_are_wanted(
    catalogue: Catalogue,
) -> None:
    duty = course(catalogue, "duty").model_copy(update={"mandatory": True})
    recommender = Recommender(small(catalogue, duty, course(catalogue, "other")))
    wanted = RecommendationFilters(mandatory=True)
    assert ids(recommender.recommend(NOBODY, TODAY, filters=wanted)) == ["duty"]


def test_a_role_gets_courses_that_close_its_gap(recommender: Recommender) -> None:
    picks = recommender.recommend(LearnerProfile(role_id="section-officer"), TODAY)
    assert len(picks) == len(set(ids(picks))) == 10
    for pick in picks[:5]:
        gap = reason(pick, ReasonKind.GAP)
        assert gap.competency_id is not None
        assert gap.held_level == 0 < gap.level
        assert gap.required_level in {3, 4}


def test_what_was_built_is_no_reason_any_more(catalogue: Catalogue) -> None:
    first, again, other = (
        course(catalogue, "first"),
        course(catalogue, "again"),
        course(catalogue, "other", competencies=("team-leadership",)),
    )
    recommender = Recommender(small(catalogue, first, again, other))
    profile = LearnerProfile(role_id="section-officer", completed=("first",))
    picks = recommender.recommend(profile, TODAY)
    assert ids(picks) == ["other", "again"]
    assert ReasonKind.GAP not in kinds(picks[1])
    gaps = {gap.competency_id: gap.held_level for gap in recommender.gaps(profile)}
    assert gaps["communication"] == 2


def test_the_next_level_follows_the_one_finished(catalogue: Catalogue) -> None:
    easy, middle, hard = (
        course(catalogue, level, level=level) for level in ("beginner", "intermediate", "advanced")
    )
    recommender = Recommender(small(catalogue, easy, middle, hard), weights=Weights(gap=0))
    assert ids(recommender.recommend(NOBODY, TODAY))[0] == "beginner"
    picks = recommender.recommend(LearnerProfile(completed=("beginner",)), TODAY)
    assert ids(picks) == ["intermediate", "advanced"]
    step = reason(picks[0], ReasonKind.NEXT_LEVEL)
    assert (step.competency_id, step.held_level, step.level) == ("communication", 2, 3)


def test_mandated_courses_come_first_by_deadline(recommender: Recommender) -> None:
    a, b, c = recommender.course_ids[:3]
    mandated = {a: TODAY + timedelta(days=9), b: TODAY - timedelta(days=1), c: TODAY}
    picks = recommender.recommend(
        LearnerProfile(role_id="director", mandated=mandated, in_progress=(c,)), TODAY
    )
    assert ids(picks)[:3] == [b, c, a]
    assert picks[0].reasons[0] == Reason(ReasonKind.OVERDUE, deadline=mandated[b])
    assert picks[1].reasons[0] == Reason(ReasonKind.MANDATED, deadline=TODAY)
    assert picks[1].reasons[1] == Reason(ReasonKind.IN_PROGRESS)
    assert len(picks) == 10


def test_a_mandated_course_that_the_catalogue_lacks_is_kept_unless_filtered(
    recommender: Recommender,
) -> None:
    profile = LearnerProfile(mandated={"do_new": TODAY})
    assert ids(recommender.recommend(profile, TODAY))[0] == "do_new"
    assert ids(recommender.recommend(profile, TODAY, limit=1)) == ["do_new"]
    shorter = recommender.recommend(profile, TODAY, filters=RecommendationFilters(max_minutes=60))
    assert "do_new" not in ids(shorter)


def test_completed_disliked_and_retired_courses_never_appear_even_if_mandated(
    catalogue: Catalogue,
) -> None:
    done, unwanted, retired, begun, gone = [*sorted(catalogue.courses)[:4], "do_gone"]
    recommender = Recommender(catalogue, retired=[retired, gone])
    profile = LearnerProfile(
        role_id="section-officer",
        completed=(done,),
        disliked=(unwanted,),
        in_progress=(begun,),
        mandated=dict.fromkeys((done, unwanted, retired, gone), TODAY),
    )
    everything = ids(recommender.recommend(profile, TODAY, limit=1000))
    assert set(everything) == set(catalogue.courses) - {done, unwanted, retired, begun}


def test_every_recommendation_has_a_reason(recommender: Recommender) -> None:
    for role_id in (None, "section-officer", "joint-secretary"):
        for pick in recommender.recommend(LearnerProfile(role_id=role_id), TODAY, limit=1000):
            assert pick.reasons


def test_filters_hold_for_all(catalogue: Catalogue, recommender: Recommender) -> None:
    long = max(catalogue.courses.values(), key=lambda x: x.duration_seconds)
    profile = LearnerProfile(role_id="section-officer", mandated={long.id: TODAY})
    for pick in recommender.recommend(
        profile, TODAY, filters=RecommendationFilters(max_minutes=45)
    ):
        assert catalogue.courses[pick.course_id].duration_seconds <= 45 * 60
        assert reason(pick, ReasonKind.SHORT).minutes <= 45
    tamil = recommender.recommend(profile, TODAY, filters=RecommendationFilters(language="ta"))
    assert tamil
    assert all("ta" in catalogue.course_languages(pick.course_id) for pick in tamil)
    for wanted in ({"level": "advanced"}, {"provider": long.provider}):
        picks = recommender.recommend(profile, TODAY, filters=RecommendationFilters(**wanted))
        assert picks
        for name, value in wanted.items():
            assert {getattr(catalogue.courses[pick.course_id], name) for pick in picks} == {value}
    rti = recommender.recommend(
        profile, TODAY, filters=RecommendationFilters(competency_id="rti-matters")
    )
    assert all("rti-matters" in catalogue.courses[key].competencies for key in ids(rti))
    assert len(rti) == 3
    nothing = RecommendationFilters(language="ta", max_minutes=1)
    assert recommender.recommend(profile, TODAY, filters=nothing) == []


def test_a_course_of_unknown_length_is_not_called_short(catalogue: Catalogue) -> None:
    recommender = Recommender(small(catalogue, course(catalogue, "a", duration_seconds=0)))
    assert recommender.recommend(NOBODY, TODAY, filters=RecommendationFilters(max_minutes=30)) == []
    assert ReasonKind.SHORT not in kinds(recommender.recommend(NOBODY, TODAY)[0])


def test_similar_courses_share_content_and_leave_the_plan_aside(
    catalogue: Catalogue, recommender: Recommender
) -> None:
    mandated = {recommender.course_ids[0]: TODAY}
    picks = recommender.recommend(
        LearnerProfile(role_id="director", mandated=mandated),
        TODAY,
        filters=RecommendationFilters(similar_to="sathi_dpdp_act"),
    )
    wanted = set(catalogue.courses["sathi_dpdp_act"].competencies)
    assert all(wanted & set(catalogue.courses[key].competencies) for key in ids(picks))
    assert recommender.course_ids[0] not in ids(picks)
    assert "sathi_dpdp_act" not in ids(picks)
    assert reason(picks[0], ReasonKind.SIMILAR).course_id == "sathi_dpdp_act"


def test_unknown_courses_and_competencies_in_filters_are_errors(recommender: Recommender) -> None:
    with pytest.raises(UnknownCourseError, match="do_none"):
        recommender.recommend(NOBODY, TODAY, filters=RecommendationFilters(similar_to="do_none"))
    with pytest.raises(UnknownCompetencyError, match="flying"):
        recommender.recommend(NOBODY, TODAY, filters=RecommendationFilters(competency_id="flying"))


def test_unknown_ids_of_a_profile_are_passed_over(recommender: Recommender) -> None:
    strange = LearnerProfile(
        role_id="no-such-role",
        completed=("do_1",),
        in_progress=("do_2",),
        interests=("flying", "do_3"),
        languages=("xx",),
        liked=("do_4",),
        disliked=("do_5",),
    )
    assert len(recommender.recommend(strange, TODAY)) == 10


@pytest.mark.parametrize("limit", [0, -1])
def test_nothing_is_recommended_for_no_limit(recommender: Recommender, limit: int) -> None:
    profile = LearnerProfile(mandated={"do_new": TODAY, recommender.course_ids[0]: TODAY})
    assert recommender.recommend(profile, TODAY, limit=limit) == []


def test_interests_lead(recommender: Recommender) -> None:
    picks = recommender.recommend(LearnerProfile(interests=("disaster-management",)), TODAY, 5)
    for pick in picks:
        assert reason(pick, ReasonKind.INTEREST).competency_id == "disaster-management"


def test_content_vectors_decide_what_is_close(catalogue: Catalogue) -> None:
    courses = [course(catalogue, key) for key in ("a", "b", "c", "d")]
    vectors = dict(zip("abcd", np.eye(2, dtype=np.float32)[[0, 0, 1, 1]], strict=True))
    recommender = Recommender(small(catalogue, *courses), vectors)
    near = recommender.recommend(NOBODY, TODAY, filters=RecommendationFilters(similar_to="c"))
    assert ids(near) == ["d"]
    liked = recommender.recommend(LearnerProfile(liked=("a",)), TODAY)
    assert ids(liked)[0] == "b"
    assert reason(liked[ids(liked).index("b")], ReasonKind.LIKE_TAKEN).course_id == "a"
    disliked = recommender.recommend(LearnerProfile(disliked=("a",)), TODAY)
    assert ids(disliked)[-1] == "b"
    interested = recommender.recommend(LearnerProfile(interests=("c",)), TODAY)
    assert reason(interested[1], ReasonKind.INTEREST).course_id == "c"


def test_vectors_of_different_lengths_are_refused(catalogue: Catalogue) -> None:
    a, b = sorted(catalogue.courses)[:2]
    with pytest.raises(ValueError, match="shape"):
        Recommender(catalogue, {a: np.zeros(3), b: np.zeros(4)})


def test_the_list_varies(catalogue: Catalogue) -> None:
    twins = [course(catalogue, key) for key in ("a1", "a2", "a3")]
    other = course(catalogue, "z", competencies=("digital-fluency",), duration_seconds=3700)
    everything = small(catalogue, *twins, other)
    varied = Recommender(everything).recommend(NOBODY, TODAY)
    assert ids(varied)[1] == "z"
    plain = Recommender(everything, weights=Weights(variety=0)).recommend(NOBODY, TODAY)
    assert ids(plain)[-1] == "z"


def test_a_language_the_learner_reads_counts(catalogue: Catalogue) -> None:
    courses = [
        course(catalogue, key, language=language)
        for key, language in (("a", "en"), ("b", "en"), ("c", "hi"), ("d", "en"), ("e", "ta"))
    ]
    recommender = Recommender(small(catalogue, *courses))
    picks = recommender.recommend(LearnerProfile(languages=("hi", "ta")), TODAY)
    assert ids(picks)[:2] == ["c", "e"]
    assert reason(picks[0], ReasonKind.LANGUAGE).language == "hi"
    assert ReasonKind.LANGUAGE not in kinds(picks[1])


def test_few_ratings_weigh_less_than_many(catalogue: Catalogue) -> None:
    courses = [course(catalogue, key) for key in ("few", "many", "none", "poor")]
    ratings = {"few": Rating(5.0, 1), "many": Rating(4.8, 500), "poor": Rating(2.0, 500)}
    recommender = Recommender(small(catalogue, *courses), ratings=ratings)
    picks = recommender.recommend(NOBODY, TODAY)
    assert ids(picks)[0] == "many"
    assert ids(picks)[-1] == "poor"
    assert reason(picks[0], ReasonKind.RATED).rating == 4.8
    assert all(ReasonKind.RATED not in kinds(pick) for pick in picks[1:])


def test_popular_courses_lead_where_nothing_is_known(catalogue: Catalogue) -> None:
    a, b, c = sorted(catalogue.courses)[:3]
    counts = {a: 5, b: 900, c: 40, "do_unknown": 5000}
    recommender = Recommender(catalogue, enrolment_counts=counts)
    picks = recommender.recommend(NOBODY, TODAY)
    assert ids(picks)[0] == b
    assert reason(picks[0], ReasonKind.POPULAR).learners == 900
    assert "do_unknown" not in recommender.course_ids


def test_courses_that_only_the_log_knows_are_recommended_if_wanted(catalogue: Catalogue) -> None:
    rows = [(f"u{i}", key, float(i)) for i in range(20) for key in ("do_x", "do_y")]
    log = make_log(rows)
    model = ItemKnn(log, shrinkage=1.0)
    counts = {"do_x": 20, "do_y": 20}
    recommender = Recommender(
        catalogue, enrolment_counts=counts, collaborative=model, beyond_catalogue=True
    )
    picks = recommender.recommend(LearnerProfile(completed=("do_x",)), TODAY)
    assert ids(picks)[0] == "do_y"
    assert reason(picks[0], ReasonKind.TAKEN_TOGETHER).course_id == "do_x"


def test_others_choices_count_for_learners_with_a_history(catalogue: Catalogue) -> None:
    a, b, c = sorted(catalogue.courses)[:3]
    log = make_log([(f"u{i}", key, float(i)) for i in range(20) for key in (a, b)])
    recommender = Recommender(catalogue, collaborative=ItemKnn(log, shrinkage=1.0))
    assert ids(recommender.recommend(LearnerProfile(completed=(a,)), TODAY))[0] == b
    assert ids(recommender.recommend(LearnerProfile(completed=(c,)), TODAY))[0] != b


@pytest.mark.parametrize(
    ("profile", "questions"),
    [
        (LearnerProfile(), (QuestionKind.ROLE, QuestionKind.TOPIC)),
        (LearnerProfile(role_id="no-such"), (QuestionKind.ROLE, QuestionKind.TOPIC)),
        (LearnerProfile(completed=("do_unknown",)), (QuestionKind.ROLE, QuestionKind.TOPIC)),
        (LearnerProfile(interests=("rti-matters",)), (QuestionKind.ROLE,)),
        (LearnerProfile(interests=("sathi_dpdp_act",)), (QuestionKind.ROLE,)),
        (LearnerProfile(role_id="director"), ()),
        (LearnerProfile(in_progress=("sathi_dpdp_act",)), ()),
    ],
)
def test_only_learners_of_whom_nothing_is_known_are_asked(
    recommender: Recommender, profile: LearnerProfile, questions: tuple[QuestionKind, ...]
) -> None:
    assert recommender.questions_needed(profile) == questions


def test_an_empty_catalogue_recommends_nothing() -> None:
    recommender = Recommender(Catalogue())
    assert recommender.recommend(LearnerProfile(role_id="director"), TODAY) == []


@pytest.mark.parametrize("value", [-1.0, float("nan")])
def test_weights_that_make_no_sense_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="the weight gap"):
        Weights(gap=value)


def test_one_recommendation_takes_less_than_50_ms_for_2400_courses(catalogue: Catalogue) -> None:
    random = np.random.default_rng(0)
    many = small(
        catalogue,
        *(
            original.model_copy(update={"id": f"{original.id}-{copy}"})
            for copy in range(12)
            for original in catalogue.courses.values()
        ),
    )
    keys = sorted(many.courses)
    vectors = random.normal(size=(len(keys), 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = [(f"u{i // 10}", key, float(i)) for i, key in enumerate(random.choice(keys, 20_000))]
    log = make_log(rows)
    counts = dict(zip(log.courses, log.counts().tolist(), strict=True))
    recommender = Recommender(
        many, dict(zip(keys, vectors, strict=True)), None, counts, ItemKnn(log)
    )
    assert len(recommender.course_ids) == 2400
    profile = LearnerProfile(
        role_id="section-officer",
        completed=tuple(keys[:300:10]),
        interests=("rti-matters", keys[7]),
        languages=("hi", "en"),
        disliked=(keys[3],),
    )
    seconds = []
    for _ in range(15):
        start = time.perf_counter()
        assert len(recommender.recommend(profile, TODAY)) == 10
        seconds.append(time.perf_counter() - start)
    assert np.median(seconds) < 0.05
