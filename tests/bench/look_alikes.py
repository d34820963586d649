"""python -m tests.bench.look_alikes: look-ups of near hashes and stars of look-alikes, against brute force.

Makes 100,000 hashes in an embedded database of its own: even ones, a picture with 10,000 copies, a thousand clusters,
and flat ones. Compares look-ups with all hashes, and the stars with their rules; prints ratios and sizes, asserts no
time. Exits 1 where a result differs beyond the named exclusions.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psycopg
from sqlalchemy import TextClause, text

from app.db import transaction
from app.domain.look_alikes import NEAR, is_flat_hash, probes
from app.models.near import FILES, MOST, near
from app.pipeline.posts.look_alikes import fill
from app.settings import get_settings
from tests.services import TestServices

COPIES, CLUSTERS, SIZE, FLAT = 10_000, 1_000, 20, 1_000
# The look-up of before: every hash of the archive.
SCAN = text(
    "SELECT id, bit_count(('x' || phash)::bit(64) # CAST('x' || :phash AS bit(64))) FROM media_files WHERE"
    " bit_count(('x' || phash)::bit(64) # CAST('x' || :phash AS bit(64))) <= :bits AND mime LIKE 'image/%'"
)


def made(count: int, lot: random.Random) -> list[int]:
    """The hashes, in a fixed disorder."""

    def around(centre: int, many: int, most: int) -> list[int]:
        flips = (lot.sample(range(64), lot.randint(0, most)) for _ in range(many))
        return [centre ^ sum(1 << bit for bit in bits) for bits in flips]

    def even() -> int:
        return sum(1 << bit for bit in lot.sample(range(64), 32))

    found = around(even(), COPIES, 4)
    for _ in range(CLUSTERS):
        found += around(even(), SIZE, 6)
    found += around(0, FLAT, 8)
    found += [even() for _ in range(count - len(found))]
    lot.shuffle(found)
    return found


def store(url: str, hashes: Sequence[int]) -> None:
    """A file for each hash, its id the place in the list from 1 on."""
    copy = "COPY media_files (sha256, size, mime, phash) FROM STDIN"
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(copy) as rows:
        for number, one in enumerate(hashes, 1):
            rows.write_row((f"{number:064x}", 9, "image/jpeg", f"{one:016x}"))


def brute(hashes: np.ndarray, one: int) -> dict[int, int]:
    """id -> bits of all hashes within NEAR."""
    apart = np.bitwise_count(hashes ^ np.uint64(one))
    return {int(place) + 1: int(apart[place]) for place in np.flatnonzero(apart <= NEAR)}


def look_up(one: int) -> dict[int, int]:
    """The same by bands."""
    with transaction() as session:
        found = near(session, FILES, f"{one:016x}", probes(one, NEAR), NEAR)
    return found.bits


def best(asked: Sequence[int], statement: TextClause) -> tuple[float, int]:
    """Milliseconds in PostgreSQL of the look-up that a busy machine disturbed least, and the buffers of it."""
    found = []
    with transaction() as session:
        for one in asked:
            given = {"phash": f"{one:016x}", "probes": probes(one, NEAR), "bits": NEAR, "most": MOST}
            explain = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}")
            [plan] = session.execute(explain, given).scalar_one()
            found.append(
                (plan["Execution Time"], plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])
            )
    return min(found)


def differing(hashes: Sequence[int], asked: Sequence[int]) -> int:
    """Look-ups whose result is not that of brute force."""
    everything = np.array(hashes, dtype=np.uint64)
    return sum(look_up(one) != brute(everything, one) for one in asked)


def faults(hashes: Sequence[int]) -> dict[str, int]:
    """Stars that break their rules, and the counts of edges and centres."""
    with transaction() as session:
        rows = session.execute(text("SELECT file_id, centre_id, bits FROM look_alikes")).all()
        edges = {file: (centre, bits) for file, centre, bits in rows}
        centres = sorted(session.scalars(text("SELECT file_id FROM look_alike_centres")))
    placed = np.array([hashes[file - 1] for file in centres], dtype=np.uint64)
    wrong = sum((hashes[file - 1] ^ hashes[centre - 1]).bit_count() != bits for file, (centre, bits) in edges.items())
    nearer = 0
    for file, one in enumerate(hashes, 1):
        if is_flat_hash(one):
            nearer += file in edges
            continue
        apart = np.bitwise_count(placed ^ np.uint64(one))
        older = [(int(apart[at]), centres[at]) for at in np.flatnonzero(apart <= NEAR) if centres[at] < file]
        right = min(older, default=None)
        nearer += (edges.get(file) or (None, None))[::-1] != (right or (None, None))
    return {"edges": len(edges), "centres": len(centres), "wrong distances": wrong, "wrong centres": nearer}


def main() -> None:
    """Prints the table; exits 1 for a difference."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=100_000)
    options.add_argument("--asked", type=int, default=1_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as home:
        services = TestServices(Path(home))
        try:
            with services.database(services.template) as url:
                ended = measure(url, given.count, given.asked)
        finally:
            services.stop()
    sys.exit(ended)


def measure(url: str, count: int, many: int) -> int:
    """Fills the database, compares, prints; returns the exit code."""
    os.environ["DATABASE_URL"] = url
    get_settings.cache_clear()
    lot = random.Random(20261129)
    hashes = made(count, lot)
    store(url, hashes)
    flat = sum(map(is_flat_hash, hashes))
    asked = [one for one in lot.sample(hashes, many) if not is_flat_hash(one)]
    lone = [sum(1 << bit for bit in lot.sample(range(64), 32)) for _ in range(50)]
    print(f"{count:,} hashes, {flat:,} of them flat; {len(asked):,} look-ups within {NEAR} bits")
    different = differing(hashes, asked)
    print(f"look-ups that differ from brute force: {different}")
    scan, bands = best(lone, SCAN), best(lone, FILES)
    for name, (milliseconds, buffers) in {"bands": bands, "a scan": scan}.items():
        print(f"a look-up by {name}: {milliseconds:.2f} ms, {buffers:,} buffers")
    print(f"bands are {scan[0] / bands[0]:.0f} times as fast")
    began = time.perf_counter()
    while fill():
        pass
    seconds = time.perf_counter() - began
    found = faults(hashes)
    print(f"stars: {seconds:.0f} s, {1000 * seconds / count:.2f} ms a file; {found}")
    print(sizes())
    return int(bool(different or found["wrong distances"] or found["wrong centres"]))


def sizes() -> str:
    """The sizes of the indexes of bands."""
    names = ("idx_media_files_bands", "idx_look_alike_centres_bands", "media_files", "look_alikes")
    with transaction() as session:
        found = [(name, session.scalar(text(f"SELECT pg_relation_size('{name}')")) or 0) for name in names]
    return ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in found)


if __name__ == "__main__":
    main()
