"""Rows of work that no worker goes on with now: dead, of unknown outcome, or waiting, each with its remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.browse.subjects import SubjectShown, subjects
from app.domain import remedies
from app.domain.kinds import State, Step
from app.models import Work
from app.operations.seen_work import seen_work
from app.search.cursors import HIGHEST, id_cursor, id_of
from app.search.limits import walking
from app.search.within import Within

STATES = (State.DEAD, State.UNKNOWN, State.WAITING)
PAGE = 50  # rows
LOOKED_AT = 1_000  # rows that a page looks at for some channels
# The newest rows of each step and state, then the newest of those. Each part walks its own piece of
# idx_work_stuck_list, whatever PostgreSQL knows of the table; the literal states are those of the index.
NEWEST = text("""
    SELECT part.id
    FROM unnest(CAST(:steps AS text[])) AS steps (name), unnest(CAST(:states AS text[])) AS states (name), LATERAL (
        SELECT id FROM work WHERE step = steps.name AND state = states.name AND id < :before
            AND state IN ('waiting', 'unknown', 'dead')
        ORDER BY step DESC, state DESC, id DESC LIMIT :most
    ) AS part
    ORDER BY part.id DESC LIMIT :most
""")


@dataclass(frozen=True)
class GivenUp:
    """A row of work that stays as it is until an operator, a date or a setting changes that.

    subject: in words; address: of its page. since: when it came into its state. next_try: None if nothing tries it.
    remedy: in words; command: the one that does it, or tells more, empty where none does.
    """

    id: int
    step: str
    state: str
    subject_id: int
    revision: int
    subject: str
    address: str | None
    attempts: int
    error: str | None
    since: datetime
    next_try: datetime | None
    remedy: str
    command: str


@dataclass(frozen=True)
class StuckPage:
    """Rows, the newest first. cursor: of the next page, None at the end."""

    rows: tuple[GivenUp, ...]
    cursor: str | None


def stuck(
    session: Session,
    *,
    state: State | None = None,
    step: Step | None = None,
    cursor: str | None = None,
    limit: int = PAGE,
    within: Within = None,
) -> StuckPage:
    """A page of them: of one state and step, or of all. UserError for a cursor that no page gave.

    within: of these channels alone; then a page may have fewer rows than `limit` although others follow.
    """
    looked = limit if within is None else LOOKED_AT
    asked = {
        "states": [state] if state else list(STATES),
        "steps": [step] if step else list(Step),
        "before": id_of("stuck", cursor) if cursor else HIGHEST,
        "most": looked + 1,
    }
    with walking(session):
        ids = list(session.scalars(NEWEST, asked))
        more = len(ids) > looked
        seen = set(ids) if within is None else seen_work(session, ids[:looked], within)
        shown_ids = [id_ for id_ in ids[:looked] if id_ in seen]
        last = shown_ids[limit - 1] if len(shown_ids) > limit else ids[looked - 1] if more else None
        rows = session.scalars(select(Work).where(Work.id.in_(shown_ids[:limit])).order_by(Work.id.desc())).all()
        shown = _all_shown(session, rows)
    return StuckPage(shown, id_cursor("stuck", last) if last is not None else None)


def chosen(session: Session, state: State, ids: Collection[int], step: Step | None = None) -> list[GivenUp]:
    """Those of the rows with these ids that are in this state, and of this step if one is given; the newest first."""
    query = select(Work).where(Work.id.in_(ids), Work.state == state)
    found = query if step is None else query.where(Work.step == step)
    return list(_all_shown(session, session.scalars(found.order_by(Work.id.desc())).all()))


def every(session: Session, state: State, step: Step | None = None) -> Iterator[GivenUp]:
    """All of one state, page by page, the newest first."""
    cursor: str | None = None
    while True:
        page = stuck(session, state=state, step=step, cursor=cursor, limit=10 * PAGE)
        yield from page.rows
        if page.cursor is None:
            return
        cursor = page.cursor


def _all_shown(session: Session, rows: Sequence[Work]) -> tuple[GivenUp, ...]:
    found = subjects(session, [(Step(row.step), row.subject_id) for row in rows])
    return tuple(_shown(row, found[Step(row.step), row.subject_id]) for row in rows)


def _shown(row: Work, subject: SubjectShown) -> GivenUp:
    step, state = Step(row.step), State(row.state)
    why = (row.reason or row.last_error) if state is State.WAITING else (row.last_error or row.reason)
    remedy = remedies.of_work(row.id, step, state, why, subject.name)
    return GivenUp(
        id=row.id,
        step=row.step,
        state=row.state,
        subject_id=row.subject_id,
        revision=row.revision,
        subject=subject.name,
        address=subject.address,
        attempts=row.attempts,
        error=why,
        since=row.updated_at.astimezone(UTC),
        next_try=row.next_attempt_at.astimezone(UTC) if state is State.WAITING else None,
        remedy=remedy.text,
        command=remedy.command,
    )
