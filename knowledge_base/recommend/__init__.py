"""Which course next: recommendations with reasons, learning plans, and their evaluation."""
