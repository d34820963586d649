"""The posts of a line as a reader needs them: where they are, which revision was read, what became of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.digest.digest import DigestPost
from app.domain.digest.items import Item
from app.domain.digest.sources import Sources, in_order
from app.domain.permalinks import permalink_if_known

SHOWN = 5  # posts of a line

# By primary keys; the edits of all items of an album by idx_posts_publication_id.
POSTS = text("""
    SELECT one.id, document.revision, document.posted_at, document.deleted_at, edited.edited_at,
        lead.id AS post_id, lead.telegram_message_id, channel.username, channel.telegram_id,
        coalesce(nullif(channel.title, ''), channel.reference) AS channel
    FROM unnest(CAST(:ids AS bigint[])) AS one (id)
    CROSS JOIN LATERAL (SELECT * FROM search_documents WHERE publication_id = one.id OFFSET 0) AS document
    CROSS JOIN LATERAL (SELECT lead_post_id FROM publications WHERE id = one.id OFFSET 0) AS publication
    CROSS JOIN LATERAL (SELECT * FROM posts WHERE id = publication.lead_post_id OFFSET 0) AS lead
    CROSS JOIN LATERAL (SELECT * FROM channels WHERE id = document.channel_id OFFSET 0) AS channel
    CROSS JOIN LATERAL (
        SELECT max(edited_at) AS edited_at FROM posts WHERE publication_id = one.id
    ) AS edited
""")


def chosen(items: Collection[Item], sources: Sources, first: int | None) -> list[int]:
    """The publications to show of a line: that of its headline, the earliest of each author, then of each piece, then
    copies. first: the publication of the headline."""
    authors: set[int] = set()
    pieces: set[int] = set()
    ranked: list[tuple[int, int]] = []
    for place, one in enumerate(in_order(items)):
        author, piece = sources.author[one.id], sources.piece[one.id]
        rank = 0 if one.id == first else 1 if author not in authors else 2 if piece not in pieces else 3
        ranked.append((rank, place))
        authors.add(author)
        pieces.add(piece)
    ordered = in_order(items)
    return [ordered[place].id for _, place in sorted(ranked)[:SHOWN]]


def posts(session: Session, ids: Sequence[int], sources: Sources) -> Mapping[int, DigestPost]:
    """The posts of publications, by publication."""
    rows = session.execute(POSTS, {"ids": list(ids)})
    return {row.id: _post(row, copy=sources.piece[row.id] != row.id) for row in rows}


def _post(row: Row[Any], *, copy: bool) -> DigestPost:
    return DigestPost(
        publication_id=row.id,
        revision=row.revision,
        post_id=row.post_id,
        message_id=row.telegram_message_id,
        channel=row.channel,
        permalink=permalink_if_known(row.username, row.telegram_id, row.telegram_message_id),
        posted_at=row.posted_at,
        deleted_at=row.deleted_at,
        edited_at=row.edited_at,
        copy=copy,
    )
