"""The feed: publications of all channels or one, the newest first, paged by keyset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, Select, func, select, tuple_
from sqlalchemy.orm import Session

from app.browse.shown import Shown, shown
from app.errors import UserError
from app.models import Publication
from app.search.cursors import aware, packed, unpacked
from app.search.limits import limited, walking

MOST = 100  # publications of a page
COUNTED = 99  # newer publications that are counted; one more stands for all further ones
Place = tuple[datetime, int]  # posted_at and id of a publication
BEGINNING: Place = datetime(1, 1, 1, tzinfo=UTC), 0  # of an empty feed: all that comes is newer


@dataclass(frozen=True)
class Page:
    """Publications, the newest first. older, newer: cursors of the pages beside it, None where there is none.

    top: the place of the newest publication that this page has, for `newer_than`.
    """

    publications: tuple[Shown, ...]
    older: str | None
    newer: str | None
    top: str


def feed(session: Session, *, channel: int | None = None, limit: int = 20, cursor: str | None = None) -> Page:
    """A page of the feed. limit: up to 100. cursor: `older` or `newer` of another page of the same channel.

    UserError for a cursor that no page gave.
    """
    limit = max(1, min(limit, MOST))
    back, place = _read(cursor) if cursor else (False, None)
    with limited(session), walking(session):
        rows = session.execute(_walk(channel, place, back=back).limit(limit + 1)).all()
        more, rows = len(rows) > limit, rows[:limit]
        rows = rows[::-1] if back else rows
        first, last = (_place(rows[0]), _place(rows[-1])) if rows else (None, None)
        before = more if back else bool(first and _any(session, channel, first, back=True))
    after = more or back
    return Page(
        tuple(shown(session, [row.id for row in rows])),
        _cursor("older", last) if last and after else None,
        _cursor("newer", first) if first and before else None,
        _cursor("newer", first or BEGINNING),
    )


def newer_than(session: Session, top: str, channel: int | None = None) -> int:
    """How many publications came since a page was made; 100 stands for more. UserError as `feed`."""
    _, place = _read(top)
    with limited(session), walking(session):
        rows = _walk(channel, place, back=True).limit(COUNTED + 1).subquery()
        return session.execute(select(func.count()).select_from(rows)).scalar_one()


def _walk(channel: int | None, place: Place | None, *, back: bool) -> Select[datetime | None, int]:
    """The publications behind a place; with `back` those before it, the nearest first.

    Its order names all columns of the index of its list, which thus is the only one that has it.
    """
    columns = [Publication.posted_at, Publication.id]
    if channel is not None:
        columns.insert(0, Publication.channel_id)
    order = columns if back else [one.desc() for one in columns]
    query = select(Publication.posted_at, Publication.id).order_by(*order)
    known = tuple_(Publication.posted_at, Publication.id)
    if place is not None:
        query = query.where(known > place if back else known < place)
    else:
        query = query.where(Publication.posted_at.is_not(None))
    return query if channel is None else query.where(Publication.channel_id == channel)


def _any(session: Session, channel: int | None, place: Place, *, back: bool) -> bool:
    return session.execute(_walk(channel, place, back=back).limit(1)).first() is not None


def _place(row: Row[datetime | None, int]) -> Place:
    assert row[0] is not None  # rows without a time have no place in the feed
    return row[0], row[1]


def _cursor(name: str, place: Place) -> str:
    return packed([name, place[0].astimezone(UTC).isoformat(), place[1]])


def _read(cursor: str) -> tuple[bool, Place]:
    """Whether it leads to newer publications, and its place."""
    try:
        name, moment, id_ = unpacked(cursor)
        at = aware(moment)
        if name in ("older", "newer") and at is not None and type(id_) is int and 0 <= id_ < 2**63:
            return name == "newer", (at, id_)
    except (ValueError, TypeError, AttributeError):
        pass
    raise UserError("the cursor is not one that the feed gave: begin again without it")
