"""Bands and probes find what a comparison of all hashes finds; flat hashes and stars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.look_alikes import (
    FARTHEST,
    bands,
    differing_bits,
    hash_of,
    is_flat_hash,
    nearest,
    probes,
    radii,
)

HASHES = st.integers(0, 2**64 - 1)
BITS = st.integers(0, 10)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[int, int]:
    """Two hashes, most of them few bits apart, in one band or in all."""
    one = draw(HASHES)
    flips = draw(st.sets(st.integers(0, 63), max_size=12) | st.sets(st.integers(0, 15), max_size=12))
    return one, one ^ sum(1 << flip for flip in flips)


@given(pairs(), BITS)
def test_a_near_hash_shares_a_probe(pair: tuple[int, int], bits: int) -> None:
    one, other = pair
    shared = not set(bands(other)).isdisjoint(probes(one, bits))
    assert shared or differing_bits(one, other) > bits


@given(HASHES, st.lists(HASHES, max_size=30), st.lists(st.integers(0, 63), max_size=60), BITS)
def test_bands_find_what_brute_force_finds(one: int, far: list[int], flips: list[int], bits: int) -> None:
    archive, walk = list(far), one
    for flip in flips:  # a cluster that drifts away
        walk ^= 1 << flip
        archive.append(walk)
    asked = set(probes(one, bits))
    candidates = [other for other in archive if not asked.isdisjoint(bands(other))]
    found = [other for other in candidates if differing_bits(one, other) <= bits]
    assert found == [other for other in archive if differing_bits(one, other) <= bits]


@pytest.mark.parametrize("bits", range(FARTHEST + 1))
def test_no_smaller_radii_are_exact(bits: int) -> None:
    """A hash that differs in radius + 1 bits of each band is just beyond; with one bit less in any band it is not."""
    assert sum(radius + 1 for radius in radii(bits)) == bits + 1


@pytest.mark.parametrize(("bits", "count"), [(0, 1), (3, 4), (8, 188), (10, 428), (16, 4_608)])
def test_the_number_of_probes(bits: int, count: int) -> None:
    found = probes(hash_of("0123456789abcdef"), bits)
    assert len(set(found)) == len(found) == count


@pytest.mark.parametrize("bits", [-1, FARTHEST + 1])
def test_a_search_beyond_its_bounds_is_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="0 to 16"):
        probes(0, bits)


def test_bands_are_numbered_from_the_highest_bits() -> None:
    assert bands(hash_of("0001000200030004")) == (1, 65536 + 2, 2 * 65536 + 3, 3 * 65536 + 4)


@pytest.mark.parametrize(
    ("digits", "flat"),
    [
        ("0000000000000000", True),
        ("8000000000000000", True),
        ("ffffffffffffffff", True),
        ("00000000000007ff", True),  # 11 bits
        ("0000000000000fff", False),
        ("fffffffffffff000", False),
        ("fffffffffffff800", True),
        ("d7c128d420d3d6d7", False),
    ],
)
def test_a_hash_of_ties_is_flat(digits: str, flat: bool) -> None:
    assert is_flat_hash(hash_of(digits)) is flat


def test_the_nearest_centre_then_the_oldest() -> None:
    assert nearest([(9, 3), (4, 2), (7, 2), (1, 8)]) == (4, 2)
    assert nearest([]) is None
