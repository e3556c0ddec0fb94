"""Certificates: list them, hand one out, verify a number, explain a missing one."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk.events import EventType

from bot.actions.base import LinkedAction, SathiAction, Turn
from bot.actions.conversation import Item, RunningSearch, answered, entity_values
from bot.actions.handoff import open_ticket
from bot.actions.learner_views import (
    INDIA,
    all_titles,
    certificate_view,
    day,
    local_title,
    resource_view,
)
from bot.actions.naming import find_by_name
from bot.actions.periods import Days, period_named
from bot.actions.pictures import certificate_document
from bot.actions.progress_actions import (
    explain_course,
    find_enrolment,
    list_enrolments,
)
from connectors.platform.diagnosis import Finding, diagnose_certificate
from connectors.platform.records import Certificate, Enrolment, Status

_ROWS = 10


def hand_out(turn: Turn, certificate: Certificate) -> None:
    """Give one certificate, from the platform's address or rendered by Sathi."""
    facts = certificate_view(turn, certificate)
    if not certificate.url:
        facts["document"] = certificate_document(turn, certificate).to_facts()
    turn.reply("utter_certificate", **facts)


def list_certificates(
    turn: Turn, response: str, certificates: Sequence[Certificate], **facts: str | None
) -> list[EventType]:
    """List certificates, to be chosen by number."""
    shown = certificates[:_ROWS]
    items = tuple(Item("certificate", certificate.number) for certificate in shown)
    turn.reply(response, certificates=[certificate_view(turn, c) for c in shown], **facts)
    return [RunningSearch(items, len(items)).to_event(), *answered()]


class ActionMyCertificates(LinkedAction):
    """Show the learner's certificates, or the one that is named."""

    unlinked_response = "utter_link_for_certificates"

    def name(self) -> str:
        """Return the name of the action."""
        return "action_my_certificates"

    def act_for(self, turn: Turn, learner_id: str) -> list[EventType]:
        """Hand out the one that is named, else list them."""
        certificates = turn.services.platform.certificates(learner_id)
        if not certificates:
            turn.reply("utter_certificates_none")
            return answered()
        days = period_named(turn)
        if days is not None:
            return _list_those_of(turn, certificates, days)
        names = [all_titles(turn, c.course_id, c.course_name) for c in certificates]
        position = find_by_name(turn, names)
        if position is not None:
            hand_out(turn, certificates[position])
            return answered()
        if len(certificates) == 1:
            hand_out(turn, certificates[0])
            return answered()
        # Who names a course without a certificate wants to know why there is none.
        named = find_enrolment(turn, turn.services.platform.enrolments(learner_id))
        if named is not None:
            _explain_certificate_of(turn, learner_id, named, certificates)
            return answered()
        return list_certificates(turn, "utter_certificates", certificates)


def _list_those_of(turn: Turn, certificates: Sequence[Certificate], days: Days) -> list[EventType]:
    """List the certificates issued from the first to the last of some days, in India."""
    first, last = days
    issued = [c for c in certificates if first <= c.issued_on.astimezone(INDIA).date() <= last]
    facts = {"start": day(first), "end": day(last)}
    if not issued:
        turn.reply("utter_certificates_none_between", **facts)
        return answered()
    return list_certificates(turn, "utter_certificates_between", issued, **facts)


def explain_certificate(turn: Turn, learner_id: str) -> list[EventType] | None:
    """Explain where a course's certificate is.

    Args:
        turn: the turn.
        learner_id: the linked learner.

    Returns:
        Events, or None when no course is under way or without its certificate.
    """
    platform = turn.services.platform
    enrolments = platform.enrolments(learner_id)
    certificates = platform.certificates(learner_id)
    enrolment = find_enrolment(turn, enrolments)
    if enrolment is None:
        issued = {certificate.course_id for certificate in certificates}
        finished = [e for e in enrolments if e.status is Status.COMPLETED]
        missing = [e for e in finished if e.course_id not in issued]
        candidates = missing or [e for e in enrolments if e.status is Status.IN_PROGRESS]
        if not candidates:
            return None
        if len(candidates) > 1:
            rows, event = list_enrolments(turn, candidates)
            turn.reply("utter_certificate_which_course", rows=rows)
            return [event, *answered()]
        enrolment = candidates[0]
    _explain_certificate_of(turn, learner_id, enrolment, certificates)
    return answered()


def _explain_certificate_of(
    turn: Turn, learner_id: str, enrolment: Enrolment, certificates: Sequence[Certificate]
) -> None:
    progress = turn.services.platform.progress(learner_id, enrolment.course_id)
    diagnosis = diagnose_certificate(progress, certificates, turn.services.clock())
    facts = {
        "course": local_title(turn, enrolment.course_id, enrolment.course_name),
        "date": day(enrolment.completed_on),
        "percentage": round(enrolment.percentage),
    }
    if diagnosis.certificate is not None:
        turn.reply("utter_certificate_there", **certificate_view(turn, diagnosis.certificate))
    elif diagnosis.finding is Finding.STILL_GENERATING:
        turn.reply("utter_certificate_wait", **facts)
    elif diagnosis.needs_ticket or diagnosis.finding is Finding.COMPLETE:
        ticket = open_ticket(turn, "certificate_not_issued", enrolment.course_id)
        turn.reply("utter_certificate_ticket", **facts, ticket=ticket)
    else:
        resources = [resource_view(resource) for resource in diagnosis.open_resources]
        turn.reply("utter_certificate_unfinished", **facts, resources=resources)


def open_record(turn: Turn, learner_id: str, item: Item) -> None:
    """Show an enrolment or a certificate that was chosen from a list."""
    platform = turn.services.platform
    certificates = platform.certificates(learner_id)
    if item.kind == "certificate":
        chosen = [c for c in certificates if c.number == item.id]
        if chosen:
            hand_out(turn, chosen[0])
        else:
            turn.reply("utter_verify_unknown", number=item.id)
        return
    progress = platform.progress(learner_id, item.id)
    if progress.enrolment.status is Status.COMPLETED:
        _explain_certificate_of(turn, learner_id, progress.enrolment, certificates)
    else:
        explain_course(turn, progress)


def explain_name(turn: Turn, learner_id: str) -> list[EventType]:
    """Say which name certificates print and where it is corrected."""
    learner = turn.services.platform.learner(learner_id)
    turn.reply("utter_certificate_name", name=learner.full_name)
    return answered()


class ActionVerifyCertificate(SathiAction):
    """Tell anybody whether a certificate is genuine, and no more than it shows."""

    def name(self) -> str:
        """Return the name of the action."""
        return "action_verify_certificate"

    def act(self, turn: Turn) -> list[EventType]:
        """Look the number up."""
        numbers = entity_values(turn.tracker, "certificate_number")
        if not numbers:
            turn.reply("utter_verify_ask")
            return []
        number = str(numbers[0])
        platform = turn.services.platform
        certificate = platform.verify(number) or platform.verify(number.upper())
        if certificate is None:
            turn.reply("utter_verify_unknown", number=number)
        else:
            turn.reply("utter_verify_genuine", **certificate_view(turn, certificate))
        return answered()
