"""Suggestions that follow the role, the plan and what was learned, each with its reasons."""

from __future__ import annotations

from rasa_sdk.events import EventType

from bot.actions.base import SathiAction, Turn
from bot.actions.conversation import Item, RunningSearch, answered, entity_values, message_text
from bot.actions.course_actions import chosen_item, show_courses
from bot.actions.learner_views import today
from bot.actions.recommend_views import recommendation_view
from bot.actions.views import competency_view, course_title
from connectors.platform.feedback import Opinion
from connectors.platform.records import PlatformError, Status
from knowledge_base.competencies import CompetencyGuide
from knowledge_base.recommend.profile import Filters, LearnerProfile, Recommendation

_DEPTH = 15
_EVERYTHING = Filters()


def _role_named(guide: CompetencyGuide, text: str) -> str | None:
    for match in guide.find(text):
        if guide.role(match.id) is not None:
            return match.id
    return None


def profile_of(turn: Turn) -> tuple[LearnerProfile, str | None]:
    """Return what is known of the asker, and the first name when the chat is linked.

    Without a link, or when the platform fails, only what was said in this chat is known.
    """
    services = turn.services
    guide = turn.knowledge_base.competencies
    role = _role_named(guide, message_text(turn.tracker))
    opinions = services.feedback.of(services.links.chat_key(turn.chat), turn.learner_id)
    said = {
        "liked": tuple(c for c, opinion in opinions.items() if opinion is Opinion.LIKED),
        "disliked": tuple(c for c, opinion in opinions.items() if opinion is Opinion.DISLIKED),
    }
    if turn.learner_id is None:
        return LearnerProfile(role_id=role, **said), None
    learner = services.platform.learner(turn.learner_id)
    enrolments = services.platform.enrolments(turn.learner_id)
    plan = services.platform.plan(turn.learner_id)
    oldest_first = sorted(enrolments, key=lambda e: e.last_active or e.enrolled_on)
    profile = LearnerProfile(
        role_id=role or (learner.designation and _role_named(guide, learner.designation)) or None,
        completed=tuple(e.course_id for e in oldest_first if e.status is Status.COMPLETED),
        in_progress=tuple(e.course_id for e in oldest_first if e.status is Status.IN_PROGRESS),
        mandated={item.course_id: item.deadline for item in plan if not item.completed},
        languages=learner.languages,
        **said,
    )
    return profile, learner.first_name


def _recommend(
    turn: Turn, profile: LearnerProfile, filters: Filters = _EVERYTHING
) -> list[Recommendation]:
    """Return recommendations that can be taken.

    The catalogue may be older than the platform; whether a course was retired since is asked
    there. When it does not answer, a linked learner is told so by the caller.
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
    **facts: str,
) -> list[EventType]:
    """Show the first page of recommendations with their reasons."""
    items = tuple(Item("course", r.course_id) for r in recommendations)
    search = RunningSearch(items).next_page(turn.settings.page_size)
    shown = recommendations[: search.shown]
    turn.reply(
        response,
        courses=[recommendation_view(turn, recommendation, role_id) for recommendation in shown],
        start=0,
        more=search.has_more,
        **facts,
    )
    return [search.to_event(), *answered()]


class ActionRecommend(SathiAction):
    """Suggest what to learn next."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_recommend"

    def act(self, turn: Turn) -> list[EventType]:
        """Suggest by the profile; without one, what officials share, and ask for the role."""
        profile, first_name = profile_of(turn)
        found = _recommend(turn, profile)
        if not found:
            turn.reply("utter_recommend_done")
            return answered()
        if first_name is not None:
            facts = {"name": first_name}
            return suggest(turn, "utter_recommend_personal", found, profile.role_id, **facts)
        if profile.role_id is not None:
            role = competency_view(turn.knowledge_base, profile.role_id, turn.locale)["name"]
            facts = {"role": role}
            return suggest(turn, "utter_recommend_for_role", found, profile.role_id, **facts)
        return suggest(turn, "utter_recommend", found, None)


class ActionSimilarCourses(SathiAction):
    """Suggest courses like one of the list."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_similar_courses"

    def act(self, turn: Turn) -> list[EventType]:
        """Take the course that is chosen, else the best that the message names."""
        item = chosen_item(turn, RunningSearch.of(turn.tracker))
        if item is None or item.kind not in ("course", "enrolment"):
            text = message_text(turn.tracker)
            hits = turn.knowledge_base.search_courses(text, turn.query_locale, 1).hits
            if not hits:
                turn.reply("utter_ask_topic")
                return []
            item = Item("course", hits[0].target)
        if item.id not in turn.knowledge_base.catalogue.courses:
            turn.reply("utter_recommend_done")
            return answered()
        profile, _ = profile_of(turn)
        found = _recommend(turn, profile, Filters(similar_to=item.id))
        title = course_title(turn.knowledge_base, item.id, turn.locale)
        return suggest(turn, "utter_similar", found, profile.role_id, course=title)


class ActionShorterCourses(SathiAction):
    """Narrow the shown list to shorter courses."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_shorter_courses"

    def act(self, turn: Turn) -> list[EventType]:
        """Keep what is shorter than the shortest of the list's first page."""
        search = RunningSearch.of(turn.tracker)
        courses = turn.knowledge_base.catalogue.courses
        items = [item for item in search.items if item.kind == "course" and item.id in courses]
        if not items:
            turn.reply("utter_no_running_search")
            return []
        minutes = entity_values(turn.tracker, "minutes")
        page = items[: turn.settings.page_size]
        longest = max(courses[item.id].duration_seconds for item in page)
        limit = minutes[0] * 60 if minutes else longest - 1
        kept = [item for item in items if courses[item.id].duration_seconds <= limit]
        if not kept:
            turn.reply("utter_nothing_shorter")
            return []
        kept.sort(key=lambda item: courses[item.id].duration_seconds)
        narrowed = RunningSearch(tuple(kept)).next_page(turn.settings.page_size)
        return show_courses(turn, "utter_shorter", narrowed, start=0)


class ActionRejectItem(SathiAction):
    """Take a course out of the list and never suggest it again."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_reject_item"

    def act(self, turn: Turn) -> list[EventType]:
        """Keep the opinion and show the list without the course."""
        search = RunningSearch.of(turn.tracker)
        item = chosen_item(turn, search)
        if item is None and search.items:
            turn.reply("utter_which_item", count=search.shown)
            return []
        if item is None or item.kind != "course":
            turn.reply("utter_no_running_search")
            return []
        services = turn.services
        chat_key = services.links.chat_key(turn.chat)
        services.feedback.add(chat_key, turn.learner_id, item.id, Opinion.DISLIKED)
        turn.reply("utter_item_rejected")
        rest = RunningSearch(tuple(i for i in search.items if i != item))
        if not rest.items:
            return [rest.to_event(), *answered()]
        return show_courses(
            turn, "utter_courses_more", rest.next_page(turn.settings.page_size), start=0
        )
