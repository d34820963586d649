"""The publications of a period: text, tags, origin of the forward, pictures. Bounded, by indexes alone.

A table given as arrays is joined row by row, whatever PostgreSQL knows of the tables: OFFSET 0 keeps each look-up one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.digest.items import Item, Place
from app.models.search import MOMENT
from app.search.limits import walking

# Publications that a digest compares, the newest: 300 channels have 550 a day in an archive of a million over five
# years, so a fortnight. 10,000 take a second of processor time, most of it to compare their texts.
MOST = 10_000
COMPARED = 1_000  # characters of a text: 60 words of it are compared, in any language

_COLUMNS = f"""
    SELECT publication_id, channel_id, posted_at, deleted_at, tag_list, left(text, {COMPARED}) AS text
    FROM search_documents
    WHERE {MOMENT} >= CAST(:since AS timestamptz) AND {MOMENT} <= CAST(:until AS timestamptz)
"""
_NEWEST = f"ORDER BY {MOMENT} DESC, publication_id DESC LIMIT :most"
ALL = text(f"{_COLUMNS} {_NEWEST}")  # idx_search_documents_moment
# idx_search_documents_channel_id_moment
OF_CHANNELS = text(f"""
    SELECT found.* FROM unnest(CAST(:channels AS bigint[])) AS one (id) CROSS JOIN LATERAL (
        {_COLUMNS} AND channel_id = one.id {_NEWEST}
    ) AS found
""")
# Of each publication its lead post, by primary keys. Without one it is shown nowhere, and left out.
LEADS = text("""
    SELECT one.id, post.telegram_message_id, post.forwarded_from, post.forwarded_message, channel.telegram_id
    FROM unnest(CAST(:ids AS bigint[])) AS one (id)
    CROSS JOIN LATERAL (SELECT lead_post_id, channel_id FROM publications WHERE id = one.id OFFSET 0) AS publication
    CROSS JOIN LATERAL (SELECT * FROM posts WHERE id = publication.lead_post_id OFFSET 0) AS post
    CROSS JOIN LATERAL (SELECT telegram_id FROM channels WHERE id = publication.channel_id OFFSET 0) AS channel
""")
_SHOWN = """
    SELECT media_id, cluster_id FROM shown
    WHERE posted_at >= CAST(:since AS timestamptz) AND posted_at <= CAST(:until AS timestamptz)
"""
# idx_shown_posted_at, idx_shown_channel_id; then by primary keys.
_PUBLICATIONS = """
    SELECT found.cluster_id, post.publication_id FROM ({shown}) AS found
    CROSS JOIN LATERAL (SELECT post_id FROM post_media WHERE id = found.media_id OFFSET 0) AS medium
    CROSS JOIN LATERAL (SELECT publication_id FROM posts WHERE id = medium.post_id OFFSET 0) AS post
    WHERE post.publication_id IS NOT NULL
"""
PICTURES = text(_PUBLICATIONS.format(shown=f"{_SHOWN} ORDER BY posted_at DESC, media_id DESC LIMIT :most"))
PICTURES_OF_CHANNELS = text(
    _PUBLICATIONS.format(
        shown=f"""
        SELECT part.* FROM unnest(CAST(:channels AS bigint[])) AS one (id) CROSS JOIN LATERAL (
            {_SHOWN} AND channel_id = one.id ORDER BY posted_at DESC, media_id DESC LIMIT :most
        ) AS part
        """
    )
)


@dataclass(frozen=True)
class Window:
    """The publications of a period. since: later than was asked for where it has more than are compared (cut)."""

    items: Sequence[Item]
    since: datetime
    until: datetime
    cut: bool


def read(session: Session, since: datetime, until: datetime, channels: Collection[int] | None) -> Window:
    """The newest publications of a period, of all channels or some."""
    given: dict[str, object] = {"since": since, "until": until, "most": MOST + 1}
    if channels is not None:
        given["channels"] = list(channels)
    with walking(session):
        rows = session.execute(ALL if channels is None else OF_CHANNELS, given).all()
        rows = sorted(rows, key=lambda row: (row.posted_at, row.publication_id), reverse=True)
        cut = len(rows) > MOST
        rows = rows[:MOST]
        begins = rows[-1].posted_at if cut else since
        pictures = _pictures(session, {**given, "since": begins}, channels)
    leads = {row.id: row for row in session.execute(LEADS, {"ids": [row.publication_id for row in rows]})}
    items = [
        _item(row, lead, pictures.get(row.publication_id, frozenset()))
        for row in rows
        if (lead := leads.get(row.publication_id)) is not None
    ]
    return Window(items, begins, until, cut)


def _pictures(
    session: Session, given: Mapping[str, object], channels: Collection[int] | None
) -> Mapping[int, frozenset[int]]:
    """The clusters that each publication shows."""
    found: dict[int, set[int]] = defaultdict(set)
    for cluster, publication in session.execute(PICTURES if channels is None else PICTURES_OF_CHANNELS, given):
        found[publication].add(cluster)
    return {publication: frozenset(clusters) for publication, clusters in found.items()}


def _item(row: Row[Any], lead: Row[Any], pictures: frozenset[int]) -> Item:
    home = lead.telegram_id if lead.telegram_id is not None else -row.channel_id
    return Item(
        id=row.publication_id,
        channel=row.channel_id,
        home=home,
        at=row.posted_at,
        text=row.text,
        tags=tuple(row.tag_list),
        origin=lead.forwarded_from,
        original=_original(lead, home),
        pictures=pictures,
        gone=row.deleted_at is not None,
    )


def _original(lead: Row[Any], home: int) -> Place | None:
    """The message that a post repeats: its own place, or that of a forward; None where Telegram does not tell it."""
    if lead.forwarded_from is None:
        return home, lead.telegram_message_id
    return None if lead.forwarded_message is None else (lead.forwarded_from, lead.forwarded_message)
