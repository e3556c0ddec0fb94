"""Figures as tables and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ir_measures import Measure
from rich.console import Console
from rich.table import Table

from knowledge_base.evaluate.collection import FORMS, NATIVE, ROMANISED, Query
from knowledge_base.evaluate.measures import NDCG, abstention, by_group
from knowledge_base.evaluate.systems import HYBRID, Found
from knowledge_base.languages import registry

Figures = dict[str, Any]
ALL = "all"


def figures(
    queries: Sequence[Query],
    results: Mapping[str, Sequence[Found]],
    measures: dict[str, Measure],
) -> Figures:
    """Measure every system by language, and by form within a language where forms are told.

    Args:
        queries: n queries.
        results: system -> n finds; ``hybrid`` is among them.
        measures: name -> measure.

    Returns:
        language, and ``all`` if there are several -> figures of hybrid search, with
        ``systems``: name -> figures, and where the queries tell their form ``forms``:
        form -> system -> figures.
    """
    by_language = _measure(queries, results, _language, measures)
    if len(by_language) > 1:
        by_language |= _measure(queries, results, lambda _: ALL, measures)
    by_form = _measure(queries, results, lambda query: f"{_language(query)} {query.form}", measures)
    report: Figures = {}
    for language, systems in by_language.items():
        report[language] = {**systems[HYBRID], "systems": systems}
        forms = {form: by_form[name] for form in FORMS if (name := f"{language} {form}") in by_form}
        if forms:
            report[language]["forms"] = forms
    return report


def _measure(
    queries: Sequence[Query],
    results: Mapping[str, Sequence[Found]],
    group: Callable[[Query], str],
    measures: dict[str, Measure],
) -> dict[str, dict[str, dict[str, float]]]:
    """Return group -> system -> figures."""
    report: dict[str, dict[str, dict[str, float]]] = {}
    for system, found in results.items():
        for name, row in by_group(queries, found, group, measures).items():
            report.setdefault(name, {})[system] = row
    return report


def _language(query: Query) -> str:
    return registry.language_of(query.language) if query.form else query.language


def print_systems(report: Figures, measures: Mapping[str, Measure]) -> None:
    """Print nDCG@10 of every system and all figures of hybrid search, one language a row."""
    systems = list(next(iter(report.values()))["systems"])
    others = [name for name in measures if name != NDCG]
    table = Table("language", "questions", *(f"{NDCG} {name}" for name in systems), *others)
    for language, row in report.items():
        gains = (f"{row['systems'][name][NDCG]:.3f}" for name in systems)
        rest = (f"{row[name]:.3f}" for name in others)
        table.add_row(language, str(row["questions"]), *gains, *rest)
    Console().print(table)


def print_forms(report: Figures) -> None:
    """Print nDCG@10 of every form and system side by side, one language a row."""
    with_forms = {language: row["forms"] for language, row in report.items() if "forms" in row}
    if not with_forms:
        return
    columns = [
        (form, system)
        for form in FORMS
        for system in next(iter(report.values()))["systems"]
        if any(form in forms for forms in with_forms.values())
    ]
    table = Table(
        f"{NDCG}: language", *(f"{form} {system}" for form, system in columns), "romanised - native"
    )
    for language, forms in with_forms.items():
        cells = [
            f"{forms[form][system][NDCG]:.3f}" if form in forms else "" for form, system in columns
        ]
        gap = ""
        if NATIVE in forms and ROMANISED in forms:
            gap = f"{forms[ROMANISED][HYBRID][NDCG] - forms[NATIVE][HYBRID][NDCG]:+.3f}"
        table.add_row(language, *cells, gap)
    Console().print(table)


def answering(
    queries: Sequence[Query], results: Mapping[str, Sequence[Found]], threshold: float
) -> Figures | None:
    """Measure answering or abstaining of hybrid search, see ``abstention``."""
    return abstention(queries, results[HYBRID], threshold)


def print_answering(row: Figures) -> None:
    """Print what ``answering`` returned."""
    table = Table(*row)
    table.add_row(*(str(value) for value in row.values()))
    Console().print(table)
