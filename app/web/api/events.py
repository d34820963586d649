"""Events over the API, as `media-audit events` prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query

from app.db import transaction
from app.events.outbox import after, portion_after
from app.models import OutboxEvent
from app.search.cursors import HIGHEST
from app.web.api.admission import Token
from app.web.api.answers import Paged
from app.web.api.routes import Api

api = Api("events")

MOST = 500
PATIENCE = 2.0  # seconds for a transaction that wrote events to end


@dataclass(frozen=True)
class EventsPage:
    """Events by id, ascending: `id`, `routing_key`, `published_at`, and the fields of docs/events.md."""

    events: tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class EventsAnswer(EventsPage):
    """The same. next: the address of the events after these; where there are none yet, of those to come."""

    next: str


@api.get("/events", EventsAnswer, errors=(410,))
def events(
    bearer: Token,
    after_: Annotated[int, Query(alias="after", ge=0, le=HIGHEST)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> Paged:
    """The events after an id, none left out. 410: some of them are kept no longer, and where to go on."""
    with transaction() as session:
        if bearer.channels is not None:
            found = portion_after(session, after_, limit, bearer.channels, PATIENCE)
            rows, last = found.rows, found.last
        else:
            rows = after(session, after_, limit, PATIENCE)
            last = rows[-1].id if rows else after_
        return Paged(EventsPage(tuple(map(event, rows))), last, "after")


def event(row: OutboxEvent) -> dict[str, Any]:
    """An event as one object."""
    published = row.published_at.isoformat() if row.published_at else None
    return {"id": row.id, "routing_key": row.routing_key, "published_at": published, **row.payload}
