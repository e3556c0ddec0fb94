from __future__ import annotations

import pytest
from sqlalchemy import Engine

from bot.actions.rendering import render
from connectors.helpdesk.factory import HelpdeskSettingError, open_helpdesk
from connectors.helpdesk.settings import HelpdeskSettings
from tests.actions.helpdesk.conftest import Clock


def test_nothing_has_to_be_set(engine: Engine, clock: Clock) -> None:
    helpdesk = open_helpdesk(HelpdeskSettings(_env_file=None), engine, clock, render)
    assert (helpdesk.forwarder, helpdesk.hook) == (None, None)
    assert helpdesk.hold.total_seconds() == 1800


CHATWOOT = {
    "helpdesk": "chatwoot",
    "chatwoot_url": "http://127.0.0.1:1",
    "chatwoot_inbox": "i",
    "chatwoot_webhook_secret": "s" * 32,
}
MAIL = {
    "helpdesk": "email",
    "smtp_host": "127.0.0.1",
    "helpdesk_mail_to": "a@example.org",
    "helpdesk_mail_from": "b@example.org",
}


@pytest.mark.parametrize(
    ("complete", "missing"),
    [(desk, name) for desk in (CHATWOOT, MAIL) for name in desk if name != "helpdesk"],
)
def test_what_a_desk_needs_is_named(
    engine: Engine, clock: Clock, complete: dict, missing: str
) -> None:
    assert open_helpdesk(HelpdeskSettings(_env_file=None, **complete), engine, clock, render)
    lacking = HelpdeskSettings(_env_file=None, **{**complete, missing: ""})
    with pytest.raises(HelpdeskSettingError, match=f"SATHI_{missing.upper()}"):
        open_helpdesk(lacking, engine, clock, render)


def test_a_short_webhook_secret_is_refused(engine: Engine, clock: Clock) -> None:
    settings = HelpdeskSettings(_env_file=None, **{**CHATWOOT, "chatwoot_webhook_secret": "s" * 31})
    with pytest.raises(HelpdeskSettingError, match="32"):
        open_helpdesk(settings, engine, clock, render)


def test_secrets_are_not_shown() -> None:
    settings = HelpdeskSettings(_env_file=None, **{**CHATWOOT, "smtp_password": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert "s" * 32 not in repr(settings)
