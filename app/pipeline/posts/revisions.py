"""Counts a publication's revision: it grows exactly when the items or the text change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app import telemetry, trace
from app.domain import words
from app.domain.albums import Item, album_kind, fingerprint, merged_text
from app.domain.kinds import MediaKind, MediaRole
from app.domain.steps import STEPS
from app.models import MediaGroup, Post, PostEnrichment, PostMedia, Publication
from app.pipeline.engine import work
from app.pipeline.engine.built_once import built_once
from app.pipeline.engine.row_by_row import each_given, for_each, ids_given

Row = tuple[Post, PostMedia | None]  # a post with several media has as many rows


def lock_publications(session: Session, ids: Sequence[int]) -> dict[int, Publication]:
    """Locks the publications in the order of their ids until the transaction ends, and returns them.

    FOR NO KEY UPDATE: rows that only point here (a late item's foreign key) need not wait, and so cannot deadlock.
    """
    query = select(Publication).where(Publication.id.in_(ids)).order_by(Publication.id)
    query = query.with_for_update(key_share=True)
    return {publication.id: publication for publication in session.scalars(query)}


def publications_of(session: Session, ids: Collection[int]) -> dict[int, Publication]:
    """The publications by id, in one query."""
    return {p.id: p for p in session.scalars(select(Publication).where(Publication.id.in_(ids)))}


def lead_of(publication: Publication) -> int:
    """The lead post's id; every publication with a revision has one."""
    assert publication.lead_post_id is not None
    return publication.lead_post_id


def hashes_of(rows: Iterable[Row]) -> set[str]:
    """sha256 of the files among the rows' media."""
    return {media.sha256 for _, media in rows if media is not None and media.sha256 is not None}


def posts_of(rows: Iterable[Row]) -> list[Post]:
    """The posts of the rows, each once, in order."""
    return list({post.id: post for post, _ in rows}.values())


def own_media(rows: Iterable[Row]) -> list[PostMedia]:
    """The media that were sent as the posts, without previews and the like."""
    return [media for _, media in rows if media is not None and media.role == MediaRole.OWN]


def own_first(rows: Iterable[Row]) -> list[PostMedia]:
    """All media: those that were sent as the posts in item order, then the others."""
    media = [medium for _, medium in rows if medium is not None]
    return sorted(media, key=lambda medium: medium.role != MediaRole.OWN)


def items_of(session: Session, ids: Collection[int]) -> dict[int, list[Row]]:
    """The posts of the publications with their current media, by message id and place."""
    rows: dict[int, list[Row]] = defaultdict(list)
    for post, medium in session.execute(_items(), ids_given(ids)):
        if post.publication_id is not None:
            rows[post.publication_id].append((post, medium))
    return rows


@built_once
def _items() -> Select[Post, PostMedia | None]:
    one = each_given()
    posts = aliased(Post, for_each(select(Post).where(Post.publication_id == one.c.id)))
    current = (PostMedia.post_id == posts.id) & PostMedia.replaced_at.is_(None)
    media = aliased(PostMedia, for_each(select(PostMedia).where(current)))
    query = select(posts, media).select_from(one).join(posts, true()).outerjoin(media, true())
    return query.order_by(posts.telegram_message_id, media.position)


@dataclass(frozen=True)
class Revision:
    """A publication's new revision. rows: its posts with their current media."""

    number: int
    trace_id: str
    rows: Sequence[Row]


def revise(session: Session, ids: Collection[int]) -> dict[int, Revision]:
    """Gives a new revision to each publication whose content changed; returns them by publication."""
    if not ids:
        return {}
    rows = items_of(session, ids)
    locked = lock_publications(session, sorted(ids))
    changed = [p for id_, p in locked.items() if _changed(session, p, rows[id_])]
    session.flush()
    _open_groups(session, [p for p in changed if p.grouped_id is not None], rows)
    if telemetry.on():
        telemetry.begun(session, {p.trace_id: _said(p) for p in changed})
    work.supersede(session, STEPS.revised, {p.id: p.revision for p in changed if p.revision > 1})
    return {p.id: Revision(p.revision, p.trace_id, rows[p.id]) for p in changed}


def _said(publication: Publication) -> telemetry.Attributes:
    return {
        "publication": publication.id,
        "revision": publication.revision,
        "channel": publication.channel_id,
        "album": int(publication.grouped_id is not None),
    }


def contents(rows: Sequence[Row]) -> list[Item]:
    """Makes the items of a publication from its rows."""
    media: dict[int, list[PostMedia]] = defaultdict(list)
    for post, medium in rows:
        media[post.id] += [medium] if medium is not None else []
    return [_item(post, media[post.id]) for post in posts_of(rows)]


def _item(post: Post, media: Sequence[PostMedia]) -> Item:
    own = next((medium for medium in media if medium.role == MediaRole.OWN), None)
    return Item(
        post.telegram_message_id,
        post.text,
        post.entities,
        own.telegram_key if own else None,
        post.deleted_at is not None,
        [(medium.role, medium.telegram_key) for medium in media if medium is not own],
        words.content(post.words),
    )


def text_of(publication: Publication, posts: Iterable[Post]) -> str:
    """The text that is searched and tagged: the captions, then the words beside them in item order."""
    return words.composed(publication.text, [one for post in posts for one in post.words])


def gone_since(rows: Sequence[Row]) -> datetime | None:
    """When the last item was deleted; None while one still exists."""
    posts = posts_of(rows)
    gone = [post.deleted_at for post in posts if post.deleted_at is not None]
    return max(gone) if len(gone) == len(posts) else None


def _changed(session: Session, publication: Publication, rows: Sequence[Row]) -> bool:
    items = contents(rows)
    content = fingerprint(items)
    if content == publication.fingerprint:
        return False
    if publication.fingerprint:
        publication.revision += 1
    publication.fingerprint = content
    publication.trace_id = trace.new()
    publication.text = merged_text(items)
    posts = posts_of(rows)
    publication.posted_at = posts[0].posted_at
    publication.deleted_at = gone_since(rows)
    _move_lead(session, publication, posts[0].id)
    return True


def _move_lead(session: Session, publication: Publication, lead: int) -> None:
    """Makes the post with the lowest id lead and moves the enrichments to it, in the same transaction."""
    if publication.lead_post_id not in (None, lead):
        session.execute(delete(PostEnrichment).where(PostEnrichment.post_id == lead))
        session.execute(
            update(PostEnrichment).where(PostEnrichment.post_id == publication.lead_post_id).values(post_id=lead)
        )
    publication.lead_post_id = lead


def _open_groups(session: Session, publications: Sequence[Publication], rows: dict[int, list[Row]]) -> None:
    """Opens the groups of changed albums, until collect_album and persist_publication have seen the new revision.

    kind and count of a new row are provisional: only persist_publication recomputes them.
    """
    for publication in publications:
        kinds = [MediaKind(media.kind) for media in own_media(rows[publication.id])]
        statement = insert(MediaGroup).values(
            channel_id=publication.channel_id,
            grouped_id=publication.grouped_id,
            publication_id=publication.id,
            album_kind=album_kind(kinds),
            state="open",
        )
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["channel_id", "grouped_id"], set_={"state": "open", "collects": 0}
            )
        )
