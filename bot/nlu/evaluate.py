"""Measure a trained model: ``python -m bot.nlu.evaluate --data FILE.jsonl --json OUT``.

A line of a file is ``{"text": ..., "language": "hi", "intent": ..., "romanised": false}``;
the intent ``out_of_scope`` stands for whatever Sathi does not do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

from bot.nlu.evaluation.console import markdown_table, quiet

_MODEL = Path("models") / "sathi.tar.gz"
_COLUMNS = (
    *("messages", "accuracy", "macro_f1", "calibration_error"),
    *("language_accuracy", "language_macro_f1"),
    *("auroc", "false_accept", "false_reject"),
)


def main(arguments: Optional[List[Text]] = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="JSONL files")
    parser.add_argument("--model", type=Path, default=_MODEL, help="the trained model")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--errors", type=Path, help="write what was misunderstood here, as JSONL")
    options = parser.parse_args(arguments)
    quiet()
    from bot.nlu.evaluation.measures import measure, outcome
    from bot.nlu.evaluation.model import ModelFileError, load_model, understand
    from bot.nlu.evaluation.questions import QuestionFileError, read_messages

    try:
        messages = read_messages(options.data)
        agent = load_model(options.model)
    except (QuestionFileError, ModelFileError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if not messages:
        print(f"no messages in {', '.join(map(str, options.data))}", file=sys.stderr)
        return 2
    parsed = asyncio.run(understand(agent, [message.text for message in messages]))
    understood = [one for one, _ in parsed]
    figures = measure(messages, understood)
    seconds = sorted(taken for _, taken in parsed)
    figures["all"]["parse_p50_ms"] = round(1000 * seconds[len(seconds) // 2], 1)
    figures["all"]["parse_p95_ms"] = round(1000 * seconds[int(len(seconds) * 0.95)], 1)
    print(table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False), "utf-8")
    if options.errors:
        lines = (
            {**vars(message), "understood": one.intent, "confidence": round(one.confidence, 3)}
            for message, one in zip(messages, understood, strict=True)
            if message.intent != outcome(one.intent)
        )
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        options.errors.write_text(text, "utf-8")
    return 0


def table(figures: Dict[Text, Dict[Text, Any]]) -> Text:
    """Return the figures as a Markdown table, a locale a row."""
    rows = [
        (locale, *(values.get(name) for name in _COLUMNS)) for locale, values in figures.items()
    ]
    last = figures["all"]
    parse = f"parse: p50 {last['parse_p50_ms']} ms, p95 {last['parse_p95_ms']} ms"
    return markdown_table(("locale", *_COLUMNS), rows) + "\n\n" + parse


if __name__ == "__main__":
    sys.exit(main())
