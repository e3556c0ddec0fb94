"""Take courses in from a folder, a file or the platform: ``python -m tools.ingest SOURCE``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from knowledge_base.content import store_digest
from knowledge_base.content_store import ContentStoreError, open_content_store, open_filled_store
from knowledge_base.ingest.course_lists import competency_ids
from knowledge_base.ingest.folder import FolderSource
from knowledge_base.ingest.limits import IngestLimits
from knowledge_base.ingest.run import IngestRun, Problem, RunSummary
from knowledge_base.ingest.source import ContentSource, SourceError
from knowledge_base.loader import CatalogueError, load_competencies
from knowledge_base.model_weights import ModelWeightsError
from knowledge_base.settings import KnowledgeBaseSettings

_SUNBIRD = "sunbird"
# Its content is the store's at the last refresh; the Makefile looks at it.
_DIGEST = "content.digest"


def main(arguments: list[str] | None = None) -> int:
    """Take a source in, say what became of it, and refresh the index and the names.

    Returns:
        0 if everything was taken in, 1 if something failed, 2 if nothing could be done.
    """
    options = _parser().parse_args(arguments)
    try:
        settings, limits = KnowledgeBaseSettings(), IngestLimits()
        source = open_source(options.source, settings, limits, options.provider)
        summary = _run(source, settings, limits, options)
        print_summary(summary, options.dry_run)
        if not options.dry_run and not options.no_index:
            refresh(settings)
    except (CatalogueError, ContentStoreError, ModelWeightsError, SourceError) as error:
        print(error, file=sys.stderr)
        return 2
    except ValidationError as error:
        first = error.errors()[0]
        print(f"SATHI_INGEST_{str(first['loc'][0]).upper()}: {first['msg']}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; the next run goes on from here.", file=sys.stderr)
        return 130
    return 1 if summary.failed or summary.gaps else 0


def open_source(
    name: str, settings: KnowledgeBaseSettings, limits: IngestLimits, provider: str
) -> ContentSource:
    """Return the source of a name.

    Args:
        name: path of a folder or a file, ``sunbird``, or the address of a Sunbird platform.
        settings: whose catalogue has the competency model.
        limits: what a file may ask of the machine.
        provider: of courses that name none, for folders.

    Raises:
        SourceError: there is no such source.
        CatalogueError: the catalogue is broken.
    """
    competencies = competency_ids(load_competencies(settings.catalogue))
    if name == _SUNBIRD or "://" in name:
        from connectors.platform.sunbird_content import SunbirdContentSource

        if name != _SUNBIRD:
            # The address is a setting like the key that belongs to it.
            os.environ["SATHI_SUNBIRD_URL"] = name
        return SunbirdContentSource.from_settings(competencies)
    path = Path(name)
    if not path.exists():
        raise SourceError(f"{name} is neither a folder nor a file, nor 'sunbird' or an address")
    return FolderSource(path, competencies, limits, provider)


def refresh(settings: KnowledgeBaseSettings) -> None:
    """Build the index and the gazetteer if the content has changed since the last time.

    Raises:
        CatalogueError: a catalogue file is broken.
        ContentStoreError: the content store cannot be used.
        ModelWeightsError: the bundled model is missing.
    """
    # Not at the top: processes that read documents import this module, too.
    from knowledge_base.build import build
    from knowledge_base.gazetteer import write_gazetteer

    build(settings)
    digest, noted = store_digest(settings), settings.build_directory / _DIGEST
    if not noted.is_file() or noted.read_text() != digest:
        write_gazetteer(settings, settings.gazetteer)
        noted.write_text(digest)


def print_summary(summary: RunSummary, dry: bool) -> None:
    """Print what became of the courses, and each failure with its reason."""
    console = Console()
    counts = Table("new", "changed", "unchanged", "removed", "failed")
    counts.add_row(
        *(str(len(ids)) for ids in (summary.new, summary.changed, summary.unchanged)),
        str(len(summary.removed)),
        str(len(summary.failed)),
    )
    console.print("Dry run, nothing was kept:" if dry else "Courses:")
    console.print(counts)
    for title, problems in (("failed", summary.failed), ("taken in without", summary.gaps)):
        if problems:
            console.print(_problem_table(title, problems))


def _problem_table(title: str, problems: list[Problem]) -> Table:
    table = Table(title, "reason")
    for problem in problems:
        # Square brackets in a file's name are no markup.
        table.add_row(problem.course.replace("[", r"\["), problem.reason.replace("[", r"\["))
    return table


def _run(
    source: ContentSource,
    settings: KnowledgeBaseSettings,
    limits: IngestLimits,
    options: argparse.Namespace,
) -> RunSummary:
    if options.dry_run:
        store = open_filled_store(settings.content_database) or open_content_store("sqlite://")
    else:
        store = open_content_store(settings.content_database)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    try:
        with (
            source,
            Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as progress,
        ):
            task = progress.add_task("Taking courses in", total=None)
            if options.restart and not options.dry_run:
                store.begin_listing(source.name)
            return IngestRun(
                source,
                store,
                limits,
                dry=options.dry_run,
                everything=options.all,
                progress=lambda done, listed: progress.update(task, completed=done, total=listed),
            ).run()
    finally:
        store.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.ingest", description=__doc__)
    parser.add_argument("source", help="a folder, a file, 'sunbird', or a platform's address")
    parser.add_argument("--dry-run", action="store_true", help="read everything, keep nothing")
    parser.add_argument("--all", action="store_true", help="read unchanged courses, too")
    parser.add_argument(
        "--restart", action="store_true", help="list from the beginning after an interruption"
    )
    parser.add_argument("--no-index", action="store_true", help="leave index and names as they are")
    parser.add_argument("--provider", default="", help="provider of courses that name none")
    return parser


if __name__ == "__main__":
    sys.exit(main())
