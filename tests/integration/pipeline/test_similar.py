"""media-audit similar: every posting of a picture, near ones with their distance, who was first; and its refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.db import transaction
from app.domain.look_alikes import differing_bits, hash_of
from app.pipeline.posts.look_alikes import fill
from app.search.similar import Asked, Place, similar
from app.settings import Settings
from tests.factories.messages import message, photo
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.paid import Bought
from tests.integration.pipeline.test_look_alikes import BASE, flipped
from tests.integration.pipeline.test_near_duplicates import copy, plain

Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `similar`; its output, or its complaint."""

    def call(*argv: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main(["similar", *argv])
        said = capsys.readouterr()
        assert int(ended.value.code or 0) == code, said.err
        return str(said.err if code else said.out)

    return call


def told(run: Run, *argv: str) -> dict[str, Any]:
    """The JSON of a single picture."""
    answer = json.loads(run(*argv, "--json"))
    [found] = answer["pictures"]
    return dict(found, bits=answer["bits"], left_out=answer["left_out"])


def posted(found: list[dict[str, Any]]) -> list[tuple[str, int, bool]]:
    """(message, bits, whether deleted) of postings."""
    return [(one["permalink"].rpartition("/")[2], one["bits"], one["deleted_at"] is not None) for one in found]


def test_every_posting_near_ones_and_the_first(bill: Bought, run: Run, tmp_path: Path) -> None:
    original, near, other, empty = copy(), copy(box=(6, 6, 594, 394)), copy("cat"), plain("#ffffff")
    for number, data in enumerate((near, original, other, original, empty), 1):
        bill.flow.post(message(number, "", photo(data=data)))
    bill.flow.run()
    bill.flow.delete(4)
    bill.flow.run()
    files = {name.rpartition("/")[2]: (sha256, phash) for name, sha256, phash in rows(
        "SELECT p.telegram_message_id::text, f.sha256, f.phash FROM posts p JOIN post_media m ON m.post_id = p.id"
        " JOIN media_files f ON f.sha256 = m.sha256"
    )}  # fmt: skip
    bits = differing_bits(hash_of(files["1"][1]), hash_of(files["2"][1]))
    assert 0 < bits <= 8

    found = told(run, files["2"][0][:8])
    assert posted(found["postings"]) == [("2", 0, False), ("4", 0, True)]
    assert posted(found["near"]) == [("1", bits, False)]
    assert posted([found["first"]]) == [("1", bits, False)]
    assert (found["cluster"], found["next"], found["bits"]) == ({"files": 2}, None, 8)

    link = found["postings"][0]["permalink"]
    assert told(run, link) == found, "a post stands for its picture"
    assert told(run, str(found["postings"][0]["post_id"])) == found
    assert told(run, files["2"][0].upper()) == found
    assert told(run, link, "--bits", str(bits - 1))["near"] == []

    page = run(link)
    assert "who" not in page
    lines = [line.strip() for line in page.splitlines() if "t.me/" in line]
    assert lines[0].startswith(f"first  {found['first']['permalink']}")
    assert lines[0].endswith(f"{bits} bits")
    assert lines[2].endswith("deleted")
    assert lines[3].startswith(f"{bits} bits  {found['first']['permalink']}")

    path = tmp_path / "seen.png"
    path.write_bytes(copy(quality=60))
    mine = told(run, str(path))
    assert not mine["in_archive"]
    assert mine["postings"] == []
    assert {number for number, *_ in posted(mine["near"])} == {"1", "2", "4"}
    path.write_bytes(original)
    assert posted(told(run, str(path))["postings"]) == posted(found["postings"]), "the same bytes are known"

    path.write_bytes(empty)
    for what in (files["5"][0], link.rpartition("/")[0] + "/5", str(path)):
        assert "nearly empty: no look-alikes are kept" in run(what, code=2)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("0123456789", "no post '0123456789' is kept"),
        ("deadbeef", "'deadbeef' is no file of the archive, no post and no file on this disk"),
        ("missing.jpg", "give 8 or more digits of a sha256, a post as `explain` takes it, or the path of a picture"),
        ("@unknown/12", "no watched channel is called '@unknown'"),
    ],
)
def test_an_unknown_picture_is_named(settings: Settings, run: Run, what: str, says: str) -> None:
    assert says in run(what, code=2)


def test_a_file_that_is_no_picture_is_refused(settings: Settings, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "words.jpg"
    path.write_text("nothing but words")
    assert f"{path} is no picture but text/plain" in run(str(path), code=2)
    path.write_bytes(copy()[:200])
    assert f"{path} cannot be decoded" in run(str(path), code=2)
    change("INSERT INTO media_files (sha256, size, mime) VALUES (repeat('a', 64), 1, 'video/mp4')")
    change("INSERT INTO media_files (sha256, size, mime) VALUES (repeat('a', 63) || 'b', 1, 'image/png')")
    assert "is no picture but video/mp4" in run("a" * 64, code=2)
    assert "is not read yet" in run("a" * 63 + "b", code=2)
    assert "several files begin with aaaaaaaaaa" in run("a" * 10, code=2)
    assert "take the `next` of a page" in run("a" * 64, "--cursor", "1,yesterday,2", code=2)


SHOWN = """
INSERT INTO media_files (sha256, size, mime, phash)
  VALUES (encode(sha256(CAST(:name AS bytea)), 'hex'), 9, 'image/jpeg', :phash) ON CONFLICT DO NOTHING;
"""
POSTED = """
WITH post AS (
  INSERT INTO posts (channel_id, telegram_message_id, posted_at, has_media)
  VALUES ((SELECT min(id) FROM channels), :number, CAST(:at AS timestamptz), true) RETURNING id
)
INSERT INTO post_media (post_id, kind, sha256)
  SELECT id, 'photo', encode(sha256(CAST(:name AS bytea)), 'hex') FROM post
"""


def show(number: int, hash_: int, at: str | None, name: str | None = None) -> None:
    """A post with a picture of this hash."""
    given = {"name": name or f"{hash_:016x}", "phash": f"{hash_:016x}"}
    change(SHOWN, **given)
    change(POSTED, number=number, at=at, name=given["name"])


def pages(asked: Asked, limit: int, between: Callable[[int], object] = lambda _: None) -> list[int]:
    """The posts of all pages, in their order. between: happens after each page."""
    found: list[int] = []
    after: Place | None = None
    while True:
        with transaction() as session:
            page = similar(session, asked, 8, limit, after)
        found += [posting.post_id for posting in page.postings]
        if page.next is None:
            return found
        after = Place.read(str(page.next))
        between(len(found))


def test_pages_show_each_posting_once_while_posts_arrive(settings: Settings) -> None:
    change("INSERT INTO channels (reference, username, title) VALUES ('@a', 'a', '')")
    show(1, flipped(1), "2026-05-03")
    show(2, BASE, "2026-05-04")
    show(3, BASE, "2026-05-02")
    show(4, BASE, "2026-05-01", "equal hash, other bytes")
    show(5, flipped(1, 2), None)
    show(6, flipped(1, 2), "2026-05-01")
    show(7, flipped(1), "2026-05-03")
    show(8, flipped(*range(9)), "2026-01-01")
    fill()
    file, sha256 = rows(
        "SELECT id, sha256 FROM media_files WHERE sha256 = encode(sha256(CAST(:n AS bytea)), 'hex')", n=f"{BASE:016x}"
    )[0]
    asked = Asked(sha256, f"{BASE:016x}", file)
    numbers = dict(rows("SELECT id, telegram_message_id FROM posts"))
    right = [3, 2, 4, 1, 7, 6, 5]
    assert [numbers[post] for post in pages(asked, 100)] == right
    late = iter(range(20, 40))
    found = pages(asked, 2, lambda _: show(next(late), flipped(0), "2020-01-01"))
    assert [numbers[post] for post in found if post in numbers] == right
    assert len(set(found)) == len(found)


def test_the_first_of_a_cluster_may_be_farther_than_the_near_ones(settings: Settings) -> None:
    """The star of a picture reaches its other side."""
    change("INSERT INTO channels (reference, telegram_id, title) VALUES ('@a', 5, 'A [b]')")
    show(1, BASE, "2026-05-03")
    show(2, flipped(*range(6)), "2026-05-02")
    show(3, flipped(*range(10, 16)), "2026-05-01")
    fill()
    assert one("SELECT count(*) FROM look_alikes") == 2
    phash = f"{flipped(*range(6)):016x}"
    file, sha256 = rows("SELECT id, sha256 FROM media_files WHERE phash = :phash", phash=phash)[0]
    with transaction() as session:
        found = similar(session, Asked(sha256, phash, file))
    assert [posting.bits for posting in found.postings] == [0, 6]
    assert found.first is not None
    assert (found.first.permalink, found.first.bits, found.cluster) == ("https://t.me/c/5/3", 12, 3)
