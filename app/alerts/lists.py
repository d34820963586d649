"""Alerts and their deliveries, as lists show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.browse.subjects import publications
from app.domain.alerts import Medium, shown
from app.domain.kinds import State, Step
from app.errors import UserError
from app.models import Alert, AlertDestination, AlertHit, SavedSearch, Work
from app.search.cursors import HIGHEST, id_cursor, id_of

PAGE = 50  # hits
# A delivery that a user may ask for once more. Receivers of webhooks drop it by its id if they have it.
RESENT = frozenset({State.DONE, State.UNKNOWN, State.DEAD})


@dataclass(frozen=True)
class SavedShown:
    """A saved search. alerts: number and name of those on it."""

    name: str
    query: str
    changed_at: datetime
    alerts: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class DestinationShown:
    """An address of an alert, without its secrets. shown: a webhook without its path, which may hold a secret.

    opened: of a feed, whether it has an address now, which readers can fetch. changing: of a webhook, whether an old
    secret signs beside the newest.
    """

    id: int
    medium: str
    shown: str
    ended_at: datetime | None
    ended_why: str | None
    opened: bool
    changing: bool


@dataclass(frozen=True)
class AlertShown:
    """An alert. since: posts of an earlier time are no news for it. problem: why its query cannot be asked now."""

    id: int
    name: str
    search: str
    query: str
    again: bool
    created_by: str
    created_at: datetime
    since: datetime
    paused_at: datetime | None
    problem: str | None
    destinations: tuple[DestinationShown, ...]


@dataclass(frozen=True)
class DeliveryShown:
    """A hit at one address. state: of its work. error: of the last attempt. next_try: None if nothing tries it."""

    destination: int
    medium: str
    shown: str
    state: str
    attempts: int
    error: str | None
    next_try: datetime | None
    resendable: bool


@dataclass(frozen=True)
class HitShown:
    """A telling of an alert. subject: the post in words; address: of its page."""

    id: int
    publication_id: int
    subject: str
    address: str | None
    reason: str
    revision: int
    made_at: datetime
    deliveries: tuple[DeliveryShown, ...]


@dataclass(frozen=True)
class HitPage:
    """Tellings, the newest first. cursor: of the next page, None at the end."""

    hits: tuple[HitShown, ...]
    cursor: str | None


def saved_searches(session: Session) -> tuple[SavedShown, ...]:
    """The saved searches by name, each with its alerts."""
    on: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for id_, name, search in session.execute(select(Alert.id, Alert.name, Alert.search).order_by(Alert.name)):
        on[search].append((id_, name))
    rows = session.scalars(select(SavedSearch).order_by(SavedSearch.name))
    return tuple(SavedShown(row.name, row.query, row.changed_at.astimezone(UTC), tuple(on[row.name])) for row in rows)


def alerts(session: Session) -> tuple[AlertShown, ...]:
    """All of them, by name."""
    return _shown(session, session.scalars(select(Alert).order_by(Alert.name)).all())


def alert(session: Session, name: str) -> AlertShown:
    """The alert of that name. UserError if there is none."""
    found = session.scalars(select(Alert).where(Alert.name == name)).all()
    if not found:
        raise UserError(f"there is no alert {name!r}: see `media-audit alerts list`")
    return _shown(session, found)[0]


def numbered(session: Session, number: int) -> AlertShown:
    """The alert with this number. UserError if there is none."""
    found = session.get(Alert, number) if 0 < number <= HIGHEST else None
    if found is None:
        raise UserError(f"there is no alert {number}: see `media-audit alerts list`")
    return _shown(session, [found])[0]


def hits(session: Session, alert: AlertShown, *, cursor: str | None = None, limit: int = PAGE) -> HitPage:
    """A page of an alert's tellings with their deliveries. UserError for a cursor that no page gave."""
    rows = session.scalars(
        select(AlertHit)
        .where(AlertHit.alert_id == alert.id, AlertHit.id < (id_of("hits", cursor) if cursor else HIGHEST))
        .order_by(AlertHit.id.desc())
        .limit(limit + 1)
    ).all()
    kept = rows[:limit]
    work = _work(session, [row.id for row in kept])
    names = publications(session, {row.publication_id for row in kept})
    addresses = {one.id: one for one in alert.destinations}
    found = tuple(
        HitShown(
            id=row.id,
            publication_id=row.publication_id,
            subject=names[row.publication_id].name if row.publication_id in names else "",
            address=names[row.publication_id].address if row.publication_id in names else None,
            reason=row.reason,
            revision=row.revision,
            made_at=row.made_at.astimezone(UTC),
            deliveries=tuple(_delivery(one, addresses[one.revision]) for one in work[row.id]),
        )
        for row in kept
    )
    return HitPage(found, id_cursor("hits", kept[-1].id) if len(rows) > limit else None)


def _work(session: Session, ids: Collection[int]) -> Mapping[int, list[Work]]:
    """hit -> the rows of work of its deliveries."""
    query = select(Work).where(Work.step == Step.DELIVER, Work.subject_id.in_(ids)).order_by(Work.revision)
    found: dict[int, list[Work]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.subject_id].append(row)
    return found


def _delivery(row: Work, destination: DestinationShown) -> DeliveryShown:
    state = State(row.state)
    tried = state in (State.DUE, State.WAITING)
    return DeliveryShown(
        destination=destination.id,
        medium=destination.medium,
        shown=destination.shown,
        state=row.state,
        attempts=row.attempts,
        error=None if state is State.DONE else (row.reason or row.last_error),
        next_try=row.next_attempt_at.astimezone(UTC) if tried else None,
        resendable=state in RESENT and destination.ended_at is None,
    )


def _shown(session: Session, rows: Sequence[Alert]) -> tuple[AlertShown, ...]:
    queries = dict(
        session.execute(
            select(SavedSearch.name, SavedSearch.query).where(SavedSearch.name.in_({row.search for row in rows}))
        ).all()
    )
    addresses = _addresses(session, [row.id for row in rows])
    return tuple(
        AlertShown(
            id=row.id,
            name=row.name,
            search=row.search,
            query=queries[row.search],
            again=row.again,
            created_by=row.created_by,
            created_at=row.created_at.astimezone(UTC),
            since=row.since.astimezone(UTC),
            paused_at=row.paused_at and row.paused_at.astimezone(UTC),
            problem=row.problem,
            destinations=tuple(addresses[row.id]),
        )
        for row in rows
    )


def _addresses(session: Session, ids: Collection[int]) -> Mapping[int, list[DestinationShown]]:
    query = select(AlertDestination).where(AlertDestination.alert_id.in_(ids)).order_by(AlertDestination.id)
    found: dict[int, list[DestinationShown]] = defaultdict(list)
    for row in session.scalars(query):
        address = shown(Medium(row.medium), row.address)
        ended = row.ended_at and row.ended_at.astimezone(UTC)
        opened, changing = row.token_hash is not None, len(row.secrets) > 1
        one = DestinationShown(row.id, row.medium, address, ended, row.ended_why, opened, changing)
        found[row.alert_id].append(one)
    return found
