"""Statements that make waiting or ended work due again, or end or defer it; the others are in work.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, update
from sqlalchemy.orm import Session

from app.db import changed_rows, transaction
from app.domain.flow import Key
from app.domain.kinds import State, Step, Turn
from app.models import Work
from app.models.work import in_state
from app.pipeline.engine.locked_update import update_locked
from app.pipeline.engine.row_by_row import named
from app.pipeline.engine.traces import traces_of
from app.pipeline.engine.work import Claim, due_now, fresh_rows, mark_hinted


def reopen(session: Session, held: Claim) -> None:
    """Makes a row due again that was given up as unknown: its result arrived after all."""
    unknown = (Work.id == held.id) & in_state(State.UNKNOWN)
    session.execute(update(Work).where(unknown).values(**due_now()))


def demote_to_history(session: Session, held: Claim) -> None:
    """Demotes deferred live work to history priority: it is no longer news on another day, when that day's posts come
    first."""
    news = (Work.id == held.id) & (Work.turn < Turn.HISTORY)
    session.execute(update(Work).where(news).values(turn=Turn.HISTORY))


def make_due_now(session: Session, step: Step, keys: Collection[Key]) -> None:
    """Makes scheduled work due immediately: it was to wait for an event that will not come soon."""
    if keys:
        now = func.clock_timestamp()
        later = named(step, keys) & in_state(State.DUE)
        session.execute(update(Work).where(later, Work.next_attempt_at > now).values(next_attempt_at=now, hint_at=now))


def postpone(step: Step, keys: Sequence[Key]) -> None:
    """Lets the sweeper publish these rows in its next pass: the process that received their message had no room."""
    with transaction() as session:
        mark_hinted(session, session.scalars(select(Work.id).where(named(step, keys))).all(), 0.0)


def wake(session: Session, limit: int) -> int:
    """Makes waiting rows due whose time has come, live work first; returns their number. Skips locked rows."""
    # A literal, not a parameter: a generic plan could not use the partial index of waiting rows.
    waiting = Work.state == literal(State.WAITING.value, literal_execute=True)
    over = select(Work.id).where(waiting, Work.next_attempt_at <= func.statement_timestamp())
    over = over.order_by(Work.turn, Work.id.desc()).limit(limit)
    return changed_rows(session, update_locked(over, skip_locked=True).values(**due_now()))


def wake_paid(session: Session, steps: Collection[Step], since: datetime, limit: int) -> int:
    """Makes work of paid steps due that waited before `since`; returns its number. Skips locked rows.

    Tags that are due later wait for readings, not for a provider: they stay.
    """
    # Literals, not parameters, as in `wake`.
    waiting = Work.state == literal(State.WAITING.value, literal_execute=True)
    later = and_(
        Work.state == literal(State.DUE.value, literal_execute=True),
        Work.next_attempt_at > func.statement_timestamp(),
        Work.step != Step.TAG,
    )
    held = select(Work.id).where(Work.step.in_(steps), or_(waiting, later), Work.updated_at <= since)
    held = held.order_by(Work.turn, Work.id.desc()).limit(limit)
    return changed_rows(session, update_locked(held, skip_locked=True).values(**due_now()))


def wake_all(session: Session, steps: Collection[Step]) -> None:
    """Makes all waiting rows of these steps due: changed settings may have lifted their reason to wait. Skips locked
    rows."""
    waiting = Work.step.in_(steps) & (Work.state == literal(State.WAITING.value, literal_execute=True))
    rows = select(Work.id).where(waiting).order_by(Work.id)
    session.execute(update_locked(rows, skip_locked=True).values(**due_now()))


def end_waits(session: Session, steps: Collection[Step]) -> int:
    """Makes rows of these steps due that wait, or that failed and have a time to come; returns their number.

    For a cause that is gone, such as a login. Skips locked rows.
    """
    # Literals, not parameters: no generic plan could use the partial indexes of waiting and due rows.
    waiting = Work.state == literal(State.WAITING.value, literal_execute=True)
    later = and_(
        Work.state == literal(State.DUE.value, literal_execute=True),
        Work.next_attempt_at > func.statement_timestamp(),
        Work.last_error.is_not(None),
    )
    held = select(Work.id).where(Work.step.in_(steps), or_(waiting, later)).order_by(Work.id)
    return changed_rows(session, update_locked(held, skip_locked=True).values(**due_now()))


def renew(session: Session, step: Step, keys: Iterable[Key], *, again: ColumnElement[bool], asked: str) -> int:
    """Makes work due that does not exist yet, or that ended as `again` selects; returns the number of rows.

    Other rows stay as they are: a message or a worker has the due and leased ones already. Publishes no message: the
    sweeper finds the rows.
    """
    unique = sorted(set(keys))
    if not unique:
        return 0
    traces = traces_of(session, step, unique)
    rows = fresh_rows(step, unique, traces, turn=Turn.REPROCESS, asked=asked)
    made = session.scalars(rows.on_conflict_do_nothing().returning(Work.id)).all()
    ended = and_(named(step, unique), again)
    renewed = update_locked(select(Work.id).where(ended).order_by(Work.id))
    values = {**due_now(), "asked": asked, "turn": Turn.REPROCESS, "attempts": 0}
    return len(made) + changed_rows(session, renewed.values(**values))


def cancel(session: Session, steps: Collection[Step], subject: int, reason: str) -> None:
    """Ends due and waiting work of a subject that is no longer wanted; the holder of a lease finds out by itself."""
    wanted = and_(Work.step.in_(steps), Work.subject_id == subject, in_state(State.DUE, State.WAITING))
    session.execute(update(Work).where(wanted).values(state=State.SKIPPED, reason=reason, updated_at=func.now()))


def unask(session: Session, rows: Select[int]) -> int:
    """Detaches rows from the user who asked for them; they go on with history priority. rows: ids, in locking order.

    Skips rows that another transaction has locked. Returns their number.
    """
    return changed_rows(session, update_locked(rows, skip_locked=True).values(asked=None, turn=Turn.HISTORY))


def unmark(session: Session, rows: Select[int]) -> None:
    """Forgets who or which use asked for rows; waits for locked ones. rows: ids, in locking order."""
    session.execute(update_locked(rows).values(asked=None))


def stop(session: Session, step: Step, state: State, asked: str, reason: str, limit: int) -> int:
    """Ends rows of this state that `asked` requested; returns their number. Skips locked rows: a worker is beginning
    them."""
    # A literal, not a parameter, as in `wake`.
    open_ = and_(Work.step == step, Work.asked == asked, Work.state == literal(state.value, literal_execute=True))
    ended = update_locked(select(Work.id).where(open_).order_by(Work.id).limit(limit), skip_locked=True)
    return changed_rows(session, ended.values(state=State.SKIPPED, reason=reason, updated_at=func.now()))
