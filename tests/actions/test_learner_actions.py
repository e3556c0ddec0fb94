"""Progress, plans, certificates and recommendations of synthetic learners."""

from __future__ import annotations

import pytest

from bot.actions.answer_actions import ActionAnswerPlatform
from bot.actions.certificate_actions import ActionMyCertificates, ActionVerifyCertificate
from bot.actions.course_actions import ActionChooseItem
from bot.actions.progress_actions import ActionMyDeadlines, ActionMyHours, ActionMyProgress
from bot.actions.quiz_actions import ActionAnswerQuiz, ActionQuiz
from bot.actions.recommend_actions import ActionRecommend, ActionSimilarCourses
from bot.actions.refine_actions import ActionRejectItem, ActionShorterCourses
from bot.actions.rendering import render
from bot.actions.services import Services
from connectors.platform.diagnosis import Finding, diagnose_certificate, diagnose_progress
from connectors.platform.linking import Chat
from connectors.platform.records import PlatformUnavailableError, Status
from knowledge_base.languages import registry
from tests.actions.conftest import NOW, Run

CHAT = Chat("rest", "a-chat-nobody-can-guess")


def link(services: Services, learner_id: str) -> None:
    services.links.unlink(CHAT)
    services.links.redeem(services.links.issue(learner_id), CHAT)


@pytest.fixture
def with_courses(services: Services, learner_ids: list[str]) -> str:
    """Return a learner who has finished some courses and is in the middle of others."""
    for learner_id in learner_ids:
        states = {e.status for e in services.platform.enrolments(learner_id)}
        if states >= {Status.COMPLETED, Status.IN_PROGRESS}:
            return learner_id
    raise AssertionError("no such learner was made")


def entity(name: str, value: object) -> list[dict]:
    return [{"entity": name, "value": value, "start": 0, "end": 1}]


@pytest.mark.parametrize(
    ("action", "response"),
    [
        (ActionMyProgress(), "utter_link_for_progress"),
        (ActionMyCertificates(), "utter_link_for_certificates"),
        (ActionMyDeadlines(), "utter_link_how"),
        (ActionMyHours(), "utter_link_how"),
    ],
)
def test_an_unlinked_chat_sees_nothing(
    run: Run, services: Services, action: object, response: str, with_courses: str
) -> None:
    assert [m["response"] for m in run(action, "x")[0]] == [response]
    link(services, with_courses)
    strangers, _ = run(action, "x", sender="another-chat-nobody-can-guess")
    assert [m["response"] for m in strangers] == [response]
    in_group, _ = run(action, "x", metadata={"is_group": True})
    assert [m["response"] for m in in_group] == ["utter_private_chat_only"]


def test_progress_counts_every_enrolment_once_and_draws_a_picture(
    run: Run, services: Services, with_courses: str
) -> None:
    link(services, with_courses)
    messages, slots = run(ActionMyProgress(), "how far am I", locale="hi")
    facts = messages[0]
    counted = sum(facts[k] for k in ("completed", "in_progress", "not_started", "overdue"))
    assert counted == len(services.platform.enrolments(with_courses))
    document, content = services.documents.find(facts["document"]["id"])
    assert document.mime == "image/png"
    assert content.startswith(b"\x89PNG")
    assert len(content) <= 150_000
    assert slots["search"]["items"][0]["kind"] == "enrolment"


def test_every_open_course_is_explained_along_the_decision_tree(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    seen = set()
    for learner_id in learner_ids[:60]:
        link(services, learner_id)
        for number, enrolment in enumerate(services.platform.enrolments(learner_id)[:10], 1):
            if enrolment.status is not Status.IN_PROGRESS:
                continue
            progress = services.platform.progress(learner_id, enrolment.course_id)
            _, slots = run(ActionMyProgress(), "x")
            chosen = entity("item_number", number)
            messages, _ = run(ActionChooseItem(), "1", chosen, search=slots["search"])
            finding = diagnose_progress(progress).finding
            seen.add(finding)
            expected = {
                Finding.OPEN_RESOURCES: "utter_stuck_open",
                Finding.NOT_SYNCHRONISED: "utter_stuck_nothing_open",
                Finding.COMPLETE: "utter_stuck_complete",
            }[finding]
            assert messages[0]["response"] == expected
            if finding is Finding.OPEN_RESOURCES:
                names = [resource["name"] for resource in messages[0]["resources"]]
                assert names == [resource.name for resource in progress.open_resources]
    assert Finding.OPEN_RESOURCES in seen


def test_missing_certificates_are_explained_and_get_one_ticket(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    found = {}
    for learner_id in learner_ids:
        certificates = services.platform.certificates(learner_id)
        for enrolment in services.platform.enrolments(learner_id):
            progress = services.platform.progress(learner_id, enrolment.course_id)
            finding = diagnose_certificate(progress, certificates, NOW).finding
            found.setdefault(finding, (learner_id, enrolment.course_name))
    assert set(found) >= {Finding.ISSUED, Finding.STILL_GENERATING, Finding.NOT_ISSUED}
    learner_id, course = found[Finding.NOT_ISSUED]
    link(services, learner_id)
    question = f"my certificate for {course} has not been issued"
    tickets = {run(ActionAnswerPlatform(), question)[0][0].get("ticket") for _ in range(2)}
    assert len(tickets) == 1
    assert next(iter(tickets)).startswith("S-")


def test_a_certificate_is_rendered_in_its_language_and_can_be_verified(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    learner_id = next(x for x in learner_ids if services.platform.certificates(x))
    link(services, learner_id)
    certificate = services.platform.certificates(learner_id)[0]
    search = {"items": [{"kind": "certificate", "id": certificate.number}], "shown": 1}
    messages, _ = run(ActionChooseItem(), "1", entity("item_number", 1), search=search)
    assert messages[0]["response"] == "utter_certificate"
    assert services.documents.find(messages[0]["document"]["id"])[1].startswith(b"%PDF")
    shown = run(
        ActionVerifyCertificate(),
        "x",
        entity("certificate_number", certificate.number.lower()),
        sender="somebody-else-entirely-123",
    )[0][0]
    assert shown["response"] == "utter_verify_genuine"
    personal = {"learner_id", "department", "score", "email"}
    assert not personal & shown.keys()


def test_an_unknown_number_is_said_to_be_unknown(run: Run) -> None:
    messages, _ = run(ActionVerifyCertificate(), "x", entity("certificate_number", "XX-1-00"))
    assert (messages[0]["response"], messages[0]["number"]) == ("utter_verify_unknown", "XX-1-00")
    assert run(ActionVerifyCertificate(), "x")[0][0]["response"] == "utter_verify_ask"


def test_somebody_elses_certificate_is_not_opened_from_a_forged_list(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    owner, other = [x for x in learner_ids if services.platform.certificates(x)][:2]
    link(services, other)
    number = services.platform.certificates(owner)[0].number
    search = {"items": [{"kind": "certificate", "id": number}], "shown": 1}
    messages, _ = run(ActionChooseItem(), "1", entity("item_number", 1), search=search)
    assert messages[0]["response"] == "utter_verify_unknown"


def test_the_plan_counts_and_the_apar_half(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    learner_id = next(x for x in learner_ids if any(i.apar for i in services.platform.plan(x)))
    link(services, learner_id)
    facts = run(ActionMyDeadlines(), "what is due")[0][0]
    plan = services.platform.plan(learner_id)
    assert facts["total"] == len(plan)
    apar = [item for item in plan if item.apar]
    assert facts["apar"]["needed"] * 2 >= len(apar) > facts["apar"]["needed"] * 2 - 2


def test_recommendations_say_why_and_never_repeat_what_is_finished(
    run: Run, services: Services, learner_ids: list[str]
) -> None:
    for learner_id in learner_ids[:40]:
        link(services, learner_id)
        facts = run(ActionRecommend(), "what should I learn next")[0][0]
        if facts["response"] == "utter_recommend_done":
            continue
        enrolments = services.platform.enrolments(learner_id)
        finished = {e.course_id for e in enrolments if e.status is Status.COMPLETED}
        shown = [course["id"] for course in facts["courses"]]
        assert not finished & set(shown)
        assert not services.platform.unavailable(shown)
        assert all(course["reasons"] for course in facts["courses"])


def test_a_rejected_course_is_not_suggested_again(
    run: Run, services: Services, with_courses: str
) -> None:
    link(services, with_courses)
    first, slots = run(ActionRecommend(), "what next")
    rejected = first[0]["courses"][1]["id"]
    chosen = entity("item_number", 2)
    messages, slots = run(ActionRejectItem(), "not the second", chosen, search=slots["search"])
    assert messages[0]["response"] == "utter_item_rejected"
    again = run(ActionRecommend(), "what next")[0][0]
    assert rejected not in {course["id"] for course in again["courses"]}


def test_similar_and_shorter_courses(run: Run, services: Services) -> None:
    _, slots = run(ActionRecommend(), "suggest courses for a Section Officer")
    courses = services.knowledge_base.catalogue.courses
    longest = max(courses[i["id"]].duration_seconds for i in slots["search"]["items"][:5])
    shorter = run(ActionShorterCourses(), "shorter", search=slots["search"])[0][0]
    assert all(courses[c["id"]].duration_seconds < longest for c in shorter["courses"])
    similar = run(ActionSimilarCourses(), "something like the right to information course")[0][0]
    assert similar["response"] == "utter_similar"
    assert any("Information" in course["title"] for course in similar["courses"][:3])


def test_general_help_answers_when_the_chat_is_not_linked(run: Run) -> None:
    messages, _ = run(ActionAnswerPlatform(), "my certificate has not been issued")
    assert messages[0]["response"] == "utter_faq_source"


class Unreachable:
    """A platform that never answers."""

    def __getattr__(self, name: str) -> object:
        def fail(*_: object) -> None:
            raise PlatformUnavailableError("no answer")

        return fail


def test_a_platform_that_does_not_answer_is_told(
    run: Run, services: Services, with_courses: str
) -> None:
    link(services, with_courses)
    object.__setattr__(services, "platform", Unreachable())
    for action in (ActionMyProgress(), ActionMyCertificates(), ActionMyHours(), ActionRecommend()):
        messages, _ = run(action, "x")
        assert [m["response"] for m in messages] == ["utter_platform_unavailable"]
    messages, _ = run(ActionAnswerPlatform(), "my progress is stuck at 90%")
    assert messages[0]["response"] == "utter_faq_source"


@pytest.mark.parametrize("locale", [x for x in registry.locales() if x in ("en", "hi", "ta_Latn")])
def test_every_reply_is_worded(
    run: Run, services: Services, locale: str, with_courses: str
) -> None:
    link(services, with_courses)
    actions = (ActionMyProgress, ActionMyCertificates, ActionMyDeadlines, ActionMyHours)
    for action in (*actions, ActionRecommend):
        for reply in run(action(), "x", locale=locale)[0]:
            facts = {k: v for k, v in reply.items() if k != "response"}
            text = render(reply["response"], locale, facts)["text"]
            assert "{" not in text


def test_a_quiz_of_five_with_its_result(run: Run, services: Services) -> None:
    bank = services.knowledge_base.catalogue.quiz["en"]
    messages, slots = run(ActionQuiz(), "quiz me on the right to information act")
    for position in range(5):
        assert messages[-1]["response"] == "utter_quiz_question"
        assert (messages[-1]["number"], messages[-1]["total"]) == (position + 1, 5)
        assert slots["quiz_running"] is True
        question = bank[slots["quiz"]["questions"][position]]
        right = position < 3
        answer = question.answer if right else question.answer % len(question.options) + 1
        chosen = entity("item_number", answer)
        messages, slots = run(ActionAnswerQuiz(), str(answer), chosen, quiz=slots["quiz"])
        expected = "utter_quiz_right" if right else "utter_quiz_wrong"
        assert messages[0]["response"] == expected
    result = messages[-1]
    assert (result["response"], result["correct"], result["total"]) == ("utter_quiz_result", 3, 5)
    assert 1 <= len(result["passages"]) <= 2
    assert result["scores"]
    assert (slots["quiz"], slots["quiz_running"]) == (None, False)
    assert services.links.export(CHAT)["quiz_results"]


def test_an_answer_that_is_no_option_is_asked_again(run: Run) -> None:
    _, slots = run(ActionQuiz(), "quiz me on leave rules")
    for entities in ([], entity("item_number", 9), entity("item_number", "x")):
        messages, _ = run(ActionAnswerQuiz(), "hm", entities, quiz=slots["quiz"])
        assert [m["response"] for m in messages] == ["utter_quiz_which"]
    assert run(ActionAnswerQuiz(), "2")[1]["quiz_running"] is False
