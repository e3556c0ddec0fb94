"""Entries: written by one, reviewed by another, live by version."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert, select

from connectors.console.accounts import Agent
from connectors.console.audit import AuditLog
from connectors.console.faq import FaqError, FaqService, FaqStatus, FaqText
from connectors.platform.database import transaction
from connectors.platform.schema import unanswered_questions
from tests.actions.console.conftest import Clock

TEXT = FaqText("Where is the dark mode?", "In the profile.", ("too bright at night",))
TEXTS = {"en": TEXT, "hi": FaqText("डार्क मोड कहाँ है?", "प्रोफ़ाइल में।")}


@pytest.fixture
def question(engine: Engine, clock: Clock) -> int:
    row = {"chat_key": "k", "locale": "en", "text": "dark mode?", "asked_on": clock()}
    with transaction(engine) as connection:
        return connection.execute(insert(unanswered_questions), row).inserted_primary_key[0]


def answered_by(engine: Engine, question: int) -> int | None:
    query = select(unanswered_questions.c.faq_id).where(unanswered_questions.c.id == question)
    with transaction(engine) as connection:
        return connection.execute(query).scalar_one()


def test_an_entry_goes_live_by_somebody_else_only(
    faq: FaqService, agent: Agent, lead: Agent, admin: Agent
) -> None:
    own = faq.propose(TEXTS, lead)
    for reviewer, problem in ((agent, "a lead or an admin"), (lead, "than the author")):
        with pytest.raises(FaqError, match=problem):
            faq.approve(own, reviewer)
    assert faq.live().entries == {}
    version = faq.version()
    faq.approve(own, admin)
    live = faq.live()
    assert live.version == faq.version() > version
    entry = live.entries["en"][f"live-{own}"]
    assert (entry.question, entry.variants, entry.answer) == (
        TEXT.question,
        TEXT.variants,
        TEXT.answer,
    )
    assert set(live.entries) == {"en", "hi"}
    assert faq.find(own).texts == TEXTS


def test_an_entry_is_reviewed_once(faq: FaqService, agent: Agent, lead: Agent) -> None:
    number = faq.propose(TEXTS, agent)
    faq.reject(number, lead)
    with pytest.raises(FaqError, match="wait for review"):
        faq.approve(number, lead)
    assert faq.find(number).status is FaqStatus.REJECTED
    assert faq.live().entries == {}


def test_a_new_version_takes_the_place_of_the_old_one(
    faq: FaqService, agent: Agent, lead: Agent
) -> None:
    old = faq.propose({"en": TEXT}, agent)
    faq.approve(old, lead)
    new = faq.propose({"en": FaqText("Where is it?", "Gone.")}, agent, replaces_id=old)
    assert set(faq.live().entries["en"]) == {f"live-{old}"}
    faq.approve(new, lead)
    assert set(faq.live().entries["en"]) == {f"live-{new}"}
    assert faq.find(old).status is FaqStatus.RETIRED
    with pytest.raises(FaqError, match="only a live entry"):
        faq.propose({"en": TEXT}, agent, replaces_id=old)


def test_of_two_new_versions_one_goes_live(
    faq: FaqService, agent: Agent, lead: Agent, engine: Engine, question: int
) -> None:
    old = faq.propose({"en": TEXT}, agent, questions=[question])
    faq.approve(old, lead)
    one, two = (faq.propose({"en": FaqText("Q?", a)}, agent, old) for a in ("1", "2"))
    faq.approve(two, lead)
    with pytest.raises(FaqError, match="another new version"):
        faq.approve(one, lead)
    assert faq.find(one).status is FaqStatus.REVIEW
    assert set(faq.live().entries["en"]) == {f"live-{two}"}
    # The question waits again when the version is taken back that answers it now.
    assert answered_by(engine, question) == two
    faq.retire(two, lead)
    assert answered_by(engine, question) is None


def test_a_new_version_of_what_was_retired_may_go_live(
    faq: FaqService, agent: Agent, lead: Agent
) -> None:
    old = faq.propose({"en": TEXT}, agent)
    faq.approve(old, lead)
    new = faq.propose({"en": FaqText("Q?", "A.")}, agent, old)
    faq.retire(old, lead)
    faq.approve(new, lead)
    assert set(faq.live().entries["en"]) == {f"live-{new}"}


def test_a_question_that_has_an_entry_keeps_it(
    faq: FaqService, agent: Agent, engine: Engine, question: int
) -> None:
    first = faq.propose({"en": TEXT}, agent, questions=[question])
    faq.propose({"en": TEXT}, agent, questions=[question])
    assert answered_by(engine, question) == first


def test_a_retired_entry_is_gone(faq: FaqService, agent: Agent, lead: Agent) -> None:
    number = faq.propose({"en": TEXT}, agent)
    with pytest.raises(FaqError, match="not live"):
        faq.retire(number, lead)
    faq.approve(number, lead)
    version = faq.version()
    faq.retire(number, lead)
    assert faq.live().entries == {}
    assert faq.version() > version


def test_questions_wait_again_when_their_entry_is_not_taken(
    faq: FaqService, agent: Agent, lead: Agent, engine: Engine, question: int
) -> None:
    number = faq.propose({"en": TEXT}, agent, questions=[question])
    assert answered_by(engine, question) == number
    faq.reject(number, lead)
    assert answered_by(engine, question) is None
    number = faq.propose({"en": TEXT}, agent, questions=[question])
    faq.approve(number, lead)
    assert answered_by(engine, question) == number
    faq.retire(number, lead)
    assert answered_by(engine, question) is None


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({}, "at least one language"),
        ({"xx": TEXT}, "no language"),
        ({"hi_Latn": TEXT}, "no language"),
        ({"en": FaqText("Where?", " ")}, "English must both"),
        ({"en": FaqText("Where?", "Here.", ("x",) * 31)}, "at most 30"),
    ],
)
def test_entries_that_cannot_be_kept(
    faq: FaqService, agent: Agent, texts: dict[str, FaqText], problem: str
) -> None:
    with pytest.raises(FaqError, match=problem):
        faq.propose(texts, agent)
    assert faq.with_status(FaqStatus.REVIEW) == []


def test_the_audit_log_holds_no_texts(
    faq: FaqService, agent: Agent, lead: Agent, audit: AuditLog
) -> None:
    number = faq.propose(TEXTS, agent)
    faq.approve(number, lead)
    entries = [(entry.who, entry.action, entry.target) for _, entry in audit.latest(2)]
    assert entries == [
        ("Lata", "faq.live", f"faq {number}"),
        ("Asha", "faq.propose", f"faq {number}"),
    ]
