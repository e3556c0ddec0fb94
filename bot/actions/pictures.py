"""Pictures and documents in the reader's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.actions.base import Turn
from bot.actions.documents import Document
from bot.actions.learner_views import day
from bot.actions.translations import message
from bot.actions.views import View
from bot.actions.wording import local_date
from connectors.platform.documents.certificate_pdf import CertificateWords, render_certificate
from connectors.platform.documents.progress_chart import (
    ProgressRow,
    ProgressTotals,
    draw_progress,
)
from connectors.platform.records import Certificate

_STATES = ("completed", "in_progress", "not_started")


def progress_picture(turn: Turn, rows: Sequence[View], counts: Mapping[str, int]) -> Document:
    """Draw the courses' progress and keep the picture for the reply.

    Args:
        turn: the turn.
        rows: views of the enrolments to show.
        counts: number of all enrolments by state.
    """
    total = sum(counts.values())
    facts = tuple(
        f"{message(f'status_{state}', turn.locale)}: {counts[state]}" for state in _STATES
    )
    picture = draw_progress(
        [ProgressRow(row["title"], row["percentage"]) for row in rows],
        message("label_progress", turn.locale),
        turn.locale,
        ProgressTotals(
            percentage=100 * counts["completed"] / total if total else 0.0,
            caption=message("label_overall", turn.locale),
            facts=facts,
        ),
    )
    return turn.services.documents.add("progress.png", "image/png", picture)


def certificate_document(turn: Turn, certificate: Certificate) -> Document:
    """Render a certificate in its course's language and keep it for the reply."""
    locale = certificate.language
    words = CertificateWords(
        heading=message("certificate_title", locale),
        before_name=message("certificate_before_name", locale),
        before_course=message("certificate_before_course", locale),
        after_course=message("certificate_after_course", locale),
        date_label=message("certificate_date", locale),
        date=local_date(day(certificate.issued_on), locale),
        number_label=message("certificate_number", locale),
        verify_label=message("certificate_verify", locale),
        note=message("certificate_note", locale),
    )
    address = turn.settings.verify_link.format(number=certificate.number)
    pdf = render_certificate(certificate, words, locale, address)
    return turn.services.documents.add(f"{certificate.number}.pdf", "application/pdf", pdf)
