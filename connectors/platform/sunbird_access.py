"""Whether a learner may see a course, by the platform's two sets of rules.

A moderated course names organisations, and may want a verified profile; access settings
name groups of learners. Both must let the learner in (KB-iGOT/deterministic-chatbot,
API_integration/find_course_api_workflow.md).
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.platform.sunbird_answers import Profile, SecureSettings, UserGroup


def may_see(
    profile: Profile, moderation: SecureSettings | None, groups: Sequence[UserGroup]
) -> bool:
    """Return whether a course's rules let a learner in.

    Args:
        profile: the learner's profile.
        moderation: settings of a moderated course, None for another.
        groups: of access settings; the learner must be in one, unless there is none.
    """
    if moderation and not _meets_moderation(profile, moderation):
        return False
    if not groups:
        return True
    attributes = _attributes(profile)
    return any(_is_member(attributes, group) for group in groups)


def _meets_moderation(profile: Profile, moderation: SecureSettings) -> bool:
    own = {profile.root_org_id, profile.profile_details.ministry_or_state_id}
    if moderation.organisation and not own & set(moderation.organisation):
        return False
    wants_verified = moderation.is_verified_karmayogi.casefold() == "yes"
    return not wants_verified or profile.profile_details.profile_status.upper() == "VERIFIED"


def _is_member(attributes: dict[str, set[str]], group: UserGroup) -> bool:
    """Return whether a learner meets every criterion; one without values asks nothing."""
    return all(
        not criterion.criteria_value
        or attributes.get(criterion.criteria_key.casefold(), set()) & set(criterion.criteria_value)
        for criterion in group.user_group_criteria_list
    )


def _attributes(profile: Profile) -> dict[str, set[str]]:
    """Return a learner's values by criterion, without the empty ones."""
    details = profile.profile_details
    posts = details.professional_details
    values = {
        "group": {post.group for post in posts},
        "designation": {post.designation for post in posts},
        "rootorgid": {profile.root_org_id},
        "user": {profile.identifier},
        "userid": {profile.identifier},
        "department": {details.employment_details.department_name},
        "cadre": {details.cadre_details.cadre_name},
        "service": {details.cadre_details.civil_service_name},
        "batch": {details.cadre_details.cadre_batch},
    }
    return {key: found - {""} for key, found in values.items()}
