"""Two people of the helpdesk who take the same ticket: one has it, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.console.accounts import AccountService, Agent, Role
from connectors.console.services import ConsoleServices
from connectors.console.ticket_pages import desk_agent
from connectors.helpdesk.records import TicketRequest
from connectors.platform.linking import Chat
from tests.actions.console.conftest import PASSWORD, Browser

Open = Callable[[Agent | None], Browser]


@pytest.fixture
def ticket(services: ConsoleServices) -> str:
    request = TicketRequest(
        Chat("telegram", "1001"), "1001" * 16, "asked_for_person", "hi", converses=True
    )
    return services.desk.open(request)


@pytest.fixture
def second_lead(accounts: AccountService) -> Agent:
    return accounts.add("Om", "om@example.in", Role.LEAD, PASSWORD)


def test_of_two_who_press_at_the_same_instant_one_is_told_who_has_it(
    browser: Open, lead: Agent, second_lead: Agent, ticket: str, services: ConsoleServices
) -> None:
    people = {lead: browser(lead), second_lead: browser(second_lead)}
    for one in people.values():
        assert one.get(f"/tickets/{ticket}").status_code == 200
    start = threading.Barrier(2)

    def press(one: Browser) -> tuple[int, str]:
        start.wait()
        answer = one.post(f"/tickets/{ticket}/take", instead_of="")
        return answer.status_code, answer.text

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(people, pool.map(press, people.values()), strict=True))
    (loser,) = [who for who, (status, _) in answers.items() if status == 409]
    (winner,) = [who for who, (status, _) in answers.items() if status == 303]
    assert f"{winner.name} has taken the conversation meanwhile." in answers[loser][1]
    assert services.desk.ticket(ticket).held_by == desk_agent(winner).id


def test_who_may_take_over_names_whom_from_as_the_page_did(
    browser: Open,
    agent: Agent,
    lead: Agent,
    second_lead: Agent,
    ticket: str,
    services: ConsoleServices,
) -> None:
    services.desk.take(ticket, desk_agent(agent))
    one, other = browser(lead), browser(second_lead)
    for page in (one.get(f"/tickets/{ticket}"), other.get(f"/tickets/{ticket}")):
        assert f'name="instead_of" value="{desk_agent(agent).id}"' in page.text
    field = {"instead_of": desk_agent(agent).id}
    assert one.post(f"/tickets/{ticket}/take", **field).status_code == 303
    late = other.post(f"/tickets/{ticket}/take", **field)
    assert late.status_code == 409
    assert "Lata has taken the conversation meanwhile." in late.text
    assert services.desk.ticket(ticket).held_by == desk_agent(lead).id


def test_an_agent_who_comes_late_is_told_so(
    browser: Open, agent: Agent, lead: Agent, ticket: str, services: ConsoleServices
) -> None:
    one = browser(agent)
    one.get(f"/tickets/{ticket}")
    services.desk.take(ticket, desk_agent(lead))
    late = one.post(f"/tickets/{ticket}/take", instead_of="")
    assert late.status_code == 404
    assert "A colleague may have been quicker." in late.text
    assert services.desk.ticket(ticket).held_by == desk_agent(lead).id
