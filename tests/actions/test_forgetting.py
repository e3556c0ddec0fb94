"""What is said, and asked of channels, when somebody has their data deleted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from bot.actions.account_actions import ActionConfirmForget
from bot.actions.erasure import ConversationEraser
from bot.actions.rendering import render
from bot.actions.services import Services
from bot.actions.stored_conversations import StoredConversations
from connectors.helpdesk.records import TicketRequest
from connectors.platform.database import transaction
from connectors.platform.linking import Chat
from connectors.platform.schema import tickets
from tests.actions.conftest import NOW, Run

CHAT = Chat("telegram", "telegram-9198123")


def test_the_channel_is_asked_to_erase_what_it_keeps(run: Run, services: Services) -> None:
    run(ActionConfirmForget(), "yes", sender=CHAT.sender_id, channel=CHAT.channel)
    engine = services.outbox._engine
    later = ConversationEraser(
        engine, StoredConversations(engine), lambda: NOW + timedelta(minutes=1)
    )
    (erasure,) = later.of_channel("telegram")
    assert (erasure.sender_id, erasure.requested_on) == (CHAT.sender_id, NOW)


def test_who_had_a_ticket_at_another_desk_is_told_that_it_keeps_a_copy(
    run: Run, services: Services
) -> None:
    desk, key = services.helpdesk.desk, services.links.chat_key(CHAT)
    here, there = (desk.open(TicketRequest(CHAT, key, subject, "en")) for subject in ("one", "two"))
    with transaction(services.outbox._engine) as connection:
        connection.execute(update(tickets).where(tickets.c.id == there).values(remote_id="5"))
    messages, _ = run(ActionConfirmForget(), "yes", sender=CHAT.sender_id, channel=CHAT.channel)
    text = render("utter_forgotten", "en", messages[0])["text"]
    assert f"The helpdesk keeps a copy of its own of {there}." in text
    assert services.settings.helpdesk_contact in text
    assert here not in text
    # Asked again nothing is left to name.
    messages, _ = run(ActionConfirmForget(), "yes", sender=CHAT.sender_id, channel=CHAT.channel)
    assert "copy" not in render("utter_forgotten", "en", messages[0])["text"]
