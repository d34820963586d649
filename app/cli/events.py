"""The command media-audit events: prints the outbox as JSON lines, for subscribers that replay."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import click

from app.db import transaction
from app.events.outbox import after
from app.events.retention import Gone, gone
from app.local.ready import database
from app.models import OutboxEvent

PAGE = 500


@click.command()
@click.option("--after", "last", type=int, default=0, show_default=True, help="Id of the last event that you have.")
@click.option("--limit", type=click.IntRange(min=1), help="Print at most so many events.")
@click.option("--follow", is_flag=True, help="Wait for new events until interrupted.")
def events(last: int, limit: int | None, follow: bool) -> None:
    """Print events as JSON lines, in order, none left out: go on with --after and the last id that you got."""
    with database():
        known = None if last else _tell_what_is_gone()
        _print(last, limit, known, follow=follow)


def _tell_what_is_gone() -> Gone:
    """Prints a notice on stderr if older events are deleted: readers might take the oldest line for the first event."""
    with transaction() as session:
        known = gone(session)
    if known.up_to:
        click.echo(f"events up to {known.up_to} are kept no longer (EVENTS_KEPT_DAYS): these are the others", err=True)
    return known


def _print(last: int, limit: int | None, known: Gone | None, *, follow: bool) -> None:
    left = limit
    while left is None or left > 0:
        rows = page(last, PAGE if left is None else min(PAGE, left), known)
        for row in rows:
            click.echo(line(row))
            last = row.id
        known = known and known.after([row.id for row in rows])
        left = None if left is None else left - len(rows)
        if not rows:
            if not follow:
                return
            time.sleep(0.5)


def page(last: int, limit: int, known: Gone | None = None) -> Sequence[OutboxEvent]:
    """The next events after an id. known: see outbox.after."""
    with transaction() as session:
        return after(session, last, limit, known=known)


def line(row: OutboxEvent) -> str:
    """An event as one line: id, routing_key, published_at, and the fields of its payload."""
    published = row.published_at.isoformat() if row.published_at else None
    head = {"id": row.id, "routing_key": row.routing_key, "published_at": published}
    return json.dumps({**head, **row.payload}, ensure_ascii=False)
