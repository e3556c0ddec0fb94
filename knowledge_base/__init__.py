"""Courses, platform questions and competencies, and the search over them."""
