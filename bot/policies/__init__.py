"""Policies of the assistant, besides Rasa's own."""
