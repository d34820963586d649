"""Stores the trained network as one ONNX file: vectors in the four bits that they came in, matrices in eight bits."""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from scripts.scorer.base import BLOCK, Base, base
from scripts.scorer.network import Network

NAMES = ["vectors", "places", "asks", "words", "spans"]
AXES = {name: {0: "L"} for name in NAMES[:4]} | {"spans": {0: "N", 1: "L"}, "scores": {0: "N"}}


def export(network: Network, target: Path) -> None:
    """The network from vectors to scores, in single precision."""
    length = 12
    asks = torch.arange(length) < 5
    spans = torch.zeros(2, length)
    spans[0, 6:8] = spans[1, 8:12] = 1
    given = (network.table(torch.arange(length)), torch.arange(length), asks.float(), asks.float(), spans)
    # The TorchScript exporter needs no further package, and every operator of this network is one it knows.
    names = {"input_names": NAMES, "output_names": ["scores"], "dynamic_axes": AXES}
    torch.onnx.export(network, given, target, **names, opset_version=17, dynamo=False)


def with_table(model: onnx.ModelProto, weights: Base) -> None:
    """Puts the table of vectors before the graph, whose input is then the numbers of tokens."""
    scales, numbers = weights.table()
    _add(model, "table", numbers, TensorProto.UINT4)
    _add(model, "table_scales", scales.astype(np.float32), TensorProto.FLOAT)
    _add(model, "table_zeros", np.full(scales.shape, 8, np.uint8), TensorProto.UINT4)
    inputs = ["table", "tokens", "table_scales", "table_zeros"]
    options = {"domain": "com.microsoft", "gather_axis": 0, "quantize_axis": 1, "block_size": BLOCK}
    model.graph.node.insert(0, helper.make_node("GatherBlockQuantized", inputs, ["vectors"], **options))
    model.graph.input.remove(next(one for one in model.graph.input if one.name == "vectors"))
    model.graph.input.insert(0, helper.make_tensor_value_info("tokens", TensorProto.INT64, ["L"]))
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _add(model: onnx.ModelProto, name: str, values: np.ndarray, kind: int) -> None:
    data = values if kind == TensorProto.FLOAT else (values[:, 0::2] | (values[:, 1::2] << 4)).astype(np.uint8)
    tensor = onnx.TensorProto(name=name, data_type=kind, dims=values.shape, raw_data=data.tobytes())
    model.graph.initializer.append(tensor)


def pack(source: Path, weights: Base, target: Path) -> None:
    """Adds the table, stores the matrices in eight bits, and leaves out what no operator reads any more."""
    model = onnx.load(source)
    with_table(model, weights)
    onnx.save(model, source)
    quantize_dynamic(
        source,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul"],
        extra_options={"DefaultTensorType": TensorProto.FLOAT, "MatMulConstBOnly": True},
    )
    packed = onnx.load(target)
    read = {name for node in packed.graph.node for name in node.input}
    kept = [one for one in packed.graph.initializer if one.name in read]
    del packed.graph.initializer[:]
    packed.graph.initializer.extend(kept)
    onnx.save(packed, target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--vocabulary", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    weights = base(given.weights, given.vocabulary)
    network = Network(weights)
    network.load_state_dict(torch.load(given.trained))
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.onnx"
        export(network.eval(), raw)
        pack(raw, weights, given.out)
    print(given.out, given.out.stat().st_size, hashlib.sha256(given.out.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
