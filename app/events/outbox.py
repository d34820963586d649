"""The outbox: an event is a row of the transaction that made it true, so none is lost and none is sent too early."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.errors import UserError
from app.events.retention import Gone, dropped_up_to, left_of, told_before
from app.events.schemas import Event
from app.models import OutboxEvent
from app.models.bulk import insert_all

LOOKED_AT = 10_000  # events that one call looks at for some channels


def add(session: Session, *events: Event) -> None:
    """Puts events into the outbox; skips one with a key that the outbox has, or had until retention deleted it."""
    dropped = told_before(session, [event.idempotency_key for event in events]) if events else set()
    rows = [
        {
            "routing_key": event.routing_key,
            "idempotency_key": event.idempotency_key,
            "publication_id": event.publication_id,
            "payload": event.model_dump(mode="json"),
            "trace_id": event.trace_id,
        }
        for event in events
        if event.idempotency_key not in dropped
    ]
    if rows:
        new = insert_all(OutboxEvent, rows)
        session.execute(new.on_conflict_do_nothing(index_elements=["idempotency_key"]))


class EventsGone(UserError):
    """Events that a subscriber asks for are kept no longer."""


class NotYet(UserError):
    """A transaction that wrote events is open for longer than the caller waits."""


def after(
    session: Session, id: int, limit: int, patience: float = 10.0, known: Gone | None = None
) -> Sequence[OutboxEvent]:
    """Events with a higher id, ascending, for a subscriber that replays.

    An id is assigned at insert and visible after commit, so a higher id may be visible first. The call waits (at most
    `patience` seconds, then NotYet) until every id that it might return is committed or rolled back: a subscriber
    that continues after the last row it got has missed none.

    EventsGone if events after `id` are deleted, except those that a subscriber who began at the beginning knew to be
    gone: `known`, less the rows received since. id 0: the subscriber has no event yet and begins with the oldest kept.
    The session must be in READ COMMITTED.
    """
    horizon = _horizon(session, patience)
    query = select(OutboxEvent).where(OutboxEvent.id > id, OutboxEvent.id <= horizon).order_by(OutboxEvent.id)
    rows = session.scalars(query.limit(limit)).all()
    _check_kept(session, id, known)
    return rows


@dataclass(frozen=True)
class Portion:
    """Events for a reader who may see some channels only. last: the id that it goes on after."""

    rows: Sequence[OutboxEvent]
    last: int


def portion_after(session: Session, id: int, limit: int, channels: Collection[int], patience: float = 10.0) -> Portion:
    """The same of some channels alone. It looks at LOOKED_AT events at most, so that rare ones end no statement late.

    Fewer than `limit` events are no end: `last` is.
    """
    horizon = _horizon(session, patience)
    looked = select(OutboxEvent.id).where(OutboxEvent.id > id, OutboxEvent.id <= horizon).order_by(OutboxEvent.id)
    until = session.scalar(looked.offset(LOOKED_AT - 1).limit(1)) or max(id, horizon)
    of_channels = OutboxEvent.payload["channel_id"].as_integer().in_(channels)
    query = select(OutboxEvent).where(OutboxEvent.id > id, OutboxEvent.id <= until, of_channels)
    rows = session.scalars(query.order_by(OutboxEvent.id).limit(limit)).all()
    _check_kept(session, id, None)
    return Portion(rows, rows[-1].id if len(rows) == limit else until)


def _check_kept(session: Session, id: int, known: Gone | None) -> None:
    """Called after the rows were read, so that it sees every deletion before that."""
    if (id or known) and _more_went(session, id, known or Gone()):
        gone = dropped_up_to(session)
        raise EventsGone(
            f"events up to {gone} are kept no longer (EVENTS_KEPT_DAYS), so some that came after {id} are gone: "
            f"read how things stand from the tables or `media-audit search`, then go on with --after {gone}"
        )


def _more_went(session: Session, id: int, known: Gone) -> bool:
    """Whether events after `id` were deleted beyond those in `known`."""
    if dropped_up_to(session) > max(id, known.up_to):
        return True
    return left_of(session, id, known.up_to) < known.left


def _horizon(session: Session, patience: float) -> int:
    """The highest assigned id, once all transactions that may hold an id up to it have ended."""
    horizon = session.scalar(text("SELECT last_value FROM outbox_events_id_seq"))
    # An insert takes its table lock before its id and keeps it to the end of its transaction.
    open_ = _writers(session)
    deadline = time.monotonic() + patience
    while open_ := open_ & _writers(session):
        if time.monotonic() > deadline:
            raise NotYet(
                f"a transaction that wrote events has been open for over {patience:.0f} s, and events before its end "
                "would be out of order: find it with `media-audit db locks`"
            )
        time.sleep(0.02)
    return int(horizon or 0)


def _writers(session: Session) -> set[str]:
    query = text(
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted "
        "AND relation = 'outbox_events'::regclass AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid() "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"  # copies share their oids
    )
    return set(session.scalars(query))
