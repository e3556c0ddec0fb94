"""Answers in the words of the courses: sentences of passages, and where they stand."""
