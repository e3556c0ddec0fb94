"""What a learner is reminded of today, worded: facts from the platform, the rules, the words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.actions.learner_profile import profile_from, with_opinions
from bot.actions.learner_views import INDIA, counts_view, day, local_title, plan_item_view
from bot.actions.recommend_views import recommendation_view
from bot.actions.reminder_rules import (
    Reminder,
    ReminderFacts,
    ReminderKind,
    due_reminder,
    new_course_key,
)
from bot.actions.rendering import Message, render
from connectors.platform.feedback import FeedbackService
from connectors.platform.records import Enrolment, Learner, LearningPlatform, PlanItem, Status
from connectors.platform.reminders import Subscription
from knowledge_base.knowledge_base import KnowledgeBase
from knowledge_base.recommend.profile import (
    LearnerProfile,
    ReasonKind,
    Recommendation,
    RecommendationFilters,
)
from knowledge_base.recommend.recommender import Recommender

_DEPTH = 15
_WEEK = timedelta(days=7)
# A course is called new for so long.
_NEW = timedelta(days=30)


@dataclass(frozen=True)
class _Reader:
    """A learner who is written to outside a turn."""

    knowledge_base: KnowledgeBase
    locale: str
    clock: Callable[[], datetime]


@dataclass(frozen=True)
class _Records:
    """What the platform has of a learner.

    Attributes:
        new: recommended courses that are new, by id, the best first.
        role_id: id of the role that their gaps refer to.
    """

    learner: Learner
    enrolments: Sequence[Enrolment]
    plan: Sequence[PlanItem]
    new: Mapping[str, Recommendation]
    role_id: str | None


class ReminderComposer:
    """Find out what is due for a learner and word it.

    Args:
        platform: the learning platform.
        feedback: what learners said of suggested courses.
        recommender: returns the recommender in use.
        knowledge_base: the opened knowledge base.
        first_seen: course id -> since when Sathi has known it, for the whole catalogue.
        clock: returns the current moment with its time zone.
    """

    def __init__(
        self,
        platform: LearningPlatform,
        feedback: FeedbackService,
        recommender: Callable[[], Recommender],
        knowledge_base: KnowledgeBase,
        first_seen: Mapping[str, datetime],
        clock: Callable[[], datetime],
    ) -> None:
        self._platform = platform
        self._feedback = feedback
        self._recommender = recommender
        self._knowledge_base = knowledge_base
        self._first_seen = first_seen
        self._clock = clock

    def compose(
        self, subscription: Subscription, today: date, sent: Collection[str]
    ) -> tuple[Sequence[str], Message] | None:
        """Return what is due.

        Args:
            subscription: whom it is for.
            today: the day in India.
            sent: keys of what the learner was reminded of.

        Returns:
            The keys of what it reminds of, and the message as the NLG endpoint would return
            it; None when nothing is due.

        Raises:
            NotKnownError: the platform has no such learner.
            PlatformError: the platform fails.
        """
        records = self._records(subscription, today, sent)
        facts = ReminderFacts(
            today=today,
            begun=subscription.enabled_on.astimezone(INDIA).date(),
            enrolments=records.enrolments,
            plan=records.plan,
            new_courses=tuple(records.new),
            unavailable=self._unavailable(records),
            sent=sent,
        )
        reminder = due_reminder(facts)
        if reminder is None:
            return None
        reader = _Reader(self._knowledge_base, subscription.locale, self._clock)
        words = {"name": records.learner.first_name, **self._facts(reader, reminder, records)}
        response = f"utter_reminder_{reminder.kind.value}"
        return reminder.keys, render(response, subscription.locale, words)

    def _records(self, subscription: Subscription, today: date, sent: Collection[str]) -> _Records:
        learner_id = subscription.learner_id
        learner = self._platform.learner(learner_id)
        enrolments = self._platform.enrolments(learner_id)
        plan = self._platform.plan(learner_id)
        arrived = self._arrived(subscription.enabled_on, sent)
        if not arrived:
            return _Records(learner, enrolments, plan, {}, None)
        opinions = self._feedback.of(subscription.chat_key, learner_id)
        known = profile_from(learner, enrolments, plan, self._knowledge_base.competencies)
        profile = with_opinions(known, opinions)
        new = self._that_close_gaps(arrived, profile, today)
        return _Records(learner, enrolments, plan, new, profile.role_id)

    def _arrived(self, begun: datetime, sent: Collection[str]) -> set[str]:
        """Return the courses that came since a moment and were not spoken of yet."""
        since = max(begun, self._clock() - _NEW)
        return {
            course_id
            for course_id, moment in self._first_seen.items()
            if moment > since and new_course_key(course_id) not in sent
        }

    def _that_close_gaps(
        self, arrived: set[str], profile: LearnerProfile, today: date
    ) -> dict[str, Recommendation]:
        """Return those of some courses that are among the best for a gap of the role."""
        recommender, courses = self._recommender(), self._knowledge_base.catalogue.courses
        built = {key for course_id in arrived for key in courses[course_id].competencies}
        found: dict[str, Recommendation] = {}
        for gap in recommender.gaps(profile):
            if gap.competency_id not in built:
                continue
            filters = RecommendationFilters(competency_id=gap.competency_id)
            for pick in recommender.recommend(profile, today, _DEPTH, filters):
                closes = any(reason.kind is ReasonKind.GAP for reason in pick.reasons)
                if pick.course_id in arrived and closes:
                    found.setdefault(pick.course_id, pick)
        return found

    def _unavailable(self, records: _Records) -> set[str]:
        """Return those of the courses one might be reminded of that nobody can take."""
        begun = [e.course_id for e in records.enrolments if e.status is Status.IN_PROGRESS]
        wanted = [item.course_id for item in records.plan if not item.completed]
        asked = {*begun, *wanted, *records.new}
        return self._platform.unavailable(sorted(asked)) if asked else set()

    def _facts(self, reader: _Reader, reminder: Reminder, records: _Records) -> dict[str, Any]:
        """Return what the reminder is worded from."""
        if reminder.kind is ReminderKind.NEW_COURSE:
            pick = records.new[reminder.course_id]
            return {"course": recommendation_view(reader, pick, records.role_id)}
        if reminder.kind is ReminderKind.IDLE:
            enrolment = reminder.enrolment
            return {
                "course": local_title(reader, enrolment.course_id, enrolment.course_name),
                "date": day(enrolment.last_active),
                "percentage": round(enrolment.percentage),
            }
        items = {"items": [plan_item_view(reader, item) for item in reminder.items]}
        if reminder.kind is ReminderKind.DEADLINE:
            return items
        minutes = self._minutes_of_seven_days(records.learner.id)
        return {**items, **counts_view(reader, records.enrolments), "minutes": minutes}

    def _minutes_of_seven_days(self, learner_id: str) -> int:
        """Return the learning time of today and the six days before.

        The platform counts by calendar week: of last week, what had been reached a week ago
        is too early. Where it has no past states, that is this week's, and last week remains.
        """
        now = self._clock()
        two_weeks = sum(self._platform.activity(learner_id, now).weekly_minutes[:2])
        too_early = self._platform.activity(learner_id, now - _WEEK).minutes_this_week
        return max(0, two_weeks - too_early)
