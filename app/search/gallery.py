"""The gallery: one tile for each cluster of look-alikes, the newest posting of it, page by page.

The tile of a cluster is its newest posting within the filter; older ones are passed over. A walk keeps to the postings
that are not newer than the first one of its first page, so posts that arrive meanwhile change no page of it: they
stand before its first page. No cluster is shown twice, and each that nothing changes is shown once. A posting that
comes meanwhile with a date inside the walk, out of history, takes the tile of its cluster to its own place: if the walk
has passed that, the cluster is in the next walk only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from app.domain.permalinks import channel_key, permalink_if_known
from app.errors import UserError
from app.search.cursors import aware, packed, unpacked
from app.search.limits import COPIES, FEW, LOOKED_AT, limited, walking

MOST = 200  # tiles of a page
COUNTED = 99  # newer media that are counted; one more stands for all further ones


@dataclass(frozen=True)
class Tile:
    """The newest posting of a cluster, and how often the archive has the cluster, whatever the filter is."""

    media_id: int
    post_id: int  # the row, as `explain` takes it
    message_id: int  # of the post in Telegram
    channel: str  # title, or the reference by which the channel was added
    channel_key: str  # its part of an address of the page
    permalink: str | None  # None until the channel was resolved
    posted_at: datetime
    deleted_at: datetime | None  # when the message was deleted in Telegram; the archive still has it
    kind: str  # domain.kinds.MediaKind
    role: str  # domain.kinds.MediaRole
    sha256: str
    mime: str
    file_name: str | None  # as the sender called it
    duration: float | None  # seconds
    description: str | None  # by the reading in use, like labels
    labels: tuple[str, ...]
    copies: int  # postings of the cluster, itself among them
    channels: int  # that have them
    more: bool  # there are more copies, perhaps in more channels: only the newest 1,000 were counted


@dataclass(frozen=True)
class Page:
    """Tiles, the newest first. cursor: of the next page; None after the last. A page may be short, and still have one:
    it lies in a run of many copies. top: where its walk began, for `newer_than`."""

    tiles: tuple[Tile, ...]
    cursor: str | None
    top: str


def tiles(
    session: Session, *, channel: int | None = None, kind: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page:
    """A page of the gallery, of all channels or one, of all kinds of media or one. limit: up to 200.

    UserError for a cursor that no page gave, and for a page that takes longer than a search may.
    """
    limit = max(1, min(limit, MOST))
    top, after = _places(cursor) if cursor is not None else (None, None)
    with limited(session):
        with walking(session):
            walk = _Walk(session, _Filter(channel, kind), top, after)
            found = list(walk.tiles(limit + 1))
            counts = {cluster: (copies, channels) for cluster, copies, channels in _counts(session, found[:limit])}
        rows = {row.media_id: row for row in _details(session, found[:limit])}
    page = [_tile(rows[one.media_id], one, *counts[one.cluster_id]) for one in found[:limit] if one.media_id in rows]
    end = _place(found[limit - 1]) if len(found) > limit else walk.last if walk.more else None
    top = walk.top or BEGINNING
    return Page(tuple(page), _cursor(top, end) if end is not None else None, _cursor(top, top))


def newer_than(session: Session, top: str, *, channel: int | None = None, kind: str | None = None) -> int:
    """How many media came since the walk of a page began; 100 stands for more. UserError as `tiles`."""
    place, _ = _places(top)
    only = _Filter(channel, kind)
    given = {**only.given(), **_given(place), "most": LOOKED_AT, "counted": COUNTED + 1}
    with limited(session), walking(session):
        count: int = session.execute(only.newer(), given).scalar_one()
        return count


Place = tuple[datetime, int]  # posted_at and media_id
BEGINNING: Place = datetime(1, 1, 1, tzinfo=UTC), 0  # of an empty gallery: all that comes is newer
Media = Row[datetime, int, int, str]  # and cluster_id, kind


COLUMNS = {"channel": "channel_id", "kind": "kind"}  # of the filter


@dataclass(frozen=True)
class _Filter:
    channel: int | None
    kind: str | None

    def given(self) -> dict[str, object]:
        """The parameters that it names."""
        return {name: value for name in COLUMNS if (value := getattr(self, name)) is not None}

    def list(self) -> TextClause:
        """Media behind a place, by the index of their list: of the channel, else of the kind, else of all.

        Its ORDER BY names all columns of that index, which thus is the only one that has this order.
        """
        name = next(iter(self.given()), None)
        column = f"{COLUMNS[name]}, " if name else ""
        return text(f"""
            SELECT posted_at, media_id, cluster_id, kind FROM shown
            WHERE ({column}posted_at, media_id)
                < ({f":{name}, " if name else ""}CAST(:at AS timestamptz), CAST(:id AS bigint))
                {f"AND {COLUMNS[name]} >= :{name}" if name else ""}
            ORDER BY {column.replace(",", " DESC,")}posted_at DESC, media_id DESC LIMIT :most
        """)

    def newer(self) -> TextClause:
        """The number of media before a place, by the same index as their list."""
        name = next(iter(self.given()), None)
        column = f"{COLUMNS[name]}, " if name else ""
        only = " AND ".join(f"{COLUMNS[name]} = :{name}" for name in self.given()) or "true"
        return text(f"""
            SELECT count(*) FROM (SELECT 1 FROM (
                SELECT channel_id, kind FROM shown
                WHERE ({column}posted_at, media_id)
                    > ({f":{name}, " if name else ""}CAST(:at AS timestamptz), CAST(:id AS bigint))
                    {f"AND {COLUMNS[name]} <= :{name}" if name else ""}
                ORDER BY {column}posted_at, media_id LIMIT :most
            ) AS newer WHERE {only} LIMIT :counted) AS counted
        """)

    def newest(self) -> TextClause:
        """The newest medium of each of some clusters that is not newer than a place."""
        only = " ".join(f"AND {COLUMNS[name]} = :{name}" for name in self.given())
        return text(f"""
            SELECT one.id, newest.media_id FROM unnest(CAST(:clusters AS bigint[])) AS one (id) CROSS JOIN LATERAL (
                SELECT media_id FROM shown WHERE cluster_id >= one.id {only}
                AND (cluster_id, posted_at, media_id) <= (one.id, CAST(:at AS timestamptz), CAST(:id AS bigint))
                ORDER BY cluster_id DESC, posted_at DESC, media_id DESC LIMIT 1
            ) AS newest
        """)


@dataclass
class _Walk:
    """Media from a place on, in ever larger steps. top: the first medium of the first page.

    last: the last medium that it looked at; more: whether others may follow.
    """

    session: Session
    only: _Filter
    top: Place | None
    last: Place | None
    more: bool = True
    looked: int = 0
    newest: dict[int, int] = field(default_factory=dict)  # cluster -> medium, of all clusters that it met

    def tiles(self, limit: int) -> Iterator[Media]:
        """The next tiles: fewer at the end, or where it has looked at as many media as a page may."""
        size = 2 * limit
        while self.more and self.looked < LOOKED_AT:
            size = min(size, LOOKED_AT - self.looked)
            rows = self._next(size)
            self.more, self.looked = len(rows) == size, self.looked + len(rows)
            for row in rows:
                self.last = _place(row)
                if self.newest.get(row.cluster_id) == row.media_id:
                    limit -= 1
                    yield row
                    if not limit:
                        return
            size = min(4 * size, FEW)

    def _next(self, size: int) -> Sequence[Media]:
        given = {**self.only.given(), **_given(self.last), "most": size}
        rows: Sequence[Media] = self.session.execute(self.only.list(), given).all()
        if rows:
            self.top = self.top or _place(rows[0])
            self._learn({row.cluster_id for row in rows if self.only.kind in (None, row.kind)} - self.newest.keys())
        return rows

    def _learn(self, clusters: Collection[int]) -> None:
        given = {**self.only.given(), **_given(self.top), "clusters": list(clusters)}
        self.newest.update(dict(self.session.execute(self.only.newest(), given).all()))


COUNTS = text("""
    SELECT one.id, known.copies, known.channels
    FROM unnest(CAST(:clusters AS bigint[])) AS one (id) CROSS JOIN LATERAL (
        SELECT count(*) AS copies, count(DISTINCT channel_id) AS channels FROM (
            SELECT channel_id FROM shown WHERE cluster_id >= one.id AND cluster_id <= one.id
            ORDER BY cluster_id DESC, posted_at DESC, media_id DESC LIMIT :most
        ) AS copies
    ) AS known
""")
DETAILS = text("""
    SELECT medium.id AS media_id, medium.kind, medium.role, medium.sha256, medium.file_name, file.mime,
        coalesce(file.duration, medium.duration) AS duration, reading.description, reading.labels,
        post.id AS post_id, post.telegram_message_id, post.posted_at, post.deleted_at,
        coalesce(nullif(channel.title, ''), channel.reference) AS channel,
        channel.reference, channel.username, channel.telegram_id
    FROM unnest(CAST(:media AS bigint[])) AS one (id)
    CROSS JOIN LATERAL (SELECT * FROM post_media WHERE id = one.id OFFSET 0) AS medium
    CROSS JOIN LATERAL (SELECT * FROM posts WHERE id = medium.post_id OFFSET 0) AS post
    CROSS JOIN LATERAL (SELECT * FROM channels WHERE id = post.channel_id OFFSET 0) AS channel
    CROSS JOIN LATERAL (SELECT mime, duration FROM media_files WHERE sha256 = medium.sha256 OFFSET 0) AS file
    LEFT JOIN LATERAL (SELECT lead_post_id FROM publications WHERE id = post.publication_id OFFSET 0) AS lead ON true
    LEFT JOIN LATERAL (
        SELECT metadata -> 'items' AS items FROM post_enrichment
        WHERE post_id = lead.lead_post_id AND kind = 'vision' OFFSET 0
    ) AS vision ON true
    LEFT JOIN LATERAL (
        SELECT item ->> 'description' AS description, item -> 'labels' AS labels
        FROM jsonb_array_elements(vision.items) AS item WHERE item ->> 'sha256' = medium.sha256 LIMIT 1
    ) AS reading ON true
""")


def _counts(session: Session, media: Sequence[Media]) -> Sequence[Row[int, int, int]]:
    """Cluster, copies and channels; one copy more than are counted stands for all further ones."""
    clusters = list({one.cluster_id for one in media})
    return session.execute(COUNTS, {"clusters": clusters, "most": COPIES + 1}).all()


def _details(session: Session, media: Sequence[Media]) -> Sequence[Row[Any]]:
    return session.execute(DETAILS, {"media": [one.media_id for one in media]}).all()


def _tile(row: Row[Any], medium: Media, copies: int, channels: int) -> Tile:
    return Tile(
        media_id=row.media_id,
        post_id=row.post_id,
        message_id=row.telegram_message_id,
        channel=row.channel,
        channel_key=channel_key(row.username, row.telegram_id, row.reference),
        permalink=permalink_if_known(row.username, row.telegram_id, row.telegram_message_id),
        posted_at=medium.posted_at,
        deleted_at=row.deleted_at,
        kind=row.kind,
        role=row.role,
        sha256=row.sha256,
        mime=row.mime,
        file_name=row.file_name,
        duration=row.duration,
        description=row.description,
        labels=tuple(row.labels or ()),
        copies=min(copies, COPIES),
        channels=channels,
        more=copies > COPIES,
    )


def _place(medium: Media) -> Place:
    return medium.posted_at, medium.media_id


def _given(place: Place | None) -> Mapping[str, object]:
    """A place as parameters; without one the place before all media."""
    return {"at": "infinity", "id": 2**63 - 1} if place is None else {"at": place[0].isoformat(), "id": place[1]}


def _cursor(top: Place, last: Place) -> str:
    times = [at.astimezone(UTC).isoformat() for at, _ in (top, last)]
    return packed(["tile", times[0], top[1], times[1], last[1]])


def _places(cursor: str) -> tuple[Place, Place]:
    """The top of the walk and the end of the page before."""
    try:
        name, first, one, second, other = unpacked(cursor)
        top, last = aware(first), aware(second)
        if name == "tile" and top and last and all(type(id_) is int and 0 <= id_ < 2**63 for id_ in (one, other)):
            return (top, one), (last, other)
    except (ValueError, TypeError, AttributeError):
        pass
    raise UserError("the cursor is not one that the gallery gave: begin again without it")
