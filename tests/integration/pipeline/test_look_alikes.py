"""Near pictures become stars around the first one, read by any worker, in any order, twice or at the same moment."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import text

from app import db
from app.db import transaction
from app.domain.look_alikes import differing_bits, hash_of, probes
from app.models import near as statements
from app.models.near import CENTRES, FILES, near
from app.pipeline.posts.look_alikes import fill, place_at_once
from app.settings import Settings
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import elsewhere
from tests.integration.pipeline.paid import Bought
from tests.integration.pipeline.test_near_duplicates import copy, plain

BASE = hash_of("d20f3a5c96e178b4")  # 32 bits
ADD = (
    "INSERT INTO media_files (sha256, size, mime, phash)"
    " VALUES (encode(sha256((random()::text)::bytea), 'hex'), 9, :mime, :phash) RETURNING id"
)


def add(*hashes: int, mime: str = "image/jpeg") -> list[int]:
    """Files with these hashes, as a worker of an older release leaves them: not placed."""
    with transaction() as session:
        return [session.scalars(text(ADD), {"mime": mime, "phash": f"{one:016x}"}).one() for one in hashes]


def flipped(*bits: int, of: int = BASE) -> int:
    """A hash that differs in these bits."""
    return of ^ sum(1 << bit for bit in bits)


def edges() -> list[tuple[int, int, int]]:
    """(file, centre, bits), in order of the files."""
    return [(a, b, bits) for a, b, bits in rows("SELECT file_id, centre_id, bits FROM look_alikes ORDER BY file_id")]


def centres() -> list[int]:
    """The centres of all stars."""
    return [file for (file,) in rows("SELECT file_id FROM look_alike_centres ORDER BY file_id")]


def test_a_copy_gets_an_edge_and_other_pictures_are_centres(bill: Bought) -> None:
    for number, data in enumerate((copy(), copy(box=(6, 6, 594, 394)), copy("cat"), plain("#ffffff")), 1):
        bill.flow.post(message(number, "", photo(data=data)))
    bill.flow.run()
    found = rows("SELECT id, phash, flat FROM media_files ORDER BY id")
    first, second, third, _ = (file for file, *_ in found)
    bits = differing_bits(hash_of(found[0][1]), hash_of(found[1][1]))
    assert edges() == [(second, first, bits)]
    assert 0 < bits <= 8
    assert centres() == [first, third]
    assert [flat for *_, flat in found] == [False, False, False, True]


def test_three_hundred_copies_make_299_edges(settings: Settings) -> None:
    lot = Random(1)
    files = add(BASE, *(flipped(*lot.sample(range(64), lot.randint(0, 8))) for _ in range(299)))
    assert fill() == 300
    assert centres() == files[:1]
    assert [(file, centre) for file, centre, _ in edges()] == [(file, files[0]) for file in files[1:]]
    before = edges()
    change("UPDATE look_alike_fill SET ended_at = NULL, above = 0")
    assert fill() == 300
    assert (edges(), centres()) == (before, files[:1]), "placed once"


def test_the_nearest_centre_counts_then_the_oldest(settings: Settings) -> None:
    far, near_, other = add(flipped(*range(9)), BASE, flipped(*range(9), *range(20, 29)))
    between, nearer = add(flipped(*range(4), 20), flipped(*range(4, 9), *range(20, 23)))
    fill()
    assert centres() == [far, near_, other]
    assert edges() == [(between, near_, 5), (nearer, far, 7)]
    tie = flipped(*range(9), *range(20, 24))
    [late] = add(flipped(0, of=tie) ^ 1)
    change("UPDATE look_alike_fill SET ended_at = NULL")
    fill()
    assert edges()[-1] == (late, far, 4)


def test_no_chain_leads_to_another_picture(settings: Settings) -> None:
    first, step, beyond = add(BASE, flipped(*range(8)), flipped(*range(16)))
    fill()
    assert edges() == [(step, first, 8)]
    assert centres() == [first, beyond]


def test_what_says_nothing_about_a_picture_is_left_out(settings: Settings) -> None:
    add(0, 2**63, mime="image/png")
    add(BASE, mime="video/mp4")
    [flat] = add(BASE)
    change("UPDATE media_files SET flat = true WHERE id = :id", id=flat)
    change("INSERT INTO media_files (sha256, size, mime) VALUES (repeat('a', 64), 1, 'image/png')")
    assert fill() == 5
    assert (centres(), edges()) == ([], [])


def test_near_pictures_of_the_same_moment_are_linked(settings: Settings) -> None:
    """Neither transaction sees the other's picture; the second one leaves its own to the sweeper and does not wait."""
    first, second = add(BASE, flipped(3))

    def place_second() -> None:
        with transaction() as session:
            place_at_once(session, second)

    with transaction() as session:
        place_at_once(session, first)
        elsewhere(place_second)
        assert rows("SELECT file_id FROM look_alikes_due") == [(second,)]
    assert (centres(), edges()) == ([first], [])
    fill()
    assert (centres(), edges()) == ([first], [(second, first, 1)])
    assert rows("SELECT file_id FROM look_alikes_due") == []


def test_an_old_archive_is_walked_in_batches(settings: Settings) -> None:
    files = add(*(flipped(bit) for bit in range(5)))
    assert fill(2) == 2
    assert edges() == [(files[1], files[0], 2)]
    assert one("SELECT above FROM look_alike_fill") == files[1], "the next pass goes on from here"
    assert [fill(2), fill(2), fill(2)] == [2, 1, 0]
    assert len(edges()) == 4
    assert rows("SELECT rounds, ended_at IS NULL FROM look_alike_fill") == [(1, False)]


def test_the_walk_begins_again_after_a_day(settings: Settings) -> None:
    """A worker of an older release reads a file that the walk has passed."""
    [first] = add(BASE)
    fill()
    [late] = add(flipped(1))
    assert fill() == 0
    change("UPDATE look_alike_fill SET ended_at = now() - interval '25 hours'")
    assert fill() == 2
    assert edges() == [(late, first, 1)]


def _plan(phash: str) -> str:
    given = {"phash": phash, "probes": probes(hash_of(phash), 8), "bits": 8, "most": statements.MOST}
    with transaction() as session:
        return "\n".join(session.scalars(text(f"EXPLAIN {FILES.text}"), given))


def _analyze() -> None:
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE media_files"))


def test_the_lookup_is_exact_and_takes_its_index_whatever_is_known_of_the_table(settings: Settings) -> None:
    lot = Random(2)
    cluster = [flipped(*lot.sample(range(64), lot.randint(0, 12))) for _ in range(200)]
    add(*cluster)
    change(
        "INSERT INTO media_files (sha256, size, mime, phash) SELECT encode(sha256(n::text::bytea), 'hex'), 9,"
        " 'image/jpeg', substr(md5(n::text), 1, 16) FROM generate_series(1, 20000) n"
    )
    asked = f"{BASE:016x}"
    unknown = _plan(asked)
    _analyze()
    known = _plan(asked)
    change("DELETE FROM pg_statistic WHERE starelid = 'media_files'::regclass")
    change("UPDATE pg_class SET reltuples = -1 WHERE oid = 'media_files'::regclass")
    forgotten = _plan(asked)
    assert all("Bitmap Index Scan on idx_media_files_bands" in plan for plan in (unknown, known, forgotten))
    everything = {file: hash_of(phash) for file, phash in rows("SELECT id, phash FROM media_files")}
    for bits in (0, 3, 8, 10, 16):
        right = {file: apart for file, one_ in everything.items() if (apart := differing_bits(BASE, one_)) <= bits}
        with transaction() as session:
            found = near(session, FILES, asked, probes(BASE, bits), bits)
        assert (found.bits, found.crowded) == (right, False)


def test_a_crowd_is_cut_and_says_so(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    add(*[BASE] * 10)
    fill()
    monkeypatch.setattr(statements, "MOST", 4)
    with transaction() as session:
        found = near(session, FILES, f"{BASE:016x}", probes(BASE, 8), 8)
        alone = near(session, CENTRES, f"{BASE:016x}", probes(BASE, 8), 8)
    assert (len(found.bits), found.crowded) == (4, True)
    assert (len(alone.bits), alone.crowded) == (1, False), "copies do not crowd the centres"
