"""The sweeper: messages are hints that may be lost, so what is due and silent is published again, bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, func, literal, select, text, tuple_
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Call, Key, Next
from app.domain.kinds import State, Step
from app.models import Work
from app.pipeline import ledger, work
from app.pipeline.chain import remote_versions
from app.pipeline.fanin import not_ready
from app.pipeline.paying import REREAD
from app.settings import get_settings

FAN_IN = (Step.PERSIST, Step.MERGE)
BOUND = 500  # rows of one step a pass: a long outage is worked off in portions, not as one flood of messages
# Rows of one fan-in a pass that are asked whether their children are final: a pass costs the same however many wait.
# With the default settings 24,000 waiting publications are each asked once in republish_after; beyond that the turn
# of a publication whose message was lost comes later in proportion.
WINDOW = 2_000
REREADS = (Step.ANALYZE, Step.TAG)  # what a person asks to be done anew, for thousands at once
# Rows of a re-reading whose messages are under way, where each takes a second or more. The rest stays here, where live
# work can pass it: in the broker it would stand before whatever was lost and is published again, and long queues are
# taken for late ones and left alone.
PORTION = 100
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
        work.wake(session, BOUND, last=REREAD)
        ledger.abandon_old(session, settings.lease_seconds)
        return [call for step in Step if not (busy or {}).get(step) for call in _due(session, step)]


def portion(session: Session, step: Step) -> list[Next]:
    """As much of a re-reading as there is room for: whoever asked for it need not wait for the next pass."""
    return _calls(session, step, _reread(session, step, BOUND))


def _due(session: Session, step: Step) -> list[Next]:
    rows = _silent(session, step, WINDOW if step in FAN_IN else BOUND)
    if step in FAN_IN:
        rows = _ready(session, step, rows)
    if step in REREADS:
        rows = [*rows, *_reread(session, step, BOUND - len(rows))]
    return _calls(session, step, rows)


def _calls(session: Session, step: Step, rows: Sequence[Work]) -> list[Next]:
    work.hinted(session, [row.id for row in rows], get_settings().republish_after)
    remote = remote_versions(session) if step is Step.ANALYZE and rows else set()
    size = 1 if step in (Step.POLL, Step.BACKFILL) else get_settings().batch_size
    calls: list[Next] = []
    for waits in (False, True):
        keys = [(row.subject_id, row.revision) for row in rows if (row.revision in remote) is waits]
        parts = [tuple(keys[start : start + size]) for start in range(0, len(keys), size)]
        # An album that waited to be whole is still news: its media go before history, as a chord.
        calls += [Call(step, part, bulk=step is not Step.COLLECT, remote=waits) for part in parts]
    return calls


NOW = func.statement_timestamp()  # clock_timestamp() may change within a scan, so no index can serve it
# Written into the statement: a plan made for any state could not use the index of what is due, nor that of turns.
DUE = Work.state == literal(State.DUE.value, literal_execute=True)
FLOW = Work.asked.is_distinct_from(literal(REREAD, literal_execute=True))


def _silent(session: Session, step: Step, limit: int, of: ColumnElement[bool] = FLOW) -> Sequence[Work]:
    """Due rows without a message under way, locked, the longest silent first."""
    query = select(Work).where(Work.step == step, DUE, of, Work.next_attempt_at <= NOW, Work.hint_at <= NOW)
    # Rows that somebody is writing now are not silent.
    return session.scalars(query.order_by(Work.hint_at).limit(limit).with_for_update(skip_locked=True)).all()


def _reread(session: Session, step: Step, limit: int) -> Sequence[Work]:
    """The silent rows of a re-reading that there is room for: behind the flow, and few at once."""
    places = BOUND if step is Step.TAG and get_settings().tagger == "local" else PORTION
    under_way = select(Work.id).where(Work.step == step, DUE, ~FLOW, Work.hint_at > NOW).limit(places)
    room = places - (session.scalar(select(func.count()).select_from(under_way.subquery())) or 0)
    return _silent(session, step, min(limit, room), ~FLOW) if min(limit, room) > 0 else []


def _ready(session: Session, step: Step, rows: Sequence[Work]) -> Sequence[Work]:
    """Those, BOUND at most, whose children are all final. The others go to the end of the line: the next pass asks
    the next ones, and these come round in republish_after."""
    open_ = not_ready(session, step, {row.subject_id for row in rows}) if rows else set()
    work.hinted(session, [row.id for row in rows if row.subject_id in open_], get_settings().republish_after)
    return [row for row in rows if row.subject_id not in open_][:BOUND]


def postpone(step: Step, keys: list[Key]) -> None:
    """Lets the sweeper publish these at its next pass: whoever got the message had no room for it."""
    with transaction() as session:
        rows = select(Work.id).where(Work.step == step, tuple_(Work.subject_id, Work.revision).in_(keys))
        work.hinted(session, session.scalars(rows).all(), 0.0)
