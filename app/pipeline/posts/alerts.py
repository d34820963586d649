"""Tells alerts of publications that were just indexed: new hits are stored and their deliveries made due.

The index step calls it in its own transaction, under the locks of the publications, so that no hit is told twice and
none is lost. docs/alerts.md says which publications are news for an alert.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.alerts import Medium, Reason, Standing, anew, first, remembered
from app.domain.documents import Document
from app.domain.enrichment import VisionMetadata
from app.domain.flow import Call, Key, Next
from app.domain.kinds import Step
from app.models import Alert, AlertDestination, AlertHit, Channel, Publication, SavedSearch
from app.pipeline.engine import work
from app.pipeline.posts import enrichment
from app.pipeline.posts.alert_matches import matches
from app.settings import get_settings

Indexed = Sequence[tuple[Publication, Document]]
Pair = tuple[int, int]  # alert, publication


@dataclass(frozen=True)
class Watched:
    """An alert that is not paused. since: its saved search has had this query from then on."""

    alert: Alert
    query: str
    since: datetime


@dataclass(frozen=True)
class Fired:
    """A telling to store."""

    alert_id: int
    publication_id: int
    number: int
    reason: Reason
    now: Standing


def tell(session: Session, indexed: Indexed) -> dict[int, tuple[Next, ...]]:
    """The deliveries of new hits among the publications, by publication; without any alert it is one statement."""
    watched = _watched(session)
    news = _news(session, watched, [publication for publication, _ in indexed]) if watched else {}
    if not news:
        return {}
    hits = matches(session, {one.alert: one.query for one in watched if news.get(one.alert.id)}, news)
    told = _told(session, hits, {id_ for ids in news.values() for id_ in ids})
    fired = _judge(session, indexed, watched, hits, told)
    return _deliver(session, fired, {publication.id: publication.trace_id for publication, _ in indexed})


def _watched(session: Session) -> list[Watched]:
    query = select(Alert, SavedSearch.query, SavedSearch.changed_at).join(SavedSearch, SavedSearch.name == Alert.search)
    rows = session.execute(query.where(Alert.paused_at.is_(None)).order_by(Alert.id))
    return [Watched(alert, text, max(alert.since, changed.replace(microsecond=0))) for alert, text, changed in rows]


def _news(session: Session, watched: Sequence[Watched], publications: Sequence[Publication]) -> dict[int, set[int]]:
    """alert -> its news: publications that were posted since it watches, in a channel that was added by then."""
    earliest = min(one.since for one in watched)
    recent = [(one, one.posted_at) for one in publications if one.posted_at and one.posted_at >= earliest]
    if not recent:
        return {}
    channels = {one.channel_id for one, _ in recent}
    added = dict(session.execute(select(Channel.id, Channel.added_at).where(Channel.id.in_(channels))).all())
    posted = {one.id: at for one, at in recent if at >= added[one.channel_id].replace(microsecond=0)}
    news = {one.alert.id: {id_ for id_, at in posted.items() if at >= one.since} for one in watched}
    return {alert: ids for alert, ids in news.items() if ids}


def _told(session: Session, alerts: Collection[int], publications: Collection[int]) -> dict[Pair, AlertHit]:
    """The last telling of each alert about each publication."""
    rows = session.scalars(
        select(AlertHit)
        .where(AlertHit.publication_id.in_(publications), AlertHit.alert_id.in_(alerts))
        .order_by(AlertHit.number)
    )
    return {(row.alert_id, row.publication_id): row for row in rows}


def _judge(
    session: Session,
    indexed: Indexed,
    watched: Sequence[Watched],
    hits: Mapping[int, Collection[int]],
    told: Mapping[Pair, AlertHit],
) -> list[Fired]:
    """The tellings that follow. hits: alert -> publications in its set; an alert that could not be asked has none."""
    concerned = {id_ for ids in hits.values() for id_ in ids} | {publication for _, publication in told}
    some = [(publication, document) for publication, document in indexed if publication.id in concerned]
    read = enrichment.read_all(session, [publication for publication, _ in some], VisionMetadata) if some else {}
    fired = []
    for one in watched:
        if (inside := hits.get(one.alert.id)) is None:
            continue
        for publication, document in some:
            vision = read[publication.id].vision_version if publication.id in read else None
            content = document.content_hash if publication.id in inside else None
            now = Standing(publication.revision, vision, content)
            last = told.get((one.alert.id, publication.id))
            fired += _fired(one.alert, publication.id, document, now, last)
            _remember(session, now, last)
    return fired


def _fired(alert: Alert, publication: int, document: Document, now: Standing, last: AlertHit | None) -> list[Fired]:
    if now.content_hash is None:
        return []
    if last is None:
        return [Fired(alert.id, publication, 1, first(edited="has:edit" in document.facets), now)]
    reason = anew(_standing(last), now) if alert.again else None
    return [Fired(alert.id, publication, last.number + 1, reason, now)] if reason else []


def _standing(hit: AlertHit) -> Standing:
    return Standing(hit.revision, hit.vision_version, hit.content_hash)


def _remember(session: Session, now: Standing, last: AlertHit | None) -> None:
    if last is None or (kept := remembered(_standing(last), now)) == _standing(last):
        return
    values = {"vision_version": kept.vision_version, "content_hash": kept.content_hash}
    session.execute(update(AlertHit).where(AlertHit.id == last.id).values(values))


def _deliver(session: Session, fired: Sequence[Fired], traces: Mapping[int, str]) -> dict[int, tuple[Next, ...]]:
    """Stores the tellings and makes their deliveries due."""
    if not fired:
        return {}
    made = session.execute(
        insert(AlertHit).returning(AlertHit.id, AlertHit.alert_id, AlertHit.publication_id),
        [_row(one) for one in fired],
    ).all()
    addresses = _addresses(session, {one.alert_id for one in fired})
    keys = {hit: [(hit, address) for address in addresses.get(alert, ())] for hit, alert, _ in made}
    of_hits = {hit: traces[publication] for hit, _, publication in made}
    enqueue(session, [key for some in keys.values() for key in some], of_hits)
    calls: dict[int, tuple[Next, ...]] = {}
    for hit, _, publication in made:
        call = Call(Step.DELIVER, tuple(keys[hit]), trace_id=of_hits[hit])
        calls[publication] = (*calls.get(publication, ()), *([call] if keys[hit] else []))
    return calls


def enqueue(session: Session, keys: Iterable[Key], traces: Mapping[int, str] | None = None) -> None:
    """Makes deliveries due. keys: hit and address."""
    work.enqueue(session, Step.DELIVER, keys, hint=get_settings().republish_after, traces=traces)


def _row(one: Fired) -> dict[str, object]:
    return {
        "alert_id": one.alert_id,
        "publication_id": one.publication_id,
        "number": one.number,
        "reason": one.reason.value,
        "revision": one.now.revision,
        "vision_version": one.now.vision_version,
        "content_hash": one.now.content_hash,
    }


def _addresses(session: Session, alerts: Collection[int]) -> dict[int, list[int]]:
    """alert -> its addresses that something is sent to."""
    query = select(AlertDestination.alert_id, AlertDestination.id).where(
        AlertDestination.alert_id.in_(alerts),
        AlertDestination.ended_at.is_(None),
        AlertDestination.medium != Medium.FEED.value,
    )
    found: dict[int, list[int]] = {}
    for alert, address in session.execute(query.order_by(AlertDestination.id)):
        found.setdefault(alert, []).append(address)
    return found
