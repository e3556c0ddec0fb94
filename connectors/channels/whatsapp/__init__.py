"""WhatsApp: a Rasa channel on the Cloud API."""

from connectors.channels.whatsapp.channel import WhatsAppInput

__all__ = ["WhatsAppInput"]
