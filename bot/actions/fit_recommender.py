"""Fit recommendations to the enrolments: ``python -m bot.actions.fit_recommender``.

The enrolments are those of the platform, or of a CSV file with the columns ``learner``,
``course`` and ``timestamp`` where the platform cannot tell them (Sunbird). What is written,
the collaborative model and the number of enrolments of each course, names no learner. The
action server does this every night and takes up what was written within minutes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.actions.recommender_files import FitRunningError, Fitted, RecommenderFiles
from bot.actions.settings import ActionSettings
from connectors.platform.database import migrate, open_database
from connectors.platform.factory import PlatformSettingError, open_platform
from connectors.platform.records import LearningPlatform, PlatformError
from connectors.platform.schema import utc_now
from connectors.platform.settings import PlatformSettings
from knowledge_base.recommend.enrolments import (
    EnrolmentLog,
    EnrolmentLogError,
    make_log,
    read_log,
)
from knowledge_base.recommend.training import fit

# Of fewer learners a weight could show what one of them took, and fewer than five
# enrolments each make no history to learn from: popularity serves better.
MIN_LEARNERS = 100
MIN_ENROLMENTS = 500


def platform_log(platform: LearningPlatform, now: datetime) -> EnrolmentLog:
    """Return the enrolments of a platform.

    Args:
        platform: the platform.
        now: the moment, after which no enrolment can be.

    Raises:
        PlatformError: the platform failed.
    """
    rows = platform.enrolment_log()
    return make_log(
        ((learner, course, moment.timestamp()) for learner, course, moment in rows), now
    )


def fit_log(log: EnrolmentLog, files: RecommenderFiles) -> bool:
    """Fit to a log and write what was learnt; call it within ``RecommenderFiles.fitting``.

    Args:
        log: enrolments.
        files: where it is written.

    Returns:
        Whether anything was written; not when the log is too short to learn from.

    Raises:
        OSError: the files cannot be written.
    """
    if len(log.learners) < MIN_LEARNERS or len(log) < MIN_ENROLMENTS:
        return False
    files.save(Fitted(fit(log), dict(zip(log.courses, log.counts().tolist(), strict=True))))
    return True


def _read(path: Path | None) -> EnrolmentLog:
    if path is not None:
        return read_log(path)
    settings = PlatformSettings()
    engine = open_database(settings.database)
    migrate(engine)
    return platform_log(open_platform(settings, engine), utc_now())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bot.actions.fit_recommender",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE.csv", help="CSV: learner,course,timestamp"
    )
    options = parser.parse_args(arguments)
    files = RecommenderFiles(ActionSettings().recommender_directory)
    started = time.perf_counter()
    try:
        with files.fitting():
            log = _read(options.log)
            fitted = fit_log(log, files)
    except FitRunningError as error:
        print(f"{error}; nothing is left to do here")
        return 0
    except (EnrolmentLogError, OSError, PlatformError, PlatformSettingError) as error:
        print(error, file=sys.stderr)
        return 2
    found = f"{len(log.learners)} learners, {len(log.courses)} courses, {len(log)} enrolments"
    if fitted:
        print(f"{found}, {time.perf_counter() - started:.1f} s")
    else:
        print(
            f"{found}: too few to learn from ({MIN_LEARNERS} learners and {MIN_ENROLMENTS} "
            "enrolments are needed); nothing was written"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
