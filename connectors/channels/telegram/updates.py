"""What the bot reads of an update: the text, whose it is, and what the answer refers to."""

from __future__ import annotations

import logging
import re
from dataclasses import asdict, dataclass
from typing import Any, Optional

from telegram import CallbackQuery, Message, MessageEntity, Update, User
from telegram.ext import filters

from connectors.channels.telegram.addresses import sender_id
from connectors.channels.telegram.menus import command_text, is_known, known_language

logger = logging.getLogger(__name__)
ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.POLL_ANSWER,
    Update.MY_CHAT_MEMBER,
]
# Kind of message -> fields that tell it, the more special kinds first.
_UNREADABLE = {
    "voice": ("voice", "audio", "video_note"),
    "photo": ("photo", "video", "animation", "story", "paid_media"),
    "sticker": ("sticker", "dice"),
    "document": ("document",),
    "location": ("venue", "location"),
    "contact": ("contact",),
}
_OF_EVERY_MESSAGE = ("message_id", "date", "chat", "from", "message_thread_id", "is_topic_message")
_COMMAND = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?\s*(?P<argument>.*)", re.DOTALL)
_LOOSE_ENDS = " \t\r\n,:"


@dataclass(frozen=True)
class Reading:
    """What the bot needs to answer an update; kept in the journal until it is answered.

    Attributes:
        sender: the conversation it belongs to.
        text: what Rasa gets, empty when a button or poll says it.
        is_group: whether several people read the chat.
        language: language of the user's Telegram, if Sathi speaks it.
        reply_to: message that the answer shall point to.
        thread: topic of a group that the answer belongs to.
        query: id of a pressed button's callback query.
        button: id of what the button sends.
        message: message the button hangs on.
        poll: id of the poll that was answered.
        option: which option of it, from 0.
    """

    sender: str
    text: str = ""
    is_group: bool = False
    language: Optional[str] = None
    reply_to: Optional[int] = None
    thread: Optional[int] = None
    query: Optional[str] = None
    button: Optional[str] = None
    message: Optional[int] = None
    poll: Optional[str] = None
    option: Optional[int] = None

    def to_payload(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def of(cls, payload: dict[str, Any]) -> Reading:
        """Read it from JSON."""
        return cls(**payload)


def readable(update: dict[str, Any]) -> dict[str, Any]:
    """Return an update that the library can read.

    Telegram adds kinds of messages before the library knows them; of those only who wrote
    them is kept, of anything else only the number, so that the next update is reached.

    Args:
        update: an update as Telegram sends it, with its number.
    """
    message = update.get("message")
    known = {"update_id": update["update_id"]}
    reduced = [update]
    if isinstance(message, dict):
        author = {name: message[name] for name in _OF_EVERY_MESSAGE if name in message}
        reduced.append({**known, "message": author})
    for candidate in reduced:
        try:
            Update.de_json(candidate, None)
        except Exception as error:
            # Its text may quote the message.
            logger.warning("Telegram: an unreadable update: %s", type(error).__name__)
        else:
            return candidate
    return known


def read_message(message: Message, me: User, is_edited: bool = False) -> Optional[Reading]:
    """Read a message.

    Args:
        message: what came.
        me: the bot.
        is_edited: whether it is a message that was changed.

    Returns:
        What to answer; None for messages that are not meant for the bot: those of other bots,
        and in groups those that neither name it nor answer it nor are its commands.
    """
    author = message.sender_chat or message.from_user
    by_bot = message.sender_chat is None and message.from_user and message.from_user.is_bot
    if author is None or by_bot or message.is_automatic_forward:
        return None
    is_group = message.chat.type != message.chat.PRIVATE
    text = _text(message, me, is_group)
    if text is None or (is_edited and not (message.text or message.caption)):
        return None
    return Reading(
        sender=sender_id(message.chat.id, author.id if is_group else None),
        text=text,
        is_group=is_group,
        language=known_language(message.from_user.language_code if message.from_user else None),
        reply_to=message.message_id if is_group or is_edited else None,
        thread=message.message_thread_id if message.is_topic_message else None,
    )


def _text(message: Message, me: User, is_group: bool) -> Optional[str]:
    """Return what Rasa gets of a message, None if the bot is not meant."""
    written = message.text or message.caption or ""
    command = _COMMAND.fullmatch(written.strip()) if _begins_with_command(message) else None
    if command and command["bot"] and command["bot"].lower() != me.username.lower():
        return None
    if command and (not is_group or command["bot"] or is_known(command["name"])):
        return command_text(command["name"], command["argument"].strip())
    rest, is_named = _without_name(message, written, me)
    if is_group and not is_named and not _answers(message, me):
        return None
    if written:
        return rest or command_text("start", "")
    return _unreadable(message)


def _begins_with_command(message: Message) -> bool:
    entities = message.entities or message.caption_entities
    return any(e.type == MessageEntity.BOT_COMMAND and e.offset == 0 for e in entities)


def _answers(message: Message, me: User) -> bool:
    answered = message.reply_to_message
    return bool(answered and answered.from_user and answered.from_user.id == me.id)


def _without_name(message: Message, written: str, me: User) -> tuple[str, bool]:
    """Return a text without the bot's name, and whether it was there."""
    # Offsets of entities count UTF-16 units.
    encoded = written.encode("utf-16-le")
    is_named = False
    for entity in sorted(message.entities or message.caption_entities, key=lambda e: -e.offset):
        start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
        name = encoded[start:end].decode("utf-16-le", "ignore")
        is_name = entity.type == MessageEntity.MENTION and name.lower() == f"@{me.username}".lower()
        is_link = entity.type == MessageEntity.TEXT_MENTION and entity.user.id == me.id
        if is_name or is_link:
            encoded = encoded[:start] + encoded[end:]
            is_named = True
    text = encoded.decode("utf-16-le", "ignore")
    if not is_named:
        return text, False
    return re.sub(r"[ \t]{2,}", " ", text).strip(_LOOSE_ENDS), True


def _unreadable(message: Message) -> Optional[str]:
    """Return what Rasa gets of a message that is no text, None for Telegram's own notices."""
    if filters.StatusUpdate.ALL.check_update(Update(0, message=message)):
        return None
    for kind, fields in _UNREADABLE.items():
        if any(getattr(message, name) for name in fields):
            return f'/unsupported_message{{"kind": "{kind}"}}'
    return '/unsupported_message{"kind": "other"}'


def read_button(query: CallbackQuery) -> Optional[Reading]:
    """Read a pressed button, None when its message is not known."""
    message = query.message
    if message is None or query.data is None:
        return None
    is_group = message.chat.type != message.chat.PRIVATE
    in_topic = isinstance(message, Message) and message.is_topic_message
    return Reading(
        sender=sender_id(message.chat.id, query.from_user.id if is_group else None),
        is_group=is_group,
        language=known_language(query.from_user.language_code),
        thread=message.message_thread_id if in_topic else None,
        query=query.id,
        button=query.data,
        message=message.message_id,
    )


def read_vote(poll_id: str, options: tuple[int, ...], asked: str, voter: User) -> Optional[Reading]:
    """Read an answer to a poll.

    Args:
        poll_id: id of the poll.
        options: what was chosen, from 0; empty when the answer is taken back.
        asked: the conversation the poll was sent in.
        voter: who answered.

    Returns:
        What to answer; None when somebody else than the one who was asked has voted.
    """
    own = (sender_id(voter.id), asked.rpartition("-")[0] + f"-{voter.id}")
    if not options or asked not in own:
        return None
    return Reading(
        sender=asked,
        is_group=asked != own[0],
        language=known_language(voter.language_code),
        poll=poll_id,
        option=options[0],
    )
