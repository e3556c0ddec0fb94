"""Accounts, the lock after wrong passwords, and sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from connectors.console import add_agent
from connectors.console.accounts import (
    AccountError,
    AccountService,
    Agent,
    LockedOutError,
    Role,
    WrongLoginError,
)
from connectors.console.audit import AuditLog
from connectors.platform.schema import utc_now
from tests.actions.console.conftest import PASSWORD, Clock


def try_wrong(accounts: AccountService, times: int, email: str = "asha@example.in") -> None:
    for _ in range(times):
        with pytest.raises(WrongLoginError):
            accounts.log_in(email, "wrong password")


def test_a_session_begins_with_the_right_password(accounts: AccountService, agent: Agent) -> None:
    value = accounts.log_in(" ASHA@example.in ", PASSWORD)
    assert accounts.session(value).agent == agent
    assert accounts.session("x" + value[1:]) is None


def test_neither_password_nor_cookie_can_be_read_in_the_database(
    accounts: AccountService, agent: Agent, engine: Engine, tmp_path: Path
) -> None:
    value = accounts.log_in(agent.email, PASSWORD)
    engine.dispose()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("sathi.db*"))
    assert b"$argon2id$" in content
    assert PASSWORD.encode() not in content
    assert value.encode() not in content


@pytest.mark.parametrize("email", ["asha@example.in", "nobody@example.in"])
def test_five_wrong_passwords_lock_an_address_for_a_quarter_of_an_hour(
    accounts: AccountService, agent: Agent, clock: Clock, email: str
) -> None:
    try_wrong(accounts, 5, email)
    with pytest.raises(LockedOutError):
        accounts.log_in(email, PASSWORD)
    clock.pass_by(minutes=14)
    with pytest.raises(LockedOutError):
        accounts.log_in(email, PASSWORD)
    clock.pass_by(minutes=2)
    if email == agent.email:
        assert accounts.log_in(email, PASSWORD)
    else:
        try_wrong(accounts, 1, email)


def test_wrong_passwords_far_apart_do_not_lock(
    accounts: AccountService, agent: Agent, clock: Clock
) -> None:
    for _ in range(8):
        try_wrong(accounts, 1)
        clock.pass_by(minutes=3)
    assert accounts.log_in(agent.email, PASSWORD)


def test_the_right_password_empties_the_count(accounts: AccountService, agent: Agent) -> None:
    try_wrong(accounts, 4)
    accounts.log_in(agent.email, PASSWORD)
    try_wrong(accounts, 4)
    assert accounts.log_in(agent.email, PASSWORD)


def test_many_at_once_get_no_more_guesses(accounts: AccountService, agent: Agent) -> None:
    def guess(_: int) -> type[Exception] | None:
        try:
            accounts.log_in(agent.email, "wrong password")
        except (WrongLoginError, LockedOutError) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(guess, range(16)))
    assert outcomes.count(WrongLoginError) == 5
    assert outcomes.count(LockedOutError) == 11


def test_the_session_of_before_ends_at_log_in(accounts: AccountService, agent: Agent) -> None:
    planted = accounts.log_in(agent.email, PASSWORD)
    value = accounts.log_in(agent.email, PASSWORD, ["x", planted])
    assert value != planted
    assert accounts.session(planted) is None
    assert accounts.session(value) is not None


def test_a_session_ends_after_half_an_hour_of_rest_and_twelve_hours_of_work(
    accounts: AccountService, agent: Agent, clock: Clock
) -> None:
    value = accounts.log_in(agent.email, PASSWORD)
    for _ in range(28):
        clock.pass_by(minutes=25)
        assert accounts.session(value) is not None
    clock.pass_by(minutes=25)
    assert accounts.session(value) is None
    value = accounts.log_in(agent.email, PASSWORD)
    clock.pass_by(minutes=31)
    assert accounts.session(value) is None


def test_a_page_that_renews_itself_keeps_no_session_alive(
    accounts: AccountService, agent: Agent, clock: Clock
) -> None:
    value = accounts.log_in(agent.email, PASSWORD)
    for _ in range(29):
        clock.pass_by(minutes=1)
        assert accounts.session(value, keep=False) is not None
    clock.pass_by(minutes=2)
    assert accounts.session(value, keep=False) is None


def test_a_password_is_changed_by_who_knows_the_old_one(
    accounts: AccountService, agent: Agent
) -> None:
    value = accounts.log_in(agent.email, PASSWORD)
    with pytest.raises(AccountError, match="12 characters"):
        accounts.change_password(agent, PASSWORD, "short")
    for _ in range(5):
        with pytest.raises(WrongLoginError):
            accounts.change_password(agent, "wrong password", "a new long one")
    with pytest.raises(LockedOutError):
        accounts.change_password(agent, PASSWORD, "a new long one")
    assert accounts.session(value) is not None


def test_a_session_ends_with_log_out_a_new_role_and_a_new_password(
    accounts: AccountService, agent: Agent, admin: Agent
) -> None:
    for end in (
        accounts.log_out,
        lambda _: accounts.change(agent.id, Role.LEAD, True, admin.id),
        lambda _: accounts.set_password(agent.id, PASSWORD, admin.id),
    ):
        value = accounts.log_in(agent.email, PASSWORD)
        end(value)
        assert accounts.session(value) is None


def test_who_may_no_longer_log_in_cannot(
    accounts: AccountService, agent: Agent, admin: Agent
) -> None:
    value = accounts.log_in(agent.email, PASSWORD)
    accounts.change(agent.id, Role.AGENT, False, admin.id)
    assert accounts.session(value) is None
    try_wrong(accounts, 1)
    with pytest.raises(WrongLoginError):
        accounts.log_in(agent.email, PASSWORD)


def test_the_last_admin_stays(accounts: AccountService, admin: Agent) -> None:
    for role, active in ((Role.LEAD, True), (Role.ADMIN, False)):
        with pytest.raises(AccountError, match="admin"):
            accounts.change(admin.id, role, active, admin.id)
    assert accounts.find(admin.id) == admin


@pytest.mark.parametrize(
    ("name", "email", "password", "problem"),
    [
        ("", "a@b.in", PASSWORD, "name"),
        ("A", "a b", PASSWORD, "e-mail"),
        ("A", "a@b.in", "short", "12 characters"),
        ("A", "ASHA@example.in", PASSWORD, "already"),
    ],
)
def test_accounts_that_cannot_be_made(
    accounts: AccountService, agent: Agent, name: str, email: str, password: str, problem: str
) -> None:
    with pytest.raises(AccountError, match=problem):
        accounts.add(name, email, Role.AGENT, password)


def test_changes_are_in_the_audit_log(
    accounts: AccountService, agent: Agent, admin: Agent, audit: AuditLog
) -> None:
    accounts.log_in(agent.email, PASSWORD)
    accounts.change(agent.id, Role.LEAD, True, admin.id)
    entries = [(e.who, e.action, e.target) for _, e in audit.latest(10)]
    try_wrong(accounts, 1)
    try_wrong(accounts, 1, "nobody@example.in")
    accounts.log_out(accounts.log_in(agent.email, PASSWORD))
    assert [(e.who, e.action, e.target) for _, e in audit.latest(3)] == [
        ("Asha", "log out", f"agent {agent.id}"),
        ("Asha", "log in", f"agent {agent.id}"),
        (None, "failed log in", f"agent {agent.id}"),
    ]
    assert entries[:2] == [
        ("Arun", "account.active.lead", f"agent {agent.id}"),
        ("Asha", "log in", f"agent {agent.id}"),
    ]
    assert entries[-1] == (None, "account.add", f"agent {agent.id}")


def test_a_refused_change_leaves_no_trace(
    accounts: AccountService, admin: Agent, audit: AuditLog
) -> None:
    before = audit.latest(10)
    with pytest.raises(AccountError):
        accounts.change(admin.id, Role.AGENT, True, admin.id)
    assert audit.latest(10) == before


def test_the_command_line_makes_an_account_once(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    engine: Engine,
) -> None:
    monkeypatch.setenv("SATHI_DATABASE", f"sqlite:///{tmp_path / 'sathi.db'}")
    monkeypatch.setenv("SATHI_AGENT_PASSWORD", f" {PASSWORD}\n")
    assert add_agent.main(["Lata", "lata@example.in"]) == 0
    assert "Password" not in capsys.readouterr().out
    assert AccountService(engine, AuditLog(engine, utc_now), utc_now).log_in(
        "lata@example.in", PASSWORD
    )
    monkeypatch.delenv("SATHI_AGENT_PASSWORD")
    assert add_agent.main(["Arun", "arun@example.in", "--role", "admin"]) == 0
    assert "Password (shown this once):" in capsys.readouterr().out
    assert add_agent.main(["Arun", "arun@example.in"]) == 1
    assert "already" in capsys.readouterr().err
    with engine.connect() as connection:
        roles = connection.execute(text("SELECT role FROM agents ORDER BY id")).scalars().all()
        assert roles == ["agent", "admin"]
