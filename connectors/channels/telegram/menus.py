"""The commands of the bot, and the menu that Telegram shows them in."""

from __future__ import annotations

from typing import Optional

from telegram import Bot, BotCommand

from connectors.channels.strings import words
from knowledge_base.languages import registry

# Command -> what Rasa gets, in the order of the menu. The keys of the descriptions in
# connectors/channels/strings are `command_<name>`.
COMMANDS = {
    "start": "/greet",
    "courses": "/find_course",
    "recommend": "/recommend",
    "progress": "/my_progress",
    "deadlines": "/my_deadlines",
    "reminders": "/reminders_on",
    "stop": "/reminders_off",
    "certificates": "/my_certificates",
    "quiz": "/quiz",
    "language": "/choose_language",
    "human": "/talk_to_human",
    "help": "/help",
    "privacy": "/privacy",
    "mydata": "/my_data",
    "unlink": "/unlink_account",
    "forget": "/forget_me",
}
# Understood, but not in the menu.
_OTHER_COMMANDS = {"restart": "/start_over", "link": "/link_account"}
# These take a one-time token (`bot/nlu/command_interpreter.py`).
_LINKING = ("start", "link")
_TELEGRAM_CODE_LENGTH = 2


def command_text(name: str, argument: str) -> str:
    """Return what Rasa gets of a command.

    Args:
        name: the command without slash and name of the bot.
        argument: what stands behind it.
    """
    name = name.lower()
    if argument and name in _LINKING:
        return f"/{name} {argument}"
    if argument:
        # "/quiz leave rules" is read as the words it is made of.
        return f"{name} {argument}"
    return COMMANDS.get(name) or _OTHER_COMMANDS.get(name) or f"/{name}"


def is_known(name: str) -> bool:
    """Tell whether a command is one of the bot's."""
    return name.lower() in COMMANDS or name.lower() in _OTHER_COMMANDS


async def publish(bot: Bot) -> None:
    """Give Telegram the menu: for everybody, and for each language that has a code of its own.

    Telegram knows languages by codes of two letters, so that Konkani and Maithili get the
    common menu.

    Raises:
        TelegramError: Telegram did not take it.
    """
    await bot.set_my_commands(_menu(registry.DEFAULT_LOCALE))
    common = _menu(registry.DEFAULT_LOCALE)
    for code in registry.languages():
        menu = _menu(code)
        if len(code) == _TELEGRAM_CODE_LENGTH and menu != common:
            await bot.set_my_commands(menu, language_code=code)


def _menu(locale: str) -> list[BotCommand]:
    return [BotCommand(name, words(f"command_{name}", locale)) for name in COMMANDS]


def known_language(code: Optional[str]) -> Optional[str]:
    """Return the language that a user's Telegram speaks, None if Sathi does not know it.

    Args:
        code: IETF language tag, e.g. ``hi`` or ``en-GB``.
    """
    return registry.known_locale((code or "").split("-")[0])
