from __future__ import annotations

import pytest

from knowledge_base.calibration import Evidence, fit

INSIDE = [Evidence(0.88 + i / 500, 0.05, 0.6) for i in range(10)]
OUTSIDE = [Evidence(0.76 + i / 500, 0.02, 0.1) for i in range(10)]


def test_probability_separates_and_rises() -> None:
    calibration = fit(INSIDE, OUTSIDE)
    assert calibration.probability(INSIDE[0]) > 0.5 > calibration.probability(OUTSIDE[-1])
    weak, strong = Evidence(0.80, 0.03, 0.3), Evidence(0.90, 0.06, 0.7)
    assert calibration.probability(strong) > calibration.probability(weak)


def test_needs_both_sides() -> None:
    with pytest.raises(ValueError, match="inside and outside"):
        fit(INSIDE, [])
