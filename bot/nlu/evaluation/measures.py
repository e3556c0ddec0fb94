"""Accuracy, macro-F1, calibration and rejection, by locale.

A message that the pipeline gives to ``nlu_fallback`` is rejected, which is right for what
is out of scope and wrong for all else. Macro-F1 is the mean over the intents that the
messages of the locale have.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Text

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score

from bot.nlu.evaluation.questions import LabelledMessage
from knowledge_base.languages import registry

OUT_OF_SCOPE = "out_of_scope"
FALLBACK = "nlu_fallback"
ALL = "all"
NATIVE = "native"
ROMANISED = "romanised"
_BINS = 15


@dataclass(frozen=True)
class Understood:
    """What a model understood of a message.

    Attributes:
        intent: the intent that decides what Sathi does.
        confidence: probability of the classifier's first intent, 0 to 1.
        rejection: how likely the message is out of scope, 0 to 1.
        locale: language and script found, None when the message is too short or unclear.
    """

    intent: Optional[Text]
    confidence: float
    rejection: float
    locale: Optional[Text] = None


def measure(
    messages: Sequence[LabelledMessage], understood: Sequence[Understood]
) -> Dict[Text, Dict[Text, Any]]:
    """Measure by locale and over all.

    Args:
        messages: n labelled messages.
        understood: what the model made of them, in the same order.

    Returns:
        Locale, ``native``, ``romanised`` or ``all`` -> measure -> value, see
        ``measure_group``; the last three have ``language_macro_f1``, too.
    """
    groups: Dict[Text, List[int]] = defaultdict(list)
    for position, message in enumerate(messages):
        groups[message.locale].append(position)
    wholes: Dict[Text, List[int]] = {
        NATIVE: [i for i, m in enumerate(messages) if not registry.is_romanised(m.locale)],
        ROMANISED: [i for i, m in enumerate(messages) if registry.is_romanised(m.locale)],
        ALL: list(range(len(messages))),
    }
    measures = {}
    for name, found in [*sorted(groups.items()), *wholes.items()]:
        if found:
            chosen = [messages[i] for i in found], [understood[i] for i in found]
            measures[name] = measure_group(*chosen)
            if name in wholes:
                measures[name]["language_macro_f1"] = language_macro_f1(*chosen)
    return measures


def language_macro_f1(
    messages: Sequence[LabelledMessage], understood: Sequence[Understood]
) -> float:
    """Return the mean F1 of the locales that the messages have."""
    wanted = [message.locale for message in messages]
    given = [one.locale or "" for one in understood]
    labels = sorted(set(wanted))
    return _rounded(f1_score(wanted, given, labels=labels, average="macro", zero_division=0))


def measure_group(
    messages: Sequence[LabelledMessage], understood: Sequence[Understood]
) -> Dict[Text, Any]:
    """Measure one group of messages.

    Returns:
        ``messages``, ``accuracy``, ``macro_f1``, ``calibration_error`` (expected
        calibration error over 15 bins, Guo et al. 2017), ``language_accuracy``, and where
        both kinds of messages are there ``auroc``, ``false_accept`` (share of those out of
        scope that get an answer) and ``false_reject`` (share of the others that get none).
    """
    wanted = [message.intent for message in messages]
    given = [outcome(one.intent) for one in understood]
    right = np.array([a == b for a, b in zip(wanted, given, strict=True)])
    confidence = np.array([one.confidence for one in understood])
    found = [
        one.locale == message.locale for message, one in zip(messages, understood, strict=True)
    ]
    labels = sorted(set(wanted))
    measures = {
        "messages": len(messages),
        "accuracy": _rounded(right.mean()),
        "macro_f1": _rounded(
            f1_score(wanted, given, labels=labels, average="macro", zero_division=0)
        ),
        "calibration_error": _rounded(calibration_error(confidence, right)),
        "language_accuracy": _rounded(np.mean(found)),
    }
    outside = np.array([intent == OUT_OF_SCOPE for intent in wanted])
    if outside.any() and not outside.all():
        rejected = np.array([intent == OUT_OF_SCOPE for intent in given])
        rejection = [one.rejection for one in understood]
        measures["auroc"] = _rounded(roc_auc_score(outside, rejection))
        measures["false_accept"] = _rounded(1 - rejected[outside].mean())
        measures["false_reject"] = _rounded(rejected[~outside].mean())
    return measures


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Return the expected calibration error.

    Args:
        confidence: float array of shape (n,), probabilities.
        right: bool array of shape (n,).
    """
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return float(
        sum(
            (bins == b).mean() * abs(confidence[bins == b].mean() - right[bins == b].mean())
            for b in np.unique(bins)
        )
    )


def outcome(intent: Optional[Text]) -> Text:
    """Return the intent that an answer counts as: what is rejected counts as out of scope."""
    return OUT_OF_SCOPE if intent in (None, FALLBACK) else intent


def _rounded(value: Any) -> float:
    return round(float(value), 4)
