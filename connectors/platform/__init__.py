"""The learning platform: learners, enrolments, progress and certificates."""
