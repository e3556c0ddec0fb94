from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge_base.catalogue import Catalogue
from knowledge_base.encoder import Encoder
from knowledge_base.recommend.content import ContentLikeness, centred_vectors
from knowledge_base.recommend.vectors import course_vectors
from tests.actions.conftest import REPOSITORY


def test_vectors_of_courses_are_unit_and_near_for_one_subject(
    catalogue: Catalogue, encoder: Encoder, tmp_path: Path
) -> None:
    wanted = ("do_113693885524467712197", "do_1134693696236748801441", "sathi_excel_basics")
    few = Catalogue(courses={key: catalogue.courses[key] for key in wanted})
    cache = tmp_path / "cache.sqlite"
    vectors = course_vectors(few, encoder, cache)
    assert set(vectors) == set(wanted)
    assert np.linalg.norm(list(vectors.values()), axis=1) == pytest.approx(1, abs=1e-5)
    first, second, other = (vectors[key] for key in wanted)
    assert first @ second > first @ other
    assert np.array_equal(course_vectors(few, encoder, cache)[wanted[0]], first)


def test_courses_without_content_are_like_none() -> None:
    features = centred_vectors(["a", "x", "b"], {"a": np.array([3, 4]), "b": np.array([0, 2])})
    likeness = ContentLikeness(features)
    assert likeness.to(1).tolist() == [0, 0, 0]
    assert likeness.to(0).tolist() == pytest.approx([1, 0, 0])
    assert likeness.to_each([0, 2]).shape == (3, 2)


def test_the_package_needs_neither_rasa_nor_connectors() -> None:
    code = (
        "import sys, pkgutil, importlib, knowledge_base.recommend as package\n"
        "for module in pkgutil.iter_modules(package.__path__):\n"
        "    importlib.import_module(f'{package.__name__}.{module.name}')\n"
        "print([x for x in sys.modules if x.split('.')[0] in ('rasa', 'rasa_sdk', 'connectors')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
