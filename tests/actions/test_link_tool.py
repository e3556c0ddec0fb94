"""``make link``: what an operator gets for a learner."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert

from connectors.platform import schema
from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.linking import Chat, LinkService
from connectors.platform.schema import utc_now
from tools.link import main

SECRET = "s" * 40


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'sathi.db'}"
    monkeypatch.setenv("SATHI_DATABASE", url)
    monkeypatch.setenv("SATHI_LINK_SECRET", SECRET)
    for name in ("SATHI_PUBLIC_URL", "TELEGRAM_BOT_NAME", "SATHI_WHATSAPP_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    engine = open_database(url)
    migrate(engine)
    person = {"id": "asha", "first_name": "Asha", "last_name": "Rao", "department_id": 1}
    with transaction(engine) as connection:
        connection.execute(insert(schema.departments), {"id": 1, "name": "Posts"})
        connection.execute(
            insert(schema.learners), person | {"languages": ["en"], "target_minutes": 60}
        )
    engine.dispose()
    return url


def test_it_prints_a_link_for_each_chat_that_is_configured(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_NAME", "SathiTestBot")
    monkeypatch.setenv("SATHI_WHATSAPP_NUMBER", "+919876543210")
    assert main(["asha"]) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    token = printed[-1][-1]
    assert [words[:-1] for words in printed] == [
        ["web"], ["telegram"], ["whatsapp"], ["any", "chat", "/start"],
    ]  # fmt: skip
    assert printed[0][-1].endswith(f"/#link={token}")
    assert printed[1][-1] == f"https://t.me/SathiTestBot?start={token}"
    assert printed[2][-1] == f"https://wa.me/919876543210?text=LINK%20{token}"
    links = LinkService(open_database(database), SECRET, utc_now)
    assert links.redeem(token, Chat("telegram", "telegram-501")) == "asha"


def test_without_names_there_is_the_page_alone(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["asha"]) == 0
    printed = capsys.readouterr().out
    assert "t.me" not in printed
    assert "wa.me" not in printed


@pytest.mark.parametrize("name", ["nobody", ""])
def test_an_unknown_learner_gets_none(
    database: str, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main([name]) == 1
    assert "link=" not in capsys.readouterr().out


def test_a_wrong_name_is_told_before_a_link_is_issued(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SATHI_WHATSAPP_NUMBER", "none")
    assert main(["asha"]) == 1
    assert "SATHI_WHATSAPP_NUMBER" in capsys.readouterr().err
