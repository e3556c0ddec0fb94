from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.embedding_cache import EmbeddingCache
from knowledge_base.encoder import Encoder

TEXTS = ["Leave rules", "अवकाश नियम", "விடுப்பு விதிகள்"]


@pytest.fixture
def cache(tmp_path: Path, encoder: Encoder) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "embeddings.sqlite", encoder.namespace)


def test_a_cached_vector_is_the_encoded_one(cache: EmbeddingCache, encoder: Encoder) -> None:
    encoded = encoder.encode_passages(TEXTS)
    assert np.allclose(encoder.encode_passages(TEXTS, cache=cache), encoded, atol=1e-5)
    found = cache.find(TEXTS)
    assert list(found) and all(
        np.allclose(found[text], vector, atol=1e-5)
        for text, vector in zip(TEXTS, encoded, strict=True)
    )


def test_known_texts_are_not_encoded_again(cache: EmbeddingCache, encoder: Encoder) -> None:
    marked = np.full((1, encoder.dimension), 7.0, dtype=np.float32)
    cache.add(TEXTS[:1], marked)
    vectors = encoder.encode_passages(TEXTS, cache=cache)
    assert (vectors[0] == 7.0).all()
    assert np.isclose(np.linalg.norm(vectors[1]), 1.0, atol=1e-4)


def test_another_model_or_prompt_shares_nothing(tmp_path: Path) -> None:
    one = EmbeddingCache(tmp_path / "embeddings.sqlite", "one")
    one.add(["text"], np.ones((1, 3), dtype=np.float32))
    assert EmbeddingCache(tmp_path / "embeddings.sqlite", "other").find(["text"]) == {}


def test_stale_vectors_are_forgotten(cache: EmbeddingCache) -> None:
    cache.add(["kept", "stale"], np.ones((2, 3), dtype=np.float32))
    cache.keep_only(["kept"])
    assert list(cache.find(["kept", "stale"])) == ["kept"]


def test_repeated_texts_are_counted_and_returned_for_each(
    cache: EmbeddingCache, encoder: Encoder
) -> None:
    done: list[int] = []
    vectors = encoder.encode_passages(["same", "same", "other"], done.append, cache)
    assert sum(done) == 3
    assert (vectors[0] == vectors[1]).all()
