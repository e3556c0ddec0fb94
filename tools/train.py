"""Train the assistant, in the assistant's environment: ``python -m tools.train``."""

from __future__ import annotations

import errno
import logging
import sys
from pathlib import Path

from bot.nlu.evaluation.console import quiet

MODEL_DIRECTORY = Path("models")
MODEL_NAME = "sathi"


def main() -> int:
    """Train and say in one line what is wrong if it fails."""
    # INFO names the component being trained; without this Rasa prints every debug event.
    quiet(logging.INFO)
    from rasa import train
    from rasa.shared.exceptions import RasaException

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
