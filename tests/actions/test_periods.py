"""Certificates of a month or a year."""

from __future__ import annotations

from datetime import date

import pytest

from bot.actions.certificate_actions import ActionMyCertificates
from bot.actions.learner_views import INDIA
from bot.actions.rendering import render
from bot.actions.services import Services
from connectors.platform.linking import Chat
from tests.actions.conftest import Run
from tests.actions.test_learner_actions import link

CHAT = Chat("rest", "a-chat-nobody-can-guess")


def entities(**values: object) -> list[dict]:
    return [{"entity": k, "value": v, "start": 0, "end": 1} for k, v in values.items()]


@pytest.mark.parametrize(
    ("named", "first", "last"),
    [
        ({"month": 3, "year": 2026}, "2026-03-01", "2026-03-31"),
        ({"month": 2, "year": 2024}, "2024-02-01", "2024-02-29"),
        ({"month": 11}, "2026-11-01", "2026-11-30"),
        ({"month": 12}, "2025-12-01", "2025-12-31"),
        ({"year": 2025}, "2025-01-01", "2025-12-31"),
        ({"period": "this_month"}, "2026-11-01", "2026-11-30"),
        ({"period": "last_month"}, "2026-10-01", "2026-10-31"),
        ({"period": "last_year"}, "2025-01-01", "2025-12-31"),
        ({"period": "next_month"}, "2026-12-01", "2026-12-31"),
    ],
)
def test_only_certificates_of_the_days_named_are_listed(
    run: Run, services: Services, learner_ids: list[str], named: dict, first: str, last: str
) -> None:
    learner_id = max(learner_ids[:80], key=lambda x: len(services.platform.certificates(x)))
    link(services, learner_id)
    facts = run(ActionMyCertificates(), "certificates", entities(**named))[0][0]
    assert (facts["start"], facts["end"]) == (first, last)
    inside = {
        certificate.number
        for certificate in services.platform.certificates(learner_id)
        if date.fromisoformat(first)
        <= certificate.issued_on.astimezone(INDIA).date()
        <= date.fromisoformat(last)
    }
    shown = {certificate["number"] for certificate in facts.get("certificates", [])}
    assert shown <= inside
    assert len(shown) == min(10, len(inside))
    wording = {key: value for key, value in facts.items() if key != "response"}
    assert "20" in render(facts["response"], "en", wording)["text"]


@pytest.mark.parametrize("named", [{"month": 13}, {"month": "x"}, {"period": "some_day"}])
def test_what_is_no_period_lists_all(
    run: Run, services: Services, learner_ids: list[str], named: dict
) -> None:
    several = (x for x in learner_ids if len(services.platform.certificates(x)) > 1)
    link(services, next(several))
    facts = run(ActionMyCertificates(), "x", entities(**named))[0][0]
    assert facts["response"] == "utter_certificates"
