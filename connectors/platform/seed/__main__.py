"""Command line of the seed."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime, time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import Engine, func, select

from connectors.platform.database import migrate, open_database, transaction
from connectors.platform.records import PlatformUnavailableError
from connectors.platform.schema import (
    certificates,
    courses,
    enrolments,
    karma_points,
    learners,
    learning_days,
    plan_items,
    resource_states,
)
from connectors.platform.seed.log import write_log
from connectors.platform.seed.writer import SeedError, fill
from connectors.platform.settings import PlatformSettings
from connectors.platform.sql import INDIA
from knowledge_base.loader import CatalogueError, load_catalogue
from knowledge_base.settings import KnowledgeBaseSettings

_TABLES = (
    courses,
    learners,
    enrolments,
    resource_states,
    certificates,
    plan_items,
    learning_days,
    karma_points,
)
# With a date given, the data leads up to the early morning of that day.
_MORNING = time(6)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: those of the process when None.

    Returns:
        Exit status.
    """
    options = _parser().parse_args(arguments)
    try:
        engine = open_database(PlatformSettings().database)
        migrate(engine)
        if options.log is None or _is_empty(engine):
            _seed(engine, options)
        if options.log is not None:
            written = write_log(engine, options.log)
            print(f"{written} enrolments written to {options.log}")
    except (PlatformUnavailableError, SeedError, CatalogueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m connectors.platform.seed",
        description="Fill the empty database SATHI_DATABASE with synthetic learners.",
    )
    parser.add_argument("--learners", type=_positive, default=500)
    parser.add_argument("--enrolments", type=_positive, default=12, help="a learner, on average")
    parser.add_argument("--seed", type=int, default=7, help="what all chance depends on")
    parser.add_argument(
        "--today",
        type=date.fromisoformat,
        help="day the data leads up to, YYYY-MM-DD; this moment when left out",
    )
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE.csv",
        help="write the enrolments as learner,course,timestamp; a filled database stays as it is",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _is_empty(engine: Engine) -> bool:
    with transaction(engine) as connection:
        return connection.execute(select(learners.c.id).limit(1)).first() is None


def _seed(engine: Engine, options: argparse.Namespace) -> None:
    now = datetime.now(INDIA)
    if options.today is not None:
        now = datetime.combine(options.today, _MORNING, INDIA)
    catalogue = load_catalogue(KnowledgeBaseSettings().catalogue)
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Making learners", total=options.learners)
        fill(
            engine,
            catalogue,
            now,
            learners=options.learners,
            seed=options.seed,
            enrolments=options.enrolments,
            progress=lambda made: progress.advance(task, made),
        )
    summary = Table("table", "rows")
    with transaction(engine) as connection:
        for table in _TABLES:
            count = connection.execute(select(func.count()).select_from(table)).scalar_one()
            summary.add_row(table.name, f"{count:,}")
    Console().print(summary)


if __name__ == "__main__":
    sys.exit(main())
