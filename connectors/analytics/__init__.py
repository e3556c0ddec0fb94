"""What happens in conversations, counted without knowing whose they are."""
