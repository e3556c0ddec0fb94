from __future__ import annotations

from pathlib import Path

import numpy as np

from knowledge_base.answers.sentence_vectors import (
    SentenceVectors,
    encode_sentences,
    passage_sentences,
)
from knowledge_base.catalogue import Catalogue, Course, Module, Passage
from knowledge_base.encoder import Encoder


def catalogue_of(*passages: str) -> Catalogue:
    module = Module(
        id="m1",
        title="M",
        passages=tuple(
            Passage(id=f"p{number}", heading="H", text=text) for number, text in enumerate(passages)
        ),
    )
    course = Course(
        id="c",
        title="C",
        provider="P",
        language="en",
        duration_seconds=60,
        summary="S",
        modules=(module,),
    )
    return Catalogue(courses={"c": course})


def test_vectors_are_those_of_the_sentences(tmp_path: Path, encoder: Encoder) -> None:
    catalogue, path = catalogue_of("One fee. Two forms."), tmp_path / "sentences.sqlite"
    assert encode_sentences(catalogue, encoder, path) == 2
    vectors = SentenceVectors(path, encoder).of("One fee. Two forms.")
    expected = encoder.encode_passages(["One fee.", "Two forms."])
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_a_running_server_sees_what_is_made_meanwhile(tmp_path: Path, encoder: Encoder) -> None:
    path = tmp_path / "sentences.sqlite"
    reader = SentenceVectors(path, encoder)
    assert reader.of("One fee. Two forms.") is None
    encode_sentences(catalogue_of("One fee. Two forms."), encoder, path)
    assert reader.of("One fee. Two forms.").shape == (2, encoder.dimension)


def test_only_new_sentences_are_encoded_and_old_ones_go(tmp_path: Path, encoder: Encoder) -> None:
    path, done = tmp_path / "sentences.sqlite", []
    encode_sentences(catalogue_of("One fee. Two forms."), encoder, path)
    changed = catalogue_of("One fee. Three forms.")
    encode_sentences(changed, encoder, path, done.append)
    assert done == [1, 1]
    assert SentenceVectors(path, encoder).of("Two forms.") is None


def test_each_sentence_counts_once() -> None:
    assert passage_sentences(catalogue_of("Same. Other.", "Same.")) == ["Same.", "Other."]
