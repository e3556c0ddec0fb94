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
from connectors.console.faq_pages import Row, show_form
from connectors.console.pages import Call, PageError, Pages
from knowledge_base.languages import registry

_DAYS = 30
_LONGEST_DAYS = 400
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
        rows = (
            (c.example.text, len(c.questions), code, count)
            for c in _clusters(call, _period(call))
            for code, count in c.languages.items()
        )
        return _csv("unanswered.csv", ("question", "asked", "language", "in this language"), rows)

    @pages.post("/unanswered/faq", Role.LEAD)
    def make_faq(call: Call) -> HTTPResponse:
        typed = call.needed("questions", 6000)
        numbers = [int(part) for part in typed.split(",") if part.isascii() and part.isdigit()]
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
        report = call.services.analytics.report(_period(call))
        return _csv("analytics.csv", ("figure", "of", "value"), _figures(report))


def _clusters(call: Call, period: Period) -> list[Cluster]:
    start, end = period.moments()
    return cluster(call.services.unanswered.between(start, end, _MOST_QUESTIONS))


def _period(call: Call) -> Period:
    today = call.services.clock().astimezone(INDIA).date()
    try:
        last = date.fromisoformat(call.argument("to") or today.isoformat())
        first_given = call.argument("from")
        first = date.fromisoformat(first_given) if first_given else last - timedelta(days=_DAYS - 1)
    except (ValueError, OverflowError) as error:
        raise PageError(400, "A day is written like 2026-11-20.") from error
    if not 0 <= (last - first).days <= _LONGEST_DAYS:
        raise PageError(400, f"Choose a first and a last day, at most {_LONGEST_DAYS} days apart.")
    return Period(first, last)


def _csv(name: str, header: tuple[str, ...], rows: Iterator[tuple[Cell, ...]]) -> HTTPResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return raw(to_csv(header, rows), content_type="text/csv; charset=utf-8", headers=disposition)


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
        ("messages by intent", report.intents),
        ("messages by channel", report.channels),
        ("questions by outcome", report.outcomes),
    ):
        for name, count in counts.items():
            yield figure, name, count
    for demand in report.demand:
        yield "competency demand", f"{demand.department}: {demand.competency}", demand.count
