"""Unanswered questions and figures, for leads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sanic.response import HTTPResponse, raw

from connectors.analytics.clustering import Cluster, cluster
from connectors.analytics.queries import INDIA, Period, Report
from connectors.console import wording
from connectors.console.accounts import Role
from connectors.console.csv_export import Cell, to_csv
from connectors.console.faq_pages import LONGEST_NUMBERS, Row, question_numbers, show_form
from connectors.console.pages import Call, PageError, Pages
from knowledge_base.languages import registry

_DAYS = 30
_LONGEST_DAYS = 400
# What lies outside of them is a slip, and moments at the ends of the calendar overflow.
_EARLIEST = date(2000, 1, 1)
_LATEST = date(2100, 12, 31)
# Clustering compares every question with every other.
_MOST_QUESTIONS = 1500
_SHOWN = 50
_TOP = 12


def add_insight_pages(pages: Pages) -> None:
    """Add the pages."""

    @pages.get("/unanswered", Role.LEAD)
    def unanswered(call: Call) -> HTTPResponse:
        period = _period(call)
        clusters = _clusters(call, period)
        return call.render(
            "unanswered.html", clusters=clusters[:_SHOWN], count=len(clusters), period=period
        )

    @pages.get("/unanswered.csv", Role.LEAD)
    def unanswered_csv(call: Call) -> HTTPResponse:
        period = _period(call)
        rows = (
            (c.example.text, len(c.questions), code, count)
            for c in _clusters(call, period)
            for code, count in c.languages.items()
        )
        header = ("question", "asked", "language", "in this language")
        return _csv(call, period, "unanswered", header, rows)

    @pages.post("/unanswered/faq", Role.LEAD)
    def make_faq(call: Call) -> HTTPResponse:
        numbers = question_numbers(call.needed("questions", LONGEST_NUMBERS))
        by_language: dict[str, list[str]] = {}
        for locale, text in call.services.unanswered.texts(numbers):
            texts = by_language.setdefault(registry.language_of(locale), [])
            # Entries are written in the language's own script; search reads both.
            if text not in texts and not registry.is_romanised(locale):
                texts.append(text)
        rows = [
            Row(locale, texts[0] if texts else "", "\n".join(texts[1:]))
            for locale, texts in by_language.items()
        ]
        return show_form(call, rows or [Row()], questions=numbers)

    @pages.get("/analytics", Role.LEAD)
    def analytics(call: Call) -> HTTPResponse:
        period = _period(call)
        report = call.services.analytics.report(period)
        return call.render("analytics.html", report=report, period=period, top=_TOP)

    @pages.get("/analytics.csv", Role.LEAD)
    def analytics_csv(call: Call) -> HTTPResponse:
        period = _period(call)
        report = call.services.analytics.report(period)
        return _csv(call, period, "analytics", ("figure", "of", "value"), _figures(report))


def _clusters(call: Call, period: Period) -> list[Cluster]:
    start, end = period.moments()
    model = call.services.knowledge_base.encoder.name
    return cluster(call.services.unanswered.between(start, end, _MOST_QUESTIONS, model))


def _period(call: Call) -> Period:
    today = call.services.clock().astimezone(INDIA).date()
    try:
        last = date.fromisoformat(call.argument("to") or today.isoformat())
        first_given = call.argument("from")
        first = date.fromisoformat(first_given) if first_given else last - timedelta(days=_DAYS - 1)
    except (ValueError, OverflowError) as error:
        raise PageError(400, "A day is written like 2026-11-20.") from error
    if not _EARLIEST <= first <= _LATEST or not _EARLIEST <= last <= _LATEST:
        raise PageError(400, f"Choose days from {_EARLIEST.year} to {_LATEST.year}.")
    if first > last:
        raise PageError(
            400,
            f"The first day, {wording.day(first)}, is after the last, {wording.day(last)}: "
            "exchange them.",
        )
    if (last - first).days > _LONGEST_DAYS:
        raise PageError(
            400,
            f"From {wording.day(first)} to {wording.day(last)} are more than {_LONGEST_DAYS} days: "
            "choose fewer.",
        )
    return Period(first, last)


def _csv(
    call: Call,
    period: Period,
    name: str,
    header: tuple[str, ...],
    rows: Iterator[tuple[Cell, ...]],
) -> HTTPResponse:
    """Hand out a table; who takes data out of the console stands in the audit log."""
    days = f"{period.first.isoformat()} to {period.last.isoformat()}"
    content = to_csv(header, rows)
    call.services.audit.note(call.agent.id, f"{name}.export", days)
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return raw(content, content_type="text/csv; charset=utf-8", headers=disposition)


def _figures(report: Report) -> Iterator[tuple[Cell, ...]]:
    yield "conversations", "", report.conversations
    yield "messages", "", report.messages
    yield "conversations handed to a person", "", report.handed_off
    yield "containment", "", report.containment
    yield "questions", "", report.questions
    yield "questions without result", "", report.no_result
    yield "faults", "", report.faults
    yield "tickets opened", "", report.tickets
    yield "tickets rated", "", report.rated
    yield "satisfaction", "", report.satisfaction
    yield "mean confidence of answers", "", report.mean_confidence
    yield "median time of a reply (ms)", "", report.median_milliseconds
    for day, count in report.by_day.items():
        yield "conversations by day", day.isoformat(), count
    for figure, counts in (
        ("messages by language", {wording.language(k): v for k, v in report.languages.items()}),
        (
            "questions without result by language",
            {wording.language(k): v for k, v in report.no_result_languages.items()},
        ),
        ("messages by intent", report.intents),
        ("messages by channel", report.channels),
        ("questions by outcome", report.outcomes),
    ):
        for name, count in counts.items():
            yield figure, name, count
    for step, count in enumerate(report.confidence):
        yield "answers by confidence", wording.confidence_step(step), count
    for demand in report.demand:
        yield "competency demand", f"{demand.department}: {demand.competency}", demand.count
