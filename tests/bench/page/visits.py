"""The addresses that are asked for, drawn from a seed, and beside each kind the plain query that it is compared to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from urllib.parse import urlencode

from app import db
from app.search.gallery import MOST, tiles
from app.web.pages.gallery import TILES
from tests.bench.search.archive import BLOCK, Archive, Made
from tests.bench.search.queries import queries

FAR = 1_000  # the page of the gallery that a patient reader comes to
PLACES = 5  # blocks of the archive
NEWEST = "SELECT * FROM publications ORDER BY posted_at DESC, id DESC LIMIT 20"
TEXT = """
    SELECT publication_id FROM search_documents
    WHERE tsv @@ websearch_to_tsquery('russian', %(q)s) ORDER BY posted_at DESC LIMIT 20
"""
SEARCHES = {
    "search, two words": "two words, common and rare",
    "search, a phrase": "phrase",
    "search in a channel": "word in a channel",
    "search, a common word": "one common word",
}


@dataclass(frozen=True)
class Visit:
    """A kind of page with its addresses. plain: a query of one table, with its parameters for each address."""

    name: str
    addresses: Sequence[str]
    plain: str
    given: Sequence[dict[str, object]]


def visits(archive: Archive, count: int) -> Iterator[Visit]:
    """All kinds. count: requests of each."""
    posts = list(islice(_posts(archive), count))
    yield Visit("overview", ["/"] * count, NEWEST, [{}])
    yield Visit("feed", ["/feed"] * count, NEWEST, [{}])
    yield Visit(
        "channel",
        [f"/c/bench_{one.channel_id:03}" for one in posts],
        "SELECT * FROM publications WHERE channel_id = %(id)s ORDER BY posted_at DESC, id DESC LIMIT 20",
        [{"id": one.channel_id} for one in posts],
    )
    newest = "SELECT * FROM shown ORDER BY posted_at DESC, media_id DESC LIMIT 48"
    yield Visit("gallery, page 1", ["/gallery"] * count, newest, [{}])
    if (cursor := _far()) is not None:
        far = f"/gallery?{urlencode({'cursor': cursor})}"
        yield Visit(f"gallery, page {FAR:,}", [far] * count, f"{newest} OFFSET {(FAR - 1) * TILES}", [{}])
    yield Visit(
        "publication",
        [f"/p/bench_{one.channel_id:03}/{one.id}" for one in posts],
        "SELECT * FROM publications WHERE id = %(id)s",
        [{"id": one.id} for one in posts],
    )
    shown = (one.picture for one in _posts(archive) if one.picture)
    pictures = [one.sha256 for one in islice(shown, count)]
    by_hash = "SELECT * FROM post_media WHERE sha256 = %(sha)s LIMIT 50"
    yield Visit("picture", [f"/m/{sha}" for sha in pictures], by_hash, [{"sha": sha} for sha in pictures])
    memes = [one.sha256 for one in archive.memes[:count]]
    yield Visit("picture of a meme", [f"/m/{sha}" for sha in memes], by_hash, [{"sha": sha} for sha in memes])
    drawn = queries(archive, count)
    for name, kind in SEARCHES.items():
        asked = [one.text for one in drawn[kind]]
        yield Visit(name, [f"/search?{urlencode({'q': q})}" for q in asked], TEXT, [{"q": q} for q in asked])


def _posts(archive: Archive) -> Iterator[Made]:
    """Posts from some places of the archive; three in ten have a picture."""
    draw = Random(archive.seed)
    blocks = range(-(-archive.size // BLOCK))
    known = [one for number in draw.sample(blocks, min(PLACES, len(blocks))) for one in archive.block(number)]
    while True:
        yield draw.choice(known)


def _far() -> str | None:
    """The cursor of that page, by the pages before it; None if the archive has fewer."""
    left, cursor = (FAR - 1) * TILES, None
    while left:
        with db.snapshot() as session:
            page = tiles(session, limit=min(MOST, left), cursor=cursor)
        left, cursor = left - len(page.tiles), page.cursor
        if cursor is None:
            return None
    return cursor
