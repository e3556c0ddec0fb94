"""From passages to an answer that rests on them."""
