from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from bot.nlu.linear_model import LinearModel

FEATURES = 40


def examples(classes: int, noise: float, each: int = 120) -> tuple[csr_matrix, list[str]]:
    """Return sparse features and labels: each class has features of its own, and noise."""
    random = np.random.default_rng(3)
    rows, labels = [], []
    for number in range(classes * each):
        label = number % classes
        row = random.normal(0, noise, FEATURES) * (random.random(FEATURES) < 0.3)
        row[label * 4 : label * 4 + 4] += 1.0
        rows.append(row)
        labels.append(f"class {label}")
    return csr_matrix(np.array(rows, dtype=np.float32)), labels


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_probabilities_follow_the_machines_scores(classes: int) -> None:
    features, labels = examples(classes, noise=0.8)
    model = LinearModel.fit(features, labels, strength=1.0)
    machine = LinearSVC(C=1.0, random_state=7).fit(features, labels)
    found = model.probabilities(features)
    assert model.classes == [f"class {number}" for number in range(classes)]
    assert found.shape == (len(labels), classes)
    assert found.sum(axis=1) == pytest.approx(1)
    chosen = [model.classes[best] for best in found.argmax(axis=1)]
    # Weights are kept in 16 bits, which may turn the nearest of calls.
    assert np.mean(np.array(chosen) == machine.predict(features)) > 0.99
    assert np.mean(np.array(chosen) == labels) > 0.9


def test_rows_are_computed_as_the_whole_matrix_is() -> None:
    features, labels = examples(3, noise=1.5)
    model = LinearModel.fit(features, labels, strength=1.0)
    dense = features.toarray() @ model.weights.astype(np.float32) + model.bias
    exponents = np.exp(dense * model.sharpness)
    wanted = exponents / exponents.sum(axis=1, keepdims=True)
    assert wanted.max(axis=1).min() < 0.9
    assert np.allclose(model.probabilities(features), wanted, atol=1e-4)


def test_a_message_without_known_features_gets_what_the_bias_says() -> None:
    features, labels = examples(3, noise=0.5)
    model = LinearModel.fit(features, labels, strength=1.0)
    (found,) = model.probabilities(csr_matrix((1, FEATURES), dtype=np.float32))
    exponents = np.exp(model.bias * model.sharpness)
    assert found == pytest.approx(exponents / exponents.sum(), abs=1e-5)


def test_probabilities_are_as_sure_as_the_model_is_right() -> None:
    """Labels that are wrong at times must make for less confidence, not only for mistakes."""
    features, labels = examples(3, noise=0.5, each=600)
    wrong = np.random.default_rng(5).random(len(labels)) < 0.4
    shuffled = [
        f"class {(int(label[-1]) + 1) % 3}" if is_wrong else label
        for label, is_wrong in zip(labels, wrong, strict=True)
    ]
    unseen, truth = features[-300:], shuffled[-300:]
    model = LinearModel.fit(features[:-300], shuffled[:-300], strength=1.0)
    found = model.probabilities(unseen)
    right = [
        model.classes[best] == label for best, label in zip(found.argmax(1), truth, strict=True)
    ]
    assert found.max(axis=1).mean() == pytest.approx(np.mean(right), abs=0.1)
    clean = LinearModel.fit(features[:-300], labels[:-300], strength=1.0)
    assert clean.probabilities(unseen).max(axis=1).mean() > 0.9


def test_large_scores_do_not_overflow() -> None:
    features, labels = examples(3, noise=0.1)
    model = LinearModel.fit(features, labels, strength=100.0)
    found = model.probabilities(features * np.float32(1e4))
    assert np.isfinite(found).all()
    assert found.max(axis=1) == pytest.approx(1)


def test_fitting_twice_gives_the_same() -> None:
    features, labels = examples(3, noise=0.8)
    one, other = (LinearModel.fit(features, labels, strength=1.0) for _ in range(2))
    assert np.array_equal(one.weights, other.weights)
    assert (one.weights.dtype, one.weights.flags["C_CONTIGUOUS"]) == (np.float16, True)
    assert one.sharpness == other.sharpness
