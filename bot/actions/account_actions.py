"""The chat's link to a learner, and what Sathi holds about it."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import TOKEN_MINUTES, SathiAction, Turn
from bot.actions.conversation import Pending, answered, entity_values, pending
from bot.actions.stored_conversations import SAID
from connectors.platform.linking import (
    LOCK_DURATION,
    ConfirmationNeededError,
    ExpiredTokenError,
    InvalidTokenError,
    LinkError,
    LockedError,
    NotPrivateError,
    UsedTokenError,
)
from connectors.platform.records import Learner

_LOCK_MINUTES = round(LOCK_DURATION.total_seconds() / 60)
_REFUSALS: dict[type[LinkError], str] = {
    NotPrivateError: "utter_private_chat_only",
    InvalidTokenError: "utter_link_invalid",
    ExpiredTokenError: "utter_link_expired",
    UsedTokenError: "utter_link_used",
    LockedError: "utter_link_locked",
}


def _refuse(turn: Turn, error: LinkError) -> None:
    minutes = _LOCK_MINUTES if isinstance(error, LockedError) else TOKEN_MINUTES
    turn.reply(_REFUSALS[type(error)], minutes=minutes)


def _learner(turn: Turn, learner_id: str) -> Learner:
    return turn.services.platform.learner(learner_id)


def _link(turn: Turn, token: str, confirmed: bool) -> list[EventType]:
    try:
        learner = _learner(turn, turn.services.links.redeem(token, turn.chat, confirmed))
    except ConfirmationNeededError as error:
        turn.reply(
            "utter_link_confirm",
            current=_learner(turn, error.current).full_name,
            name=_learner(turn, error.wanted).full_name,
        )
        return [pending(Pending.LINK), SlotSet("pending_token", token)]
    except LinkError as error:
        _refuse(turn, error)
        return [*answered(), SlotSet("pending_token", None)]
    turn.reply("utter_linked", name=learner.full_name, department=learner.department)
    return [*answered(), SlotSet("pending_token", None)]


class ActionLinkAccount(SathiAction):
    """Link the chat by a one-time token, or say how to."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_link_account"

    def act(self, turn: Turn) -> list[EventType]:
        """Redeem the token of the message."""
        tokens = entity_values(turn.tracker, "link_token")
        if tokens:
            return _link(turn, str(tokens[0]), confirmed=False)
        if not turn.chat.is_private:
            turn.reply("utter_private_chat_only")
        elif turn.learner_id is not None:
            turn.reply("utter_already_linked", name=_learner(turn, turn.learner_id).full_name)
        else:
            turn.reply("utter_link_how", minutes=TOKEN_MINUTES)
        return answered()


class ActionConfirmLink(SathiAction):
    """Replace the link after a yes."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_confirm_link"

    def act(self, turn: Turn) -> list[EventType]:
        """Redeem the token that waited."""
        return _link(turn, turn.tracker.get_slot("pending_token") or "", confirmed=True)


class ActionKeepAsIs(SathiAction):
    """Change nothing after a no."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_keep_as_is"

    def act(self, turn: Turn) -> list[EventType]:
        """Acknowledge."""
        turn.reply("utter_link_kept")
        return [*answered(), SlotSet("pending_token", None)]


class ActionUnlinkAccount(SathiAction):
    """Cut the link."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_unlink_account"

    def act(self, turn: Turn) -> list[EventType]:
        """Cut it, or say that there is none."""
        cut = turn.services.links.unlink(turn.chat)
        turn.reply("utter_unlinked" if cut else "utter_not_linked")
        return answered()


class ActionMyData(SathiAction):
    """Hand out all that is held about the chat."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_my_data"

    def act(self, turn: Turn) -> list[EventType]:
        """Write Sathi's tables and the conversation to a JSON file."""
        if not turn.chat.is_private:
            turn.reply("utter_private_chat_only")
            return []
        held = {
            **turn.services.links.export(turn.chat),
            "turns": turn.services.analytics.of_chat(turn.services.links.chat_key(turn.chat)),
            "slots": turn.tracker.current_slot_values(),
            "conversation": _conversation(turn),
        }
        content = json.dumps(held, ensure_ascii=False, indent=2).encode()
        document = turn.services.documents.add("sathi-data.json", "application/json", content)
        turn.reply("utter_my_data", document=document.to_facts())
        return answered()


def _conversation(turn: Turn) -> list[dict[str, Any]]:
    """Return all that was said: what is stored, and the turn that is not yet."""
    stored = turn.services.conversations.said(turn.chat.sender_id)
    running = [
        {"time": event["timestamp"], "from": event["event"], "text": event.get("text")}
        for event in turn.tracker.events
        if event["event"] in SAID and (not stored or event["timestamp"] > stored[-1]["time"])
    ]
    return stored + running


class ActionForgetMe(SathiAction):
    """Ask before everything is deleted."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_forget_me"

    def act(self, turn: Turn) -> list[EventType]:
        """Ask."""
        if not turn.chat.is_private:
            turn.reply("utter_private_chat_only")
            return []
        turn.reply("utter_forget_confirm")
        return [pending(Pending.FORGET)]


class ActionConfirmForget(SathiAction):
    """Delete everything after a yes."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_confirm_forget"

    def act(self, turn: Turn) -> list[EventType]:
        """Erase Sathi's tables now, the conversation once this turn is stored."""
        key = turn.services.links.chat_key(turn.chat)
        # Asked before, since the tickets go with the rest.
        copies = turn.services.helpdesk.desk.copied_elsewhere(key)
        turn.services.links.forget(turn.chat)
        turn.services.eraser.request(turn.chat)
        turn.reply("utter_forgotten", copies=copies, contact=turn.settings.helpdesk_contact)
        emptied = [
            SlotSet(name, None) for name in ("search", "pending_token", "quiz", "said_profile")
        ]
        return [*answered(), *emptied]
