"""Near pictures by their perceptual hashes: bands, probes, the rule of stars, and the hashes that say nothing.

Two hashes are near if they differ in at most r of 64 bits. Multi-index hashing (Norouzi, Punjani, Fleet, "Fast exact
search in Hamming space with multi-index hashing", arXiv 1307.2982) finds all of them without a scan. A hash is cut
into four bands of 16 bits, and each is a key of an index. A search asks for the values near each of its own bands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations

BANDS, BAND_BITS = 4, 16
NEAR = 8  # bits in which two encodings of one picture may differ
FARTHEST = 16  # bits that a search may allow: beyond, it asks for most of all values of a band
FEWEST = 12  # bits of either value: the hash of a picture has 32 of each, unless light and dark tie


def hash_of(digits: str) -> int:
    """The hash as a number, from its 16 hex digits."""
    return int(digits, 16)


def differing_bits(one: int, other: int) -> int:
    """The number of bits in which two hashes differ."""
    return (one ^ other).bit_count()


def bands(hash_: int) -> tuple[int, ...]:
    """The four keys of a hash: band << 16 | value, band 0 with the highest bits."""
    return tuple(band << BAND_BITS | value for band, value in enumerate(_values(hash_)))


def radii(bits: int) -> tuple[int, ...]:
    """The bits that each band of a probe may differ in, so that the probes find every hash within `bits`.

    With bits = 4a + b and 0 <= b < 4 the first b + 1 bands have a, the others a - 1. Proof: let a hash that no band
    finds differ by d bits. Each of the first b + 1 bands differs in a + 1 or more, each of the 3 - b others in a or
    more, so d >= (b + 1)(a + 1) + (3 - b)a = 4a + b + 1 > bits. One bit less in any band would miss a hash that differs
    by exactly `bits`, so no smaller radii are exact. A radius of -1 asks for nothing.
    """
    whole, rest = divmod(bits, BANDS)
    return tuple(whole if band <= rest else whole - 1 for band in range(BANDS))


def probes(hash_: int, bits: int) -> list[int]:
    """The keys of all bands within their radii: a hash within `bits` shares one of them, others may.

    Their number: 4 for 3 bits, 188 for 8 (137 + 3 * 17), 428 for 10, 4,608 for 16. Of n evenly distributed hashes
    about n * probes / 65,536 share one: 0.3% for 8 bits. ValueError for more than FARTHEST bits.
    """
    if not 0 <= bits <= FARTHEST:
        raise ValueError(f"{bits} bits: a search allows 0 to {FARTHEST}")
    return [
        band << BAND_BITS | value ^ mask
        for band, (value, radius) in enumerate(zip(_values(hash_), radii(bits), strict=True))
        for mask in _masks(radius)
    ]


def is_flat_hash(hash_: int) -> bool:
    """Whether nearly all bits are equal: a hash of ties, which says nothing about its picture."""
    return not FEWEST <= hash_.bit_count() <= BANDS * BAND_BITS - FEWEST


def nearest(found: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    """The centre of a new picture, of (file, bits) of the centres within NEAR: the nearest, then the oldest file.

    None if there is none: then the picture is a centre itself. So a cluster is a star around its first picture; no
    chain of small steps leads to a picture that looks different.
    """
    return min(found, key=lambda one: (one[1], one[0]), default=None)


def _values(hash_: int) -> Iterator[int]:
    for band in range(BANDS):
        yield hash_ >> BAND_BITS * (BANDS - 1 - band) & (1 << BAND_BITS) - 1


@cache
def _masks(radius: int) -> tuple[int, ...]:
    """All values with at most `radius` of a band's bits set."""
    flips = (sum(1 << bit for bit in bits) for n in range(radius + 1) for bits in combinations(range(BAND_BITS), n))
    return tuple(flips)
