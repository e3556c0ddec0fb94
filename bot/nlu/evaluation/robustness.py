"""What typing and missing languages cost: ``python -m bot.nlu.evaluation.robustness --data ...``.

The classifier of the pipeline, without the fallback, on messages that it has not seen: all
of them, the same with typos, those in Latin letters, those that mix English words into
another script, and those of one or two words. Then one language after the other is taken
out of the training examples in all its scripts, and its messages are measured again.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Text

import regex

from bot.nlu.evaluation.console import markdown_table, progress, quiet
from bot.nlu.evaluation.questions import LabelledMessage, QuestionFileError, read_messages
from bot.nlu.evaluation.typos import with_typos
from knowledge_base.languages import registry

if TYPE_CHECKING:
    from rasa.shared.nlu.training_data.message import Message

    from bot.nlu.evaluation.measures import Understood

# One language of each script.
LANGUAGES = ("hi", "bn", "te", "ta", "gu", "ur", "kn", "ml", "pa", "or")
_LATIN_WORD = regex.compile(r"[A-Za-z]{2,}")
_SHORT = 2  # words


def main(arguments: Optional[List[Text]] = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.evaluation.robustness")
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="JSONL files")
    parser.add_argument("--examples", type=Path, default=Path("nlu_data"), help="training files")
    parser.add_argument(
        "--languages", nargs="*", default=LANGUAGES, choices=list(registry.languages())
    )
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args(arguments)
    try:
        messages = read_messages(options.data)
    except (QuestionFileError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    quiet()
    from bot.nlu.evaluation.examples import Vectors, read_examples

    examples = read_examples(options.examples)
    progress(f"vectors of {len(examples)} examples and {len(messages)} messages, twice")
    vectors = Vectors()
    vectors.add(examples)
    figures = measure_robustness(
        examples,
        messages,
        typed=vectors.of_texts([message.text for message in messages]),
        mistyped=vectors.of_texts(mistyped_texts(messages)),
        languages=options.languages,
    )
    print(tables(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), "utf-8")
    return 0


def measure_robustness(
    examples: Sequence[Message],
    messages: Sequence[LabelledMessage],
    typed: Sequence[Message],
    mistyped: Sequence[Message],
    languages: Sequence[Text],
) -> Dict[Text, Any]:
    """Measure the splits, and each language without its examples.

    Args:
        examples: training examples with vectors.
        messages: n messages to measure with.
        typed: the n messages with vectors, as they were typed.
        mistyped: the n messages with vectors, with typos.
        languages: codes of the languages to leave out.

    Returns:
        ``splits``: name -> measures; ``left_out``: language -> ``native`` and ``romanised``
        -> accuracy ``full`` (all examples) and ``without`` (those of the language).
    """
    from bot.nlu.evaluation.examples import classify, locale_of, train_classifier

    progress("training on all examples")
    classifier = train_classifier(examples)
    understood = classify(classifier, typed)
    splits = {"all": _measured(messages, understood)}
    splits["all, with typos"] = _measured(messages, classify(classifier, mistyped))
    for name, belongs in SPLITS.items():
        chosen = [i for i, message in enumerate(messages) if belongs(message)]
        if chosen:
            splits[name] = _measured([messages[i] for i in chosen], [understood[i] for i in chosen])
    left_out = {}
    for language in languages:
        progress(f"training without {language}")
        others = [e for e in examples if registry.language_of(locale_of(e)) != language]
        chosen = [i for i, m in enumerate(messages) if registry.language_of(m.locale) == language]
        unseen = classify(train_classifier(others), [typed[i] for i in chosen])
        left_out[language] = _transfer(
            [messages[i] for i in chosen], [understood[i] for i in chosen], unseen
        )
    return {"splits": splits, "left_out": left_out}


def mistyped_texts(messages: Sequence[LabelledMessage], seed: int = 7) -> List[Text]:
    """Return the messages with typos, the same ones for the same seed."""
    generator = random.Random(seed)  # noqa: S311 (nothing secret)
    return [with_typos(message.text, generator) for message in messages]


def is_romanised(message: LabelledMessage) -> bool:
    """Tell whether a message is in Latin letters, but not English."""
    return registry.is_romanised(message.locale)


def is_code_mixed(message: LabelledMessage) -> bool:
    """Tell whether a message in another script has a word in Latin letters."""
    is_latin = is_romanised(message) or message.locale == registry.DEFAULT_LOCALE
    return not is_latin and _LATIN_WORD.search(message.text) is not None


def is_short(message: LabelledMessage) -> bool:
    """Tell whether a message has one or two words."""
    return len(message.text.split()) <= _SHORT


SPLITS: Dict[Text, Callable[[LabelledMessage], bool]] = {
    "romanised": is_romanised,
    "code-mixed": is_code_mixed,
    "one or two words": is_short,
}


def tables(figures: Dict[Text, Any]) -> Text:
    """Return the figures as two Markdown tables."""
    columns = ("messages", "accuracy", "macro_f1")
    splits = markdown_table(
        ("messages", "number", "accuracy", "macro-F1"),
        [(name, *(values[c] for c in columns)) for name, values in figures["splits"].items()],
    )
    rows = []
    for language, scripts in figures["left_out"].items():
        row = [language]
        for script in ("native", "romanised"):
            full, without = (scripts.get(script, {}).get(key) for key in ("full", "without"))
            row += [full, without, without / full if full else None]
        rows.append(row)
    header = ("full", "left out", "kept")
    names = (
        *(f"{name}, own script" for name in header),
        *(f"{name}, romanised" for name in header),
    )
    return splits + "\n\n" + markdown_table(("language", *names), rows)


def _measured(
    messages: Sequence[LabelledMessage], understood: Sequence[Understood]
) -> Dict[Text, Any]:
    from bot.nlu.evaluation.measures import measure_group

    return measure_group(messages, understood)


def _transfer(
    messages: Sequence[LabelledMessage],
    full: Sequence[Understood],
    without: Sequence[Understood],
) -> Dict[Text, Dict[Text, float]]:
    found: Dict[Text, Dict[Text, float]] = {}
    for script, wanted in (("native", False), ("romanised", True)):
        chosen = [i for i, message in enumerate(messages) if is_romanised(message) is wanted]
        if chosen:
            labelled = [messages[i] for i in chosen]
            found[script] = {
                "full": _measured(labelled, [full[i] for i in chosen])["accuracy"],
                "without": _measured(labelled, [without[i] for i in chosen])["accuracy"],
            }
    return found


if __name__ == "__main__":
    sys.exit(main())
