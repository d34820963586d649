"""The sweeper: messages are hints that may be lost, so what is due and silent is published again, bounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import func, select, text, tuple_
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Call, Key, Next
from app.domain.kinds import State, Step
from app.models import Work
from app.pipeline import work
from app.pipeline.fanin import ready
from app.settings import get_settings

FAN_IN = (Step.PERSIST, Step.MERGE)
BOUND = 500  # rows of one step a pass: a long outage is worked off in portions, not as one flood of messages
LOCK = 7_166_001  # advisory lock of the sweeper: one pass at a time


def sweep(busy: Mapping[Step, int] | None = None) -> list[Next]:
    """Frees expired leases and returns the calls to publish again.

    busy: messages waiting for each step's queue; a step with a long queue is left alone, since its messages are
    late and not lost.
    """
    settings = get_settings()
    with transaction() as session:
        if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK}):
            return []
        work.expire(session, settings.max_attempts)
        return [call for step in Step if not (busy or {}).get(step) for call in _due(session, step)]


def _due(session: Session, step: Step) -> list[Next]:
    query = ready(step) if step in FAN_IN else select(Work).where(Work.step == step, Work.state == State.DUE)
    now = func.statement_timestamp()  # clock_timestamp() may change within a scan, so no index can serve it
    query = query.where(Work.next_attempt_at <= now, Work.hint_at <= now).order_by(Work.hint_at).limit(BOUND)
    # Rows that somebody is writing now are not silent.
    rows = session.scalars(query.with_for_update(skip_locked=True, of=Work)).all()
    work.hinted(session, [row.id for row in rows], get_settings().republish_after)
    grouped: dict[int, list[Key]] = defaultdict(list)
    size = 1 if step in (Step.POLL, Step.BACKFILL) else get_settings().batch_size
    for number, row in enumerate(rows):
        grouped[number // size].append((row.subject_id, row.revision))
    # An album that waited to be whole is still news: its media go before history, as a chord.
    return [Call(step, tuple(keys), bulk=step is not Step.COLLECT) for keys in grouped.values()]


def postpone(step: Step, keys: list[Key]) -> None:
    """Lets the sweeper publish these at its next pass: whoever got the message had no room for it."""
    with transaction() as session:
        rows = select(Work.id).where(Work.step == step, tuple_(Work.subject_id, Work.revision).in_(keys))
        work.hinted(session, session.scalars(rows).all(), 0.0)
