"""Checks the outbox: finished steps have their events in it, and its events are sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import snapshot
from app.domain.kinds import Step
from app.events import announce, outbox
from app.events.retention import told_before
from app.events.schemas import Event
from app.models import OutboxEvent, Publication, SearchDocument
from app.verify import expected
from app.verify.check import Check, Fault
from app.verify.publications import Batch, OfPublications
from app.verify.reading import pages

UNSENT = timedelta(minutes=10)  # the relay queries the outbox every half second


class Events(OfPublications):
    """Checks that the event of each finished step, found by its key, is in the outbox.

    An event that retention deleted after it was sent is no fault, even if its step ran again. A user who deletes rows
    by hand writes no keys, so steps that finished before the oldest kept event are not checked.
    """

    name = "events"

    def compare(self, batch: Batch) -> Iterator[Fault[int]]:
        for id_, missing in _missing(batch).items():
            names = ", ".join(sorted(event.routing_key for event in missing))
            yield batch.fault(id_, f"no event in the outbox: {names}")

    def repair(self, batch: Batch, publication: Publication) -> None:
        """Adds the missing events; subscribers recognise doubles by their keys."""
        outbox.add(batch.session, *_missing(batch).get(publication.id, ()))


class Unsent(Check[int]):
    """Checks that no event waits longer than UNSENT to be sent."""

    name = "relay"
    remedy = "media-audit run, or up: the relay sends what waits; its log says what it complains of"

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(OutboxEvent.id, OutboxEvent.published_at.is_(None))

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        late = OutboxEvent.created_at < func.clock_timestamp() - UNSENT
        query = select(OutboxEvent).where(OutboxEvent.id.in_(keys), OutboxEvent.published_at.is_(None), late)
        with snapshot() as session:
            rows = session.scalars(query.order_by(OutboxEvent.id)).all()
        return [
            Fault(row.id, row.idempotency_key, f"unsent since {row.created_at:%Y-%m-%d %H:%M:%S}", "the relay sends it")
            for row in rows
        ]


def kept_since(session: Session) -> datetime | None:
    """The time since which all events are still in the outbox; None if it is empty.

    Retention deletes only sent events, the earliest sent first. An event created after the first kept sending was sent
    after it, so it is kept, too.
    """
    sent, written = session.execute(select(func.min(OutboxEvent.published_at), func.min(OutboxEvent.created_at))).one()
    kept: datetime | None = sent or written
    return kept


def _missing(batch: Batch) -> dict[int, list[Event]]:
    told = _told(batch)
    keys = [event.idempotency_key for events in told.values() for event, _ in events]
    query = select(OutboxEvent.idempotency_key).where(OutboxEvent.idempotency_key.in_(keys))
    known = set(batch.session.scalars(query))
    known |= told_before(batch.session, [key for key in keys if key not in known])
    absent = {
        id_: [(event, at) for event, at in events if event.idempotency_key not in known] for id_, events in told.items()
    }
    # Only if an event is missing, which is rare: the query reads the whole outbox.
    since = kept_since(batch.session) if any(absent.values()) else None
    if since is None:
        return {}
    young = {id_: [event for event, at in events if at > since] for id_, events in absent.items()}
    return {id_: events for id_, events in young.items() if events}


def _told(batch: Batch) -> dict[int, list[tuple[Event, datetime]]]:
    """publication -> the events that its finished steps should have written, each with its time."""
    query = select(SearchDocument.publication_id, SearchDocument.content_hash)
    query = query.where(SearchDocument.publication_id.in_(batch.settled))
    indexed: dict[int, str] = dict(batch.session.execute(query).all())
    found: dict[int, list[tuple[Event, datetime]]] = {}
    for id_, publication in batch.settled.items():
        if id_ not in batch.rows:
            continue
        told = found[id_] = []
        if at := _done(batch, id_, Step.PERSIST):
            told.append((announce.post_parsed(publication, expected.files(batch.rows[id_])), at))
        if id_ in batch.vision and (at := _done(batch, id_, Step.MERGE)):
            told.append((announce.vision_analyzed(publication, batch.vision[id_]), at))
        change = batch.changes[id_][-1] if batch.changes[id_] else None
        # An event has the revision at which it was written.
        if (
            change is not None
            and id_ in batch.tags
            and change.called_tagger
            and change.revision == publication.revision
        ):
            told.append((announce.post_tagged(publication, batch.tags[id_], lineage=change.id), change.at))
        if id_ in indexed and (at := _done(batch, id_, Step.INDEX)):
            lineage = change.id if change else None
            told.append((announce.post_indexed(publication, indexed[id_], lineage=lineage), at))
    return found


def _done(batch: Batch, publication: int, step: Step) -> datetime | None:
    stage = batch.stage(publication, step)
    return stage.since if stage is not None and stage.done else None
