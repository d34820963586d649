"""The plan of forgetting: all that would go, and all that would stay. Bounded: it counts no whole table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, distinct, func, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.domain.permalinks import permalink_if_known
from app.domain.tombstones import Kind
from app.forget.named import Named
from app.models import Channel, Export, MediaFile, MediaVision, OutboxEvent, Post, PostMedia, QuestionSpan
from app.pipeline.engine.counters import by_key

MOST = 2_000  # media that are looked at; beyond, the plan says "at least"
LISTED = 10  # places of each kind that it names


@dataclass(frozen=True)
class SharedFile:
    """A file that stays, because posts show it that stay. elsewhere: links to some of these."""

    sha256: str
    size: int
    elsewhere: tuple[str, ...]


@dataclass(frozen=True)
class ExportNamed:
    """A whole export that was made while the thing was kept. query: as its user wrote it."""

    id: int
    query: str
    directory: str


@dataclass(frozen=True)
class Plan:
    """posts: rows that go; of a file: postings that lose it. whole: whether all media were looked at; else the other
    numbers are lower limits. album: items of the same album that stay. shared: the files that stay."""

    what: Named
    posts: int
    album: int
    postings: tuple[str, ...]
    files: int
    size: int
    readings: int
    questions: int
    events: int
    shared: tuple[SharedFile, ...]
    whole: bool
    exports: tuple[ExportNamed, ...]


@dataclass(frozen=True)
class _Touched:
    """The posts and media that the plan looks at."""

    posts: Sequence[int]
    publications: Sequence[int]
    hashes: Sequence[str]
    whole: bool


def plan(session: Session, what: Named) -> Plan:
    """The plan for a thing, by the rows of now."""
    touched = TOUCHED[what.kind](session, what.id)
    elsewhere = {} if what.kind is Kind.FILE else _elsewhere(session, what, touched)
    going = [sha256 for sha256 in touched.hashes if sha256 not in elsewhere]
    files, size = session.execute(_files(going)).one()
    readings = select(func.count()).select_from(MediaVision).join(MediaFile).where(MediaFile.sha256.in_(going))
    return Plan(
        what,
        _posts(session, what, touched),
        _siblings(session, touched) if what.kind is Kind.POST else 0,
        _postings(session, touched.posts) if what.kind is Kind.FILE else (),
        files,
        size,
        session.scalar(readings) or 0,
        _count(session, QuestionSpan.question_id, QuestionSpan.publication_id.in_(touched.publications)),
        _count(session, OutboxEvent.id, OutboxEvent.publication_id.in_(touched.publications)),
        _shared(session, elsewhere),
        touched.whole,
        _exports(session, what),
    )


def _exports(session: Session, what: Named) -> tuple[ExportNamed, ...]:
    """The newest of the exports that were made since the thing is kept."""
    query = select(Export).where(Export.ended_at.is_not(None)).order_by(Export.id.desc()).limit(LISTED)
    rows = session.scalars(query.where(Export.made_at >= _kept_since(session, what)))
    return tuple(ExportNamed(row.id, row.query, row.directory) for row in rows)


def _kept_since(session: Session, what: Named) -> datetime:
    match what.kind:
        case Kind.POST:
            return session.get_one(Post, what.id).created_at
        case Kind.FILE:
            return session.get_one(MediaFile, what.id).created_at
    return session.get_one(Channel, what.id).added_at


def _of_post(session: Session, id_: int) -> _Touched:
    return _touched(session, select(Post.id, Post.publication_id).where(Post.id == id_))


def _of_channel(session: Session, id_: int) -> _Touched:
    newest = select(Post.id, Post.publication_id).where(Post.channel_id == id_)
    return _touched(session, newest.order_by(Post.telegram_message_id.desc()))


def _of_file(session: Session, id_: int) -> _Touched:
    sha256 = select(MediaFile.sha256).where(MediaFile.id == id_).scalar_subquery()
    query = select(Post.id, Post.publication_id).join(PostMedia, PostMedia.post_id == Post.id)
    found = _touched(session, query.where(PostMedia.sha256 == sha256).order_by(PostMedia.id))
    return _Touched(found.posts, found.publications, [session.get_one(MediaFile, id_).sha256], found.whole)


TOUCHED = {Kind.POST: _of_post, Kind.CHANNEL: _of_channel, Kind.FILE: _of_file}


def _touched(session: Session, posts: Select[int, int | None]) -> _Touched:
    rows = session.execute(posts.limit(MOST)).all()
    ids = list(dict.fromkeys(row[0] for row in rows))
    media = select(PostMedia.sha256).where(PostMedia.post_id.in_(ids), PostMedia.sha256.is_not(None)).distinct()
    hashes = [sha256 for sha256 in session.scalars(media) if sha256 is not None]
    return _Touched(ids, sorted({p for _, p in rows if p is not None}), hashes, len(rows) < MOST)


def _posts(session: Session, what: Named, touched: _Touched) -> int:
    if what.kind is Kind.CHANNEL and not touched.whole:
        return by_key(session, "posts")["posts"].get(what.id, 0)
    return len(touched.posts)


def _siblings(session: Session, touched: _Touched) -> int:
    others = select(func.count()).where(Post.publication_id.in_(touched.publications), Post.id.not_in(touched.posts))
    return session.scalar(others) or 0


# For each hash down its index, a few rows each, whatever PostgreSQL knows of the tables.
ELSEWHERE = """
    SELECT one.sha256, other.id
    FROM unnest((SELECT CAST(:hashes AS text[]))) AS one (sha256) CROSS JOIN LATERAL (
        SELECT p.id FROM post_media AS m JOIN posts AS p ON p.id = m.post_id
        WHERE m.sha256 = one.sha256 AND {column} <> :id ORDER BY m.id LIMIT :most
    ) AS other
"""
STAYING = {
    kind: text(ELSEWHERE.format(column=column))
    for kind, column in ((Kind.POST, "p.id"), (Kind.CHANNEL, "p.channel_id"))
}


def _elsewhere(session: Session, what: Named, touched: _Touched) -> Mapping[str, list[int]]:
    """sha256 -> some posts that stay and show the file."""
    found: dict[str, list[int]] = defaultdict(list)
    given = {"hashes": list(touched.hashes), "id": what.id, "most": LISTED}
    for sha256, post in session.execute(STAYING[what.kind], given):
        found[sha256].append(post)
    return found


def _shared(session: Session, elsewhere: Mapping[str, list[int]]) -> tuple[SharedFile, ...]:
    some = dict(sorted(elsewhere.items())[:LISTED])
    sizes = dict(session.execute(select(MediaFile.sha256, MediaFile.size).where(MediaFile.sha256.in_(some))).all())
    return tuple(SharedFile(sha256, sizes[sha256], _postings(session, ids)) for sha256, ids in some.items())


def _postings(session: Session, posts: Sequence[int]) -> tuple[str, ...]:
    query = select(Channel.username, Channel.telegram_id, Post.telegram_message_id)
    query = query.join(Channel, Channel.id == Post.channel_id).where(Post.id.in_(posts[:LISTED])).order_by(Post.id)
    return tuple(
        permalink_if_known(name, number, message) or str(message) for name, number, message in session.execute(query)
    )


def _files(hashes: Sequence[str]) -> Select[int, int]:
    return select(func.count(), func.coalesce(func.sum(MediaFile.size), 0)).where(MediaFile.sha256.in_(hashes))


def _count(session: Session, column: InstrumentedAttribute[int], where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(distinct(column))).where(where)) or 0
