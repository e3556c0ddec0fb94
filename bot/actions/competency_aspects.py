"""What does a question ask of a competency: its meaning, courses, roles?"""

from __future__ import annotations

from bot.actions.question_aspects import QuestionAspects
from knowledge_base.competencies import CompetencyGuide
from knowledge_base.encoder import Encoder

COURSES = "courses"
ROLES = "roles"
OF_COURSE = "of_course"
# No topic is named in them: what a question is about must not count for what it asks.
_TYPICAL = {
    COURSES: (
        "which courses build this competency",
        "courses on this topic",
        "courses for improving in this",
        "what training should I take for this",
        "courses mapped to the competency",
    ),
    ROLES: (
        "which roles need this competency",
        "which posts require it",
        "for which designations is it necessary",
        "who needs it at work",
    ),
    OF_COURSE: (
        "which competencies does this course build",
        "what skills will I gain from this course",
        "which competency is the course mapped to",
        "what does the second course build",
    ),
    "": (
        "what is this competency",
        "what is it",
        "explain it",
        "meaning of this",
        "which area does it belong to",
        "what are its sub-themes",
        "tell me about the competency",
        "what levels are there in a competency",
        "list the competencies",
        "which competencies does a section officer need",
    ),
}
# Of 41 questions in ten languages 30 have such a lead and are read correctly; of the five that
# are not, two name a role and three a course, which counts before this.
_LEAD = 0.01
# What stands for the name in the compared question.
_THIS = "it"


class CompetencyAspects:
    """Tells what a question asks of the competency it names.

    Args:
        encoder: the sentence encoder.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._aspects = QuestionAspects(encoder, _TYPICAL, _LEAD)

    def asked(self, question: str, guide: CompetencyGuide) -> str | None:
        """Return one of the aspects above, None for the meaning or when it cannot be told.

        Args:
            question: a message that names an entry of the competency model.
            guide: knows the names, which are left out of the comparison.
        """
        return self._aspects.asked(guide.without_name(question, _THIS))
