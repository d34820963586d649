"""Deletes or ends rows of work whose subjects are forgotten: who holds a lease of one cannot end it any more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Update, case, delete, func, select, update
from sqlalchemy.orm import Session

from app.domain.kinds import State, Step
from app.models import TokenLedger, Work
from app.pipeline.engine.locked_update import update_locked


def lock(session: Session, steps: Collection[Step], subjects: Collection[int]) -> list[tuple[int, datetime | None]]:
    """Locks the rows in the order of their ids; returns them, each with the end of its lease."""
    rows = select(Work.id, Work.lease_until).where(Work.step.in_(steps), Work.subject_id.in_(subjects))
    return [(id_, until) for id_, until in session.execute(rows.order_by(Work.id).with_for_update())]


def drop(session: Session, steps: Collection[Step], subjects: Collection[int]) -> datetime | None:
    """Deletes the rows; returns until when the longest of their leases would have run, None without any."""
    rows = lock(session, steps, subjects) if subjects else []
    ids = [id_ for id_, _ in rows]
    session.execute(_paid_for_no_work(ids))
    session.execute(delete(Work).where(Work.id.in_(ids)))
    return max((until for _, until in rows if until is not None), default=None)


def _paid_for_no_work(ids: Collection[int]) -> Update:
    """Calls that were paid for these rows, or are under way: their cost stays counted. The key of a tagging or an
    answer is a hash of texts."""
    key = case((TokenLedger.purpose == "vision", TokenLedger.key), else_=None)
    return update(TokenLedger).where(TokenLedger.work_id.in_(ids)).values(work_id=None, key=key)


def is_erased(session: Session, work_id: int) -> bool:
    """Whether the row with this id, which was claimed, was deleted since."""
    return session.scalar(select(Work.id).where(Work.id == work_id)) is None


def end(session: Session, step: Step, subjects: Collection[int], reason: str) -> None:
    """Ends work of subjects whatever its state; the holder of a lease cannot end it then."""
    rows = select(Work.id).where(Work.step == step, Work.subject_id.in_(subjects)).order_by(Work.id)
    released = {"lease_token": None, "lease_until": None, "asked": None, "last_error": None}
    session.execute(update_locked(rows).values(state=State.SKIPPED, reason=reason, updated_at=func.now(), **released))
