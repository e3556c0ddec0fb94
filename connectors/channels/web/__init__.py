"""The web chat: a Rasa channel and the page that talks to it."""

from connectors.channels.web.channel import WebInput

__all__ = ["WebInput"]
