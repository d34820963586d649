"""Feeds of alerts: their addresses, and the entries that a reader fetches.

The token in the address is the only key, as readers of feeds send no cookie and no header. It opens one saved search,
for reading; its hash is kept, so that it is shown once; a new address ends the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.access import tokens
from app.access.audit import record
from app.browse import subjects
from app.domain.access.audited import Acted, Actor
from app.domain.alerts import Medium
from app.domain.feeds import Entry, Feed, path_of
from app.errors import UserError
from app.models import Alert, AlertDestination, Channel, Post, Publication, SearchDocument
from app.search.hits import Hit
from app.search.query import find
from app.search.saved import required as query_of

ENTRIES = 50  # the newest


@dataclass(frozen=True)
class NewAddress:
    """A new address of a feed. path: behind the page's address, with the token in it."""

    entry: int
    path: str


def renew(session: Session, actor: Actor, name: str) -> NewAddress:
    """Gives an alert a feed, or its feed another address. UserError if there is no such alert."""
    alert = _alert(session, name)
    path = address(session, alert)
    return NewAddress(record(session, actor, Acted.FEED_ADD, name), path)


def revoke(session: Session, actor: Actor, name: str) -> int:
    """Ends the address of an alert's feed. Returns the audit entry's number. UserError if there is none."""
    row = _destination(session, _alert(session, name))
    if row is None or row.token_hash is None:
        raise UserError(f"the alert {name!r} has no address of a feed")
    row.token_hash = None
    return record(session, actor, Acted.FEED_REVOKE, name)


def address(session: Session, alert: Alert) -> str:
    """A new path of the alert's feed; the one before opens nothing any more."""
    row = _destination(session, alert)
    if row is None:
        row = AlertDestination(alert_id=alert.id, medium=Medium.FEED, address="")
        session.add(row)
    token = tokens.new()
    row.token_hash = tokens.hash_of(token)
    session.flush()
    return path_of(token)


def fetch(session: Session, token: str) -> Feed | None:
    """The feed that a token opens; None if it opens none. UserError for a search that cannot be asked now."""
    opened = select(AlertDestination).where(AlertDestination.token_hash == tokens.hash_of(token))
    row = session.scalars(opened).one_or_none()
    if row is None:
        return None
    alert = session.get_one(Alert, row.alert_id)
    query = query_of(session, alert.search)
    hits = find(session, query, embedder=None, order="date", limit=ENTRIES).hits
    return Feed(row.id, row.created_at, alert.name, query, tuple(_entries(session, hits)))


def _entries(session: Session, hits: Sequence[Hit]) -> list[Entry]:
    """The hits in their order, with all of their texts."""
    ids = [hit.publication_id for hit in hits]
    pages, changed = subjects.publications(session, set(ids)), _changed(session, ids)
    rows = session.execute(
        select(SearchDocument.publication_id, SearchDocument.text, Channel.telegram_id, Publication.created_at)
        .join(Publication, Publication.id == SearchDocument.publication_id)
        .join(Channel, Channel.id == Publication.channel_id)
        .where(SearchDocument.publication_id.in_(ids))
    )
    found = {row.publication_id: row for row in rows}
    return [
        Entry(
            id=hit.publication_id,
            channel_id=found[hit.publication_id].telegram_id or 0,
            channel=hit.channel,
            text=found[hit.publication_id].text,
            tags=hit.tags,
            link=hit.permalink or "",
            page=pages[hit.publication_id].address or "",
            posted_at=hit.posted_at,
            updated_at=changed.get(hit.publication_id) or hit.posted_at or found[hit.publication_id].created_at,
        )
        for hit in hits
        if hit.publication_id in found and hit.publication_id in pages
    ]


def _changed(session: Session, ids: Sequence[int]) -> Mapping[int, datetime | None]:
    """publication -> when its newest revision came to be, in Telegram's time: a post, an edit, or a deletion."""
    moments: ColumnElement[datetime | None] = func.greatest(Post.posted_at, Post.edited_at, Post.deleted_at)
    query = select(Post.publication_id, func.max(moments)).where(Post.publication_id.in_(ids))
    return {int(id_): moment for id_, moment in session.execute(query.group_by(Post.publication_id)) if id_}


def _alert(session: Session, name: str) -> Alert:
    alert = session.scalar(select(Alert).where(Alert.name == name).with_for_update())
    if alert is None:
        raise UserError(f"there is no alert {name!r}: see `media-audit alerts list`")
    return alert


def _destination(session: Session, alert: Alert) -> AlertDestination | None:
    feeds = select(AlertDestination).where(
        AlertDestination.alert_id == alert.id, AlertDestination.medium == Medium.FEED.value
    )
    return session.scalars(feeds).one_or_none()
