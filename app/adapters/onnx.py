"""Opens an ONNX model."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def session(model: Path) -> Any:
    """A session with one thread: the worker runs one child for each core, and more threads would only compete."""
    # Late: 60 MB that only a worker needs.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
