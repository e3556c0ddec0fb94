"""Write the enrolments as a log: learner, course, timestamp."""

from __future__ import annotations

import csv
from pathlib import Path

from sqlalchemy import Engine, select

from connectors.platform.database import transaction
from connectors.platform.schema import enrolments

_ROWS_AT_A_TIME = 10_000


def write_log(engine: Engine, path: Path) -> int:
    """Write all enrolments by time to a CSV file.

    Args:
        engine: the database.
        path: file to write; columns ``learner``, ``course`` and ``timestamp`` (ISO 8601, UTC).

    Returns:
        Number of enrolments.

    Raises:
        PlatformUnavailableError: the database failed.
        OSError: the file cannot be written.
    """
    columns = enrolments.c
    query = select(columns.learner_id, columns.course_id, columns.enrolled_on).order_by(
        columns.enrolled_on, columns.learner_id, columns.course_id
    )
    written = 0
    with transaction(engine) as connection, path.open("w", encoding="utf-8", newline="") as file:
        log = csv.writer(file)
        log.writerow(["learner", "course", "timestamp"])
        for row in connection.execution_options(yield_per=_ROWS_AT_A_TIME).execute(query):
            log.writerow([row.learner_id, row.course_id, f"{row.enrolled_on:%Y-%m-%dT%H:%M:%SZ}"])
            written += 1
    return written
