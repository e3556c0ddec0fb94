"""Write a sentence-transformers folder's encoder as ONNX with 8-bit weights.

Mean pooling and normalisation are part of the graph, so that whoever runs it gets sentence
vectors (Reimers and Gurevych 2019, arXiv:1908.10084).
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from knowledge_base.onnx_model import MODEL_FILE

_OPSET = 17


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the exporter and the quantiser advise, which nobody can follow."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(level)


def export(folder: Path) -> None:
    """Write the ONNX file with 8-bit weights into the model's folder.

    Args:
        folder: a sentence-transformers folder with a BERT encoder.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with TemporaryDirectory() as scratch, _quiet():
        full = Path(scratch) / "model.onnx"
        write_full(folder, full)
        quantize_dynamic(full, folder / MODEL_FILE, weight_type=QuantType.QInt8, per_channel=True)


def write_full(folder: Path, path: Path) -> None:
    """Write the encoder as ONNX with 32-bit weights.

    Args:
        folder: a sentence-transformers folder with a BERT encoder.
        path: file to write.
    """
    import torch
    from transformers import AutoModel

    class SentenceEncoder(torch.nn.Module):
        """The encoder, mean pooling over tokens, length 1."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(folder, attn_implementation="eager").eval()

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            """Return sentence vectors of shape (batch, hidden)."""
            states = self.encoder(
                input_ids=input_ids,
                attention_mask=attention_mask,
                token_type_ids=torch.zeros_like(input_ids),
            ).last_hidden_state
            mask = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
            return torch.nn.functional.normalize(mean, dim=-1)

    example = torch.tensor([[0, 5, 6, 2], [0, 5, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    axes = {0: "batch", 1: "tokens"}
    # The newer exporter needs a package more and gives the same graph.
    with _quiet():
        torch.onnx.export(
            SentenceEncoder(),
            (example, mask),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["sentence_embedding"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes},
            opset_version=_OPSET,
            dynamo=False,
        )
