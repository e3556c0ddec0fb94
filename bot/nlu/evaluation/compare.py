"""Compare classifiers on the same examples: ``python -m bot.nlu.evaluation.compare --data ...``.

Each pipeline of ``pipelines/`` is trained by Rasa on the same share of the training
examples and measured on the same messages, which none of them has seen. All are measured
without the fallback: how they reject depends on a threshold of each one's own, the AUROC
does not. Times are processor time of all threads, which other processes disturb little.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text

from bot.nlu.evaluation.console import markdown_table, progress, quiet

PIPELINES = Path(__file__).parent / "pipelines"
_SHARE = 0.1
_COLUMNS = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "calibration_error": "calibration error",
    "auroc": "AUROC out of scope",
    "training_seconds": "training CPU s",
    "milliseconds": "CPU ms a message",
    "model_mb": "model MB",
}


def main(arguments: Optional[List[Text]] = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.evaluation.compare")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="JSONL files")
    parser.add_argument("--examples", type=Path, default=Path("nlu_data"), help="training files")
    parser.add_argument("--share", type=float, default=_SHARE, help="of the training examples")
    parser.add_argument(
        "--pipelines", type=Path, nargs="+", default=sorted(PIPELINES.glob("*.yml"))
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args(arguments)
    if not 0 < options.share <= 1:
        parser.error("--share is above 0 and at most 1")
    quiet()
    from bot.nlu.evaluation.questions import QuestionFileError, read_messages

    try:
        messages = read_messages(options.data)
    except (QuestionFileError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    figures = compare(options.pipelines, options.examples, options.share, messages)
    print(table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), "utf-8")
    return 0


def compare(
    pipelines: Sequence[Path], directory: Path, share: float, messages: Sequence[Any]
) -> Dict[Text, Dict[Text, Any]]:
    """Train and measure pipelines.

    Args:
        pipelines: files of Rasa's configuration.
        directory: the training files.
        share: of the examples of each intent and locale, 0 to 1.
        messages: ``LabelledMessage``s that are in no training file.

    Returns:
        Name of the pipeline -> measure -> value.
    """
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from bot.nlu.evaluation.examples import read_examples, take_share

    examples = take_share(read_examples(directory), share)
    progress(f"{len(examples)} examples, {len(messages)} messages")
    with tempfile.TemporaryDirectory() as folder:
        training_file = Path(folder) / "nlu.yml"
        TrainingData(examples).persist_nlu(str(training_file))
        return {
            path.stem: _measured(path, training_file, Path(folder), messages) for path in pipelines
        }


def table(figures: Dict[Text, Dict[Text, Any]]) -> Text:
    """Return the figures as a Markdown table, the best pipeline first."""
    best_first = sorted(figures.items(), key=lambda pair: -pair[1]["macro_f1"])
    rows = [(name, *(values.get(key) for key in _COLUMNS)) for name, values in best_first]
    return markdown_table(("pipeline", *_COLUMNS.values()), rows)


def _measured(
    pipeline: Path, training_file: Path, folder: Path, messages: Sequence[Any]
) -> Dict[Text, Any]:
    from rasa.engine.caching import CACHE_SIZE_ENV
    from rasa.model_training import train_nlu

    from bot.nlu.evaluation.measures import measure_group
    from bot.nlu.evaluation.model import load_model, understand

    # Rasa would keep the vectors of one pipeline for the next, whose training then looks fast.
    os.environ[CACHE_SIZE_ENV] = "0"
    progress(f"training {pipeline.stem}")
    started = time.process_time()
    with contextlib.redirect_stdout(sys.stderr):
        archive = train_nlu(
            str(pipeline), str(training_file), str(folder), fixed_model_name=pipeline.stem
        )
    training_seconds = time.process_time() - started
    progress(f"measuring {pipeline.stem} after {training_seconds:.0f} s of training")
    agent = load_model(Path(archive))
    started = time.process_time()
    parsed = asyncio.run(understand(agent, [message.text for message in messages]))
    parsing_seconds = time.process_time() - started
    return {
        **measure_group(messages, [understood for understood, _ in parsed]),
        "training_seconds": round(training_seconds),
        "milliseconds": round(1000 * parsing_seconds / len(messages), 1),
        "model_mb": round(Path(archive).stat().st_size / 1e6),
    }


if __name__ == "__main__":
    sys.exit(main())
