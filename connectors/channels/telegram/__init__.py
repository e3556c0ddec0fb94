"""Telegram: a Rasa channel on python-telegram-bot."""

from connectors.channels.telegram.channel import TelegramInput

__all__ = ["TelegramInput"]
