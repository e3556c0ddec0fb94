"""What actions that suggest courses share: who asks, what is left to suggest, how it is shown."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType

from bot.actions.base import Turn
from bot.actions.cold_start import SaidProfile, ask, note_answer, role_named
from bot.actions.conversation import Item, RunningSearch, answered
from bot.actions.learner_profile import learner_profile, with_opinions
from bot.actions.learner_views import today
from bot.actions.recommend_views import recommendation_view
from bot.actions.views import competency_name, filters_view
from connectors.platform.records import PlatformError
from knowledge_base.recommend.profile import (
    LearnerProfile,
    QuestionKind,
    Recommendation,
    RecommendationFilters,
)

_DEPTH = 15
EVERYTHING = RecommendationFilters()


def profile_of(turn: Turn, said: SaidProfile | None = None) -> tuple[LearnerProfile, str | None]:
    """Return what is known of the asker, and the first name when the chat is linked.

    Without a link only what was said in this chat is known.

    Args:
        turn: the turn.
        said: what was said in the chat; read from the conversation by default.

    Raises:
        PlatformError: the platform fails for a linked learner.
    """
    services = turn.services
    said = said or SaidProfile.of(turn.tracker)
    opinions = services.feedback.of(services.links.chat_key(turn.chat), turn.learner_id)
    known, first_name = LearnerProfile(), None
    if turn.learner_id is not None:
        known, first_name = learner_profile(
            services.platform, turn.learner_id, turn.knowledge_base.competencies
        )
    role = role_named(turn) or said.role or known.role_id
    profile = replace(known, role_id=role, interests=said.interests)
    return with_opinions(profile, opinions), first_name


def recommend(
    turn: Turn, profile: LearnerProfile, filters: RecommendationFilters = EVERYTHING
) -> list[Recommendation]:
    """Return recommendations that can be taken.

    The catalogue may be older than the platform; whether a course was retired since is asked
    there.

    Raises:
        PlatformError: the platform does not answer for a linked learner; what anybody is
            shown does not depend on it.
    """
    found = turn.services.recommender.recommend(profile, today(turn), _DEPTH, filters)
    try:
        gone = turn.services.platform.unavailable([r.course_id for r in found])
    except PlatformError:
        if turn.learner_id is not None:
            raise
        gone = set()
    return [recommendation for recommendation in found if recommendation.course_id not in gone]


def suggest(
    turn: Turn,
    response: str,
    recommendations: list[Recommendation],
    role_id: str | None,
    filters: RecommendationFilters = EVERYTHING,
    **facts: object,
) -> list[EventType]:
    """Show the first page of recommendations with their reasons.

    Args:
        turn: the turn.
        response: message above the list.
        recommendations: at least one.
        role_id: role that gaps refer to.
        filters: what the recommendations had to meet.
        facts: further facts for the wording.
    """
    items = tuple(Item("course", r.course_id) for r in recommendations)
    search = RunningSearch(items, filters=filters).next_page(turn.settings.page_size)
    shown = recommendations[: search.shown]
    turn.reply(
        response,
        courses=[recommendation_view(turn, recommendation, role_id) for recommendation in shown],
        start=0,
        more=search.has_more,
        only=filters_view(filters),
        **facts,
    )
    return [search.to_event(), *answered()]


def recommend_next(turn: Turn, question: QuestionKind | None) -> list[EventType]:
    """Take what the message says of its author, then ask what is still needed or suggest.

    Args:
        turn: the turn.
        question: what the message answers, None when nothing was asked.
    """
    said = note_answer(turn, question)
    profile, first_name = profile_of(turn, said)
    events = ask(turn, said, profile)
    if events is not None:
        return events
    found = recommend(turn, profile)
    if not found:
        turn.reply("utter_recommend_done")
        return [said.to_event(), *answered()]
    return [said.to_event(), *_suggest_by(turn, profile, first_name, found)]


def _suggest_by(
    turn: Turn, profile: LearnerProfile, first_name: str | None, found: list[Recommendation]
) -> list[EventType]:
    if first_name is not None:
        return suggest(turn, "utter_recommend_personal", found, profile.role_id, name=first_name)
    if profile.role_id is not None:
        role = competency_name(turn.knowledge_base, profile.role_id, turn.locale)
        return suggest(turn, "utter_recommend_for_role", found, profile.role_id, role=role)
    if profile.interests:
        return suggest(turn, "utter_recommend_for_interest", found, None)
    return suggest(turn, "utter_recommend_popular", found, None)
