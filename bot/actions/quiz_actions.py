"""Practice: five questions on a topic, and what to read again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import answered, entity_values, message_text
from bot.actions.views import competency_name, course_title, quiz_view
from connectors.platform.quiz_results import QuizScore
from connectors.platform.records import Status
from knowledge_base.catalogue import QuizQuestion
from knowledge_base.languages import registry
from knowledge_base.search import Verdict

_LENGTH = 5
# Questions are taken from the best course, and from the next ones only as far as needed.
_COURSES = 3
# Channels that draw a question as a poll and therefore learn the answer beforehand; others,
# whose messages the reader can look into, do not.
_POLL_CHANNELS = ("telegram",)


@dataclass(frozen=True)
class Quiz:
    """A running quiz.

    Attributes:
        questions: ids of the questions.
        wrong: ids of those answered wrongly so far.
        position: the question that waits for an answer, from 0.
    """

    questions: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    position: int = 0

    @classmethod
    def of(cls, tracker: Tracker) -> Quiz | None:
        """Read the running quiz of a conversation, None if there is none."""
        stored = tracker.get_slot("quiz")
        if not stored:
            return None
        return cls(tuple(stored["questions"]), tuple(stored["wrong"]), stored["position"])

    def events(self) -> list[EventType]:
        """Return the events that store the quiz."""
        stored = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}
        return [SlotSet("quiz", stored), SlotSet("quiz_running", True)]


def quiz_over() -> list[EventType]:
    """Return the events after a quiz."""
    return [SlotSet("quiz", None), SlotSet("quiz_running", False)]


def _courses(turn: Turn) -> list[str]:
    """Return the courses to ask about: of the topic that is named, else the learner's own."""
    text = message_text(turn.tracker)
    if text and not text.startswith("/"):
        result = turn.knowledge_base.search_courses(text, turn.query_locale)
        if turn.verdict(result) is Verdict.ANSWERS:
            return [hit.target for hit in result.hits]
    if turn.learner_id is not None:
        enrolments = turn.services.platform.enrolments(turn.learner_id)
        return [e.course_id for e in enrolments if e.status is not Status.NOT_STARTED]
    return list(turn.knowledge_base.catalogue.courses)


def _pick(turn: Turn, courses: Sequence[str]) -> tuple[str, ...]:
    with_questions = [c for c in courses if turn.knowledge_base.quiz_questions([c])]
    chosen: list[str] = []
    for course in with_questions[:_COURSES]:
        questions = turn.knowledge_base.quiz_questions([course])
        random.shuffle(questions)
        chosen += questions[: _LENGTH - len(chosen)]
    return tuple(chosen)


def _ask(turn: Turn, quiz: Quiz) -> list[EventType]:
    question, language = turn.knowledge_base.quiz_question(
        quiz.questions[quiz.position], turn.locale
    )
    facts = {
        "number": quiz.position + 1,
        "total": len(quiz.questions),
        "source_language": language,
        **quiz_view(question, turn.locale),
    }
    if turn.chat.channel in _POLL_CHANNELS:
        facts["right_option"] = question.answer
    turn.reply("utter_quiz_question", **facts)
    return [*quiz.events(), *answered()]


class ActionQuiz(SathiAction):
    """Begin a quiz."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_quiz"

    def act(self, turn: Turn) -> list[EventType]:
        """Choose the questions and ask the first."""
        questions = _pick(turn, _courses(turn))
        if not questions:
            turn.reply("utter_quiz_none")
            return quiz_over()
        return _ask(turn, Quiz(questions))


class ActionAnswerQuiz(SathiAction):
    """Take an answer: say whether it is right and why, then go on."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_answer_quiz"

    def act(self, turn: Turn) -> list[EventType]:
        """Judge the answer."""
        quiz = Quiz.of(turn.tracker)
        if quiz is None:
            turn.reply("utter_no_running_search")
            return quiz_over()
        question, _ = turn.knowledge_base.quiz_question(quiz.questions[quiz.position], turn.locale)
        count = len(question.options)
        numbers = [
            number
            for number in entity_values(turn.tracker, "item_number")
            if isinstance(number, int) and 1 <= number <= count
        ]
        if not numbers:
            turn.reply("utter_quiz_which", count=count)
            return []
        view = quiz_view(question, turn.locale)
        if numbers[0] == question.answer:
            turn.reply("utter_quiz_right", explanation=view["explanation"])
        else:
            right = view["options"][question.answer - 1]
            turn.reply("utter_quiz_wrong", answer=right, explanation=view["explanation"])
            quiz = replace(quiz, wrong=(*quiz.wrong, question.id))
        quiz = replace(quiz, position=quiz.position + 1)
        if quiz.position < len(quiz.questions):
            return _ask(turn, quiz)
        return self._finish(turn, quiz)

    def _finish(self, turn: Turn, quiz: Quiz) -> list[EventType]:
        """Give the result by competency and the passages to read again; keep it."""
        bank = turn.knowledge_base.catalogue.quiz[registry.DEFAULT_LOCALE]
        asked = [bank[identifier] for identifier in quiz.questions]
        wrong = [bank[identifier] for identifier in quiz.wrong]
        scores = self._scores(turn, asked, wrong)
        turn.services.quiz_results.add(
            turn.services.links.chat_key(turn.chat), turn.learner_id, scores
        )
        turn.reply(
            "utter_quiz_result",
            correct=len(asked) - len(wrong),
            total=len(asked),
            scores=[
                {
                    "competency": competency_name(
                        turn.knowledge_base, score.competency, turn.locale
                    ),
                    "correct": score.correct,
                    "total": score.asked,
                }
                for score in scores
            ],
            passages=list(dict.fromkeys(self._passage(turn, question) for question in wrong)),
        )
        return [*quiz_over(), *answered()]

    @staticmethod
    def _scores(
        turn: Turn, asked: Sequence[QuizQuestion], wrong: Sequence[QuizQuestion]
    ) -> list[QuizScore]:
        courses = turn.knowledge_base.catalogue.courses
        count = Counter(c for question in asked for c in courses[question.course].competencies)
        missed = Counter(c for question in wrong for c in courses[question.course].competencies)
        return [QuizScore(key, total - missed[key], total) for key, total in count.items()]

    @staticmethod
    def _passage(turn: Turn, question: QuizQuestion) -> str:
        course = turn.knowledge_base.catalogue.courses[question.course]
        module = next(m for m in course.modules if question.passage in {p.id for p in m.passages})
        local = turn.knowledge_base.passage(course.id, module.id, question.passage, turn.locale)
        title = course_title(turn.knowledge_base, course.id, turn.locale)
        return f"{title} › {local.module.title} › {local.passage.heading}"
