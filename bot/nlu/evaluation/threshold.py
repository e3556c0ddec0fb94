"""Where to reject a message: ``python -m bot.nlu.evaluation.threshold``.

Every training example is classified by a model that has not seen it (cross-validation). A
message is rejected when ``out_of_scope`` comes first, or when the fallback takes it: its
confidence is below the threshold, or the runner-up is closer than the ambiguity threshold.
Of the pairs of thresholds that reject few enough of the messages in scope, the one that
lets the fewest of the others pass is chosen.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, List, Optional, Sequence, Text, Tuple

import numpy as np

from bot.nlu.evaluation.console import markdown_table, progress, quiet

if TYPE_CHECKING:
    from rasa.shared.nlu.training_data.message import Message

    from bot.nlu.intent_classifier import IntentClassifier

THRESHOLDS = tuple(round(0.025 * step, 3) for step in range(25))
AMBIGUITIES = (0.0, 0.01, 0.02, 0.03, 0.05)


@dataclass(frozen=True)
class Judged:
    """How n messages were classified, arrays of shape (n,).

    Attributes:
        outside: whether the message is out of scope.
        taken_outside: whether the classifier puts ``out_of_scope`` first.
        confidence: probability of the first intent.
        margin: by how much it leads, 1 where there is no other.
        rejection: 1 minus the probability of the first intent that is in scope.
    """

    outside: np.ndarray
    taken_outside: np.ndarray
    confidence: np.ndarray
    margin: np.ndarray
    rejection: np.ndarray

    def error_rates(self, threshold: float, ambiguity: float) -> Tuple[float, float]:
        """Return the rates of false accepts and of false rejects of a pair of thresholds."""
        rejected = self.taken_outside | (self.confidence < threshold) | (self.margin < ambiguity)
        return float(1 - rejected[self.outside].mean()), float(rejected[~self.outside].mean())


def main(arguments: Optional[List[Text]] = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.evaluation.threshold")
    parser.add_argument("--examples", type=Path, default=Path("nlu_data"), help="training files")
    parser.add_argument("--folds", type=int, default=3, help="of the cross-validation")
    parser.add_argument("--false-reject", type=float, default=0.07, help="the most in scope")
    options = parser.parse_args(arguments)
    quiet()
    from sklearn.metrics import roc_auc_score

    from bot.nlu.evaluation.examples import Vectors, read_examples

    examples = read_examples(options.examples)
    progress(f"vectors of {len(examples)} examples")
    judged = left_out(Vectors().add(examples), options.folds)
    best = choose(judged, options.false_reject)
    print(f"AUROC {roc_auc_score(judged.outside, judged.rejection):.3f}\n")
    ambiguity = best[1] if best else 0.0
    rows = [(str(value), *judged.error_rates(value, ambiguity)) for value in THRESHOLDS]
    print(f"with ambiguity_threshold {ambiguity}:\n")
    print(markdown_table(("threshold", "false accept", "false reject"), rows))
    if best is None:
        print(f"\nno thresholds reject at most {options.false_reject:.1%} in scope")
        return 1
    print(f"\nchosen: threshold {best[0]}, ambiguity_threshold {best[1]}")
    return 0


def left_out(examples: Sequence[Message], folds: int) -> Judged:
    """Classify every example by a classifier trained without it.

    Args:
        examples: examples with vectors.
        folds: how many classifiers are trained, each on all folds but one.
    """
    from sklearn.model_selection import StratifiedKFold

    from bot.nlu.evaluation.examples import SEED, stratum_of, train_classifier

    splitter = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    strata = [stratum_of(example) for example in examples]
    parts = []
    for number, (kept, tested) in enumerate(splitter.split(strata, strata), start=1):
        progress(f"fold {number} of {folds}")
        classifier = train_classifier([examples[i] for i in kept])
        parts.append(judge(classifier, [examples[i] for i in tested]))
    return Judged(
        **{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])}
    )


def judge(classifier: IntentClassifier, examples: Sequence[Message]) -> Judged:
    """Classify labelled messages that have vectors."""
    from rasa.shared.nlu.constants import (
        INTENT,
        INTENT_NAME_KEY,
        INTENT_RANKING_KEY,
        PREDICTED_CONFIDENCE_KEY,
    )

    from bot.nlu.evaluation.examples import parse
    from bot.nlu.evaluation.measures import OUT_OF_SCOPE
    from bot.nlu.evaluation.model import understood_of

    found = parse(classifier, examples)
    confidences = [
        [one[PREDICTED_CONFIDENCE_KEY] for one in data[INTENT_RANKING_KEY]] for data in found
    ]
    return Judged(
        outside=np.array([example.get(INTENT) == OUT_OF_SCOPE for example in examples]),
        taken_outside=np.array([d[INTENT][INTENT_NAME_KEY] == OUT_OF_SCOPE for d in found]),
        confidence=np.array([data[INTENT][PREDICTED_CONFIDENCE_KEY] for data in found]),
        margin=np.array([c[0] - c[1] if len(c) > 1 else 1.0 for c in confidences]),
        rejection=np.array([understood_of(data).rejection for data in found]),
    )


def choose(judged: Judged, most_false_rejects: float) -> Optional[Tuple[float, float]]:
    """Return the threshold and the ambiguity threshold, None if none rejects few enough.

    Args:
        judged: messages classified by models that have not seen them.
        most_false_rejects: share of the messages in scope, 0 to 1.
    """
    rated = [
        (*judged.error_rates(threshold, ambiguity), threshold, ambiguity)
        for threshold in THRESHOLDS
        for ambiguity in AMBIGUITIES
    ]
    allowed = [rates for rates in rated if rates[1] <= most_false_rejects]
    return min(allowed)[2:] if allowed else None


if __name__ == "__main__":
    sys.exit(main())
