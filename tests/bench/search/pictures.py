"""The pictures of the made archive: hashes without pictures. Some are posted often, some are near others."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from app.domain.look_alikes import NEAR

MEMES = 2_000  # pictures that many posts show; their files have the first ids


@dataclass(frozen=True)
class Picture:
    """A file. centre: the file of the first look-alike, None for that one itself. bits: between the two hashes."""

    file: int
    phash: str
    centre: int | None = None
    bits: int = 0

    @property
    def sha256(self) -> str:
        """Of a file that was never made."""
        return hashlib.sha256(str(self.file).encode()).hexdigest()


def pictures_of(seed: int) -> list[Picture]:
    """The pictures that many posts show."""
    hashes = np.random.default_rng([seed, 5]).integers(0, 2**64, MEMES, dtype=np.uint64)
    return [own(number + 1, int(hash_)) for number, hash_ in enumerate(hashes)]


def own(file: int, hash_: int) -> Picture:
    """A picture like no other."""
    return Picture(file, f"{hash_:016x}")


def another(file: int, first: Picture, draw: int) -> Picture:
    """The same picture in another encoding: a hash within NEAR bits of that of the first. draw: which of them."""
    flips = {draw >> 8 * place & 63 for place in range(1 + draw % NEAR)}
    changed = int(first.phash, 16) ^ sum(1 << bit for bit in flips)
    return Picture(file, f"{changed:016x}", first.file, len(flips))
