"""Every posting of a picture and of its near ones, the first posting of its cluster, page by page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    DateTime,
    Integer,
    Row,
    Select,
    cast,
    func,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from app.domain.look_alikes import NEAR, differing_bits, hash_of, is_flat_hash, nearest, probes
from app.domain.permalinks import permalink_if_known
from app.models import Channel, LookAlike, LookAlikeFill, MediaFile, Post, PostMedia
from app.models.bulk import table_of
from app.models.near import CENTRES, FILES, near
from app.search.within import Within, is_within, posted_within

OWN = -1  # place of a file's own postings before those of others with an equal hash


@dataclass(frozen=True)
class Asked:
    """A picture that a person asks about. file: its row, None for a file that the archive does not have."""

    sha256: str
    phash: str
    file: int | None = None


@dataclass(frozen=True)
class Posting:
    """A post that shows a picture. bits: in which the hash differs from the one that was asked for."""

    post_id: int  # the row, as `explain` takes it
    channel: str
    permalink: str | None
    posted_at: datetime | None
    deleted_at: datetime | None  # when it was deleted in Telegram; the archive still has it
    replaced_at: datetime | None  # when an edit took the picture out of the post
    role: str  # domain.kinds.MediaRole
    sha256: str
    bits: int
    same_file: bool


@dataclass(frozen=True)
class Place:
    """The last posting of a page. rank: OWN, or its bits."""

    rank: int
    posted_at: datetime | None
    medium: int

    def __str__(self) -> str:
        return f"{self.rank},{self.posted_at.isoformat() if self.posted_at else ''},{self.medium}"

    @classmethod
    def read(cls, cursor: str) -> Place:
        """The place of a cursor, as str() writes it. ValueError for any other text."""
        rank, time, medium = cursor.split(",")
        posted = datetime.fromisoformat(time) if time else None
        place = cls(int(rank), posted, int(medium))
        if (posted is not None and posted.tzinfo is None) or abs(place.rank) > 64 or abs(place.medium) >= 2**63:
            raise ValueError("no place of any page")
        return place


@dataclass(frozen=True)
class Similar:
    """A page of postings: those of the file itself, then near ones by distance and time.

    first: the earliest posting of the whole cluster, which holds the near pictures and the star of the asked one.
    cluster: the number of its files. crowded: so many hashes share bands with this one that near ones may be missing.
    """

    postings: tuple[Posting, ...]
    first: Posting | None
    cluster: int
    next: Place | None
    crowded: bool


def similar(
    session: Session,
    asked: Asked,
    bits: int = NEAR,
    limit: int = 100,
    after: Place | None = None,
    within: Within = None,
) -> Similar:
    """A page of the postings within `bits` of a picture that is not flat. after: the end of the page before.

    within: channels whose postings and pictures count.
    """
    found = near(session, FILES, asked.phash, probes(hash_of(asked.phash), bits), bits)
    apart = _without_flat(session, found.bits, asked, within)
    star = _star(session, asked)
    everything = {**_distances(session, star - apart.keys(), asked, within), **apart}
    return _found(session, asked, apart, everything, limit, after, within, crowded=found.crowded)


def own_postings(
    session: Session, asked: Asked, limit: int = 100, after: Place | None = None, within: Within = None
) -> Similar:
    """The same of a file alone, of which no look-alikes are kept: a sound, say, or an even shade."""
    itself = {asked.file: 0} if asked.file is not None else {}
    return _found(session, asked, itself, itself, limit, after, within, crowded=False)


def _found(
    session: Session,
    asked: Asked,
    apart: Mapping[int, int],
    everything: Mapping[int, int],
    limit: int,
    after: Place | None,
    within: Within,
    *,
    crowded: bool,
) -> Similar:
    ranks = {file: OWN if file == asked.file else bits for file, bits in everything.items()}
    found = session.execute(_details(_postings(ranks, apart, within), limit + 1, after)).all()
    rows, first = [row for row in found if not row.first], next((row for row in found if row.first), None)
    last = rows[limit - 1] if len(rows) > limit else None
    return Similar(
        postings=tuple(_posting(row) for row in rows[:limit]),
        first=_posting(first) if first else None,
        cluster=len(everything),
        next=Place(last.rank, last.posted_at, last.medium) if last else None,
        crowded=crowded,
    )


def fill_left(session: Session) -> tuple[int, int] | None:
    """(files looked at, all files) while the first walk through an old archive is under way; else None."""
    walk = session.get(LookAlikeFill, 1)
    if walk is not None and walk.rounds:
        return None
    last = session.scalar(select(func.max(MediaFile.id))) or 0
    return (walk.above if walk else 0, last) if last else None


def _without_flat(session: Session, apart: Mapping[int, int], asked: Asked, within: Within) -> dict[int, int]:
    """The near files without those of which no look-alikes are kept, and with the asked one itself."""
    wanted = table_of({"id": (BigInteger(), list(apart))}, "wanted")
    query = select(MediaFile.id, MediaFile.phash).join(wanted, wanted.c.id == MediaFile.id)
    rows = session.execute(query.where(MediaFile.flat.is_not(True), posted_within(within)))
    kept = {file: apart[file] for file, phash in rows if phash and not is_flat_hash(hash_of(phash))}
    return kept if asked.file is None else {**kept, asked.file: 0}


def _star(session: Session, asked: Asked) -> set[int]:
    """The files of the star that the picture belongs to, or would belong to."""
    centre = session.scalar(select(LookAlike.centre_id).where(LookAlike.file_id == asked.file))
    if centre is None:
        found = near(session, CENTRES, asked.phash, probes(hash_of(asked.phash), NEAR), NEAR)
        centre, _ = nearest(found.bits.items()) or (None, None)
    if centre is None:
        return set()
    return {centre, *session.scalars(select(LookAlike.file_id).where(LookAlike.centre_id == centre))}


def _distances(session: Session, files: Collection[int], asked: Asked, within: Within) -> dict[int, int]:
    wanted = table_of({"id": (BigInteger(), list(files))}, "wanted")
    query = select(MediaFile.id, MediaFile.phash).join(wanted, wanted.c.id == MediaFile.id)
    rows = session.execute(query.where(posted_within(within)))
    own = hash_of(asked.phash)
    return {file: differing_bits(own, hash_of(phash)) for file, phash in rows if phash}


LAST = cast(literal("infinity"), DateTime(timezone=True))  # a message without a date comes after all others


def _postings(ranks: Mapping[int, int], near: Collection[int], within: Within) -> CTE:
    """The postings of all files with a rank: their places alone, since a meme has thousands. near: files of the page.

    The page and the first of all are taken from it: both need them sorted, each in its own order.
    """
    shown = [file in near for file in ranks]
    given = table_of(
        {"id": (BigInteger(), list(ranks)), "rank": (Integer(), list(ranks.values())), "shown": (Boolean(), shown)}
    )
    posted = func.coalesce(Post.posted_at, LAST).label("posted")
    return (
        select(given.c.rank, given.c.shown, PostMedia.id.label("medium"), Post.id.label("post"), posted)
        .select_from(given)
        .join(MediaFile, MediaFile.id == given.c.id)
        .join(PostMedia, PostMedia.sha256 == MediaFile.sha256)
        .join(Post, Post.id == PostMedia.post_id)
        .where(is_within(Post.channel_id, within))
        .cte("postings")
    )


def _details(postings: CTE, limit: int, after: Place | None) -> Select[Any]:
    """A page of the postings, those of the file itself first, then by distance and time; and the first of all."""
    places = postings.c
    order = tuple_(places.rank, places.posted, places.medium)
    page = select(literal(False).label("first"), *postings.c).where(places.shown)
    if after is not None:
        posted = func.coalesce(literal(after.posted_at, DateTime(timezone=True)), LAST)
        page = page.where(order > tuple_(literal(after.rank), posted, literal(after.medium)))
    page = page.order_by(order).limit(limit)
    first = select(literal(True).label("first"), *postings.c).order_by(places.posted, places.medium).limit(1)
    both = union_all(page, first).subquery()
    columns = (
        both.c.first,
        both.c.rank,
        both.c.medium,
        PostMedia.role,
        PostMedia.sha256,
        PostMedia.replaced_at,
        Post.id.label("post_id"),
        Post.telegram_message_id,
        Post.posted_at,
        Post.deleted_at,
        func.coalesce(func.nullif(Channel.title, ""), Channel.reference).label("channel"),
        Channel.username,
        Channel.telegram_id,
    )
    return (
        select(*columns)
        .select_from(both)
        .join(PostMedia, PostMedia.id == both.c.medium)
        .join(Post, Post.id == both.c.post)
        .join(Channel, Channel.id == Post.channel_id)
        .order_by(both.c.first, both.c.rank, both.c.posted, both.c.medium)
    )


def _posting(row: Row[Any]) -> Posting:
    return Posting(
        post_id=row.post_id,
        channel=row.channel,
        permalink=permalink_if_known(row.username, row.telegram_id, row.telegram_message_id),
        posted_at=row.posted_at,
        deleted_at=row.deleted_at,
        replaced_at=row.replaced_at,
        role=row.role,
        sha256=row.sha256,
        bits=max(row.rank, 0),
        same_file=row.rank == OWN,
    )
