"""What the platform's records say of a learner, as recommendation needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors.platform.feedback import Opinion
from connectors.platform.records import Enrolment, Learner, LearningPlatform, PlanItem, Status
from knowledge_base.competencies import CompetencyGuide, NameMatch
from knowledge_base.recommend.profile import LearnerProfile


def learner_profile(
    platform: LearningPlatform, learner_id: str, guide: CompetencyGuide
) -> tuple[LearnerProfile, str]:
    """Return a learner's profile and first name.

    Args:
        platform: the learning platform.
        learner_id: a learner whose identity the caller has verified.
        guide: finds the role that the designation names.

    Raises:
        PlatformError: the platform fails, or does not know the learner.
    """
    learner = platform.learner(learner_id)
    enrolments, plan = platform.enrolments(learner_id), platform.plan(learner_id)
    return profile_from(learner, enrolments, plan, guide), learner.first_name


def profile_from(
    learner: Learner,
    enrolments: Sequence[Enrolment],
    plan: Sequence[PlanItem],
    guide: CompetencyGuide,
) -> LearnerProfile:
    """Return the profile that records make up.

    Args:
        learner: the platform's profile.
        enrolments: all enrolments, in any order.
        plan: what the plan prescribes.
        guide: finds the role that the designation names.
    """
    oldest_first = sorted(enrolments, key=lambda e: e.last_active or e.enrolled_on)
    return LearnerProfile(
        role_id=role_in(learner.designation or "", guide),
        completed=tuple(e.course_id for e in oldest_first if e.status is Status.COMPLETED),
        in_progress=tuple(e.course_id for e in oldest_first if e.status is Status.IN_PROGRESS),
        mandated={item.course_id: item.deadline for item in plan if not item.completed},
        languages=learner.languages,
    )


def with_opinions(profile: LearnerProfile, opinions: Mapping[str, Opinion]) -> LearnerProfile:
    """Return a profile with what was said of courses that were suggested.

    Args:
        profile: what is known otherwise.
        opinions: course id -> opinion.
    """
    return replace(
        profile,
        liked=tuple(c for c, opinion in opinions.items() if opinion is Opinion.LIKED),
        disliked=tuple(c for c, opinion in opinions.items() if opinion is Opinion.DISLIKED),
    )


def role_in(text: str, guide: CompetencyGuide) -> str | None:
    """Return the FRAC role that a text names, if it names one.

    Args:
        text: a designation, or a message.
        guide: knows the roles' names in all languages.
    """
    return first_role(guide.find(text), guide)


def first_role(matches: Sequence[NameMatch], guide: CompetencyGuide) -> str | None:
    """Return the most telling of some names that is one of a role."""
    return next((match.id for match in matches if guide.role(match.id)), None)
