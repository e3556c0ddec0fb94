"""From passages to answers: sentences that answer, and written ones that rest on what they cite."""
