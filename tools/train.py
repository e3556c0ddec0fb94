"""Train the assistant, in the assistant's environment: ``python -m tools.train``."""

from __future__ import annotations

import errno
import logging
import os
import sys
import warnings
from pathlib import Path

MODEL_DIRECTORY = Path("models")
MODEL_NAME = "sathi"


def main() -> int:
    """Train and say in one line what is wrong if it fails."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.filterwarnings("ignore")
    from rasa import train
    from rasa.shared.exceptions import RasaException
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    # INFO names the component being trained; without this Rasa prints every debug event.
    configure_logging_and_warnings(logging.INFO)
    configure_structlog(logging.INFO)
    try:
        train(
            domain="domain.yml",
            config="config.yml",
            training_files=["nlu_data", "bot/dialogue"],
            output=str(MODEL_DIRECTORY),
            fixed_model_name=MODEL_NAME,
        )
    except RasaException as error:
        print(f"Training failed: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("The disk is full; free 2 GB and run `make train` again.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
