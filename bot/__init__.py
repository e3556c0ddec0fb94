"""Sathi's side of Rasa: language understanding, dialogue and actions."""
