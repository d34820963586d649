"""The sweeper: messages are hints that may be lost, so what is due and silent is published again, bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, literal, select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Call, Key, Next
from app.domain.kinds import State, Step, Turn
from app.models import Work
from app.pipeline.engine import ledger, reschedule, work
from app.pipeline.engine.fan_in import not_ready
from app.pipeline.vision.provider_chain import remote_versions
from app.settings import get_settings

FAN_IN = (Step.PERSIST, Step.MERGE)
BOUND = 500  # rows of one step a pass: a long outage is worked off in portions, not as one flood of messages
# Rows of one fan-in a pass that are asked whether their children are final: a pass costs the same however many wait.
# With the default settings 24,000 waiting publications are each asked once in republish_after; beyond that the turn
# of a publication whose message was lost comes later in proportion.
WINDOW = 2_000
ASKING = (Step.ANALYZE, Step.TAG)  # what may ask somebody behind a network, and what a person asks to be done anew
# Rows of such a step whose messages are under way, where each takes a second or more. The rest stays here, where live
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
        work.expire(session, settings.max_attempts, BOUND)
        reschedule.wake(session, BOUND)
        ledger.abandon_old(session, settings.longest_lease())
        return [call for step in Step for call in _due(session, step, busy=bool((busy or {}).get(step)))]


def portion(session: Session, step: Step) -> list[Next]:
    """As much of a re-reading as there is room for: whoever asked for it need not wait for the next pass."""
    return _calls(session, step, _in_turn(session, step, Turn.REREAD, BOUND))


def _due(session: Session, step: Step, *, busy: bool) -> list[Next]:
    if step not in ASKING:
        return [] if busy else _calls(session, step, _silent_of(session, step))
    if busy and not _waits_for_network(step):
        return []
    # News goes on even behind a queue of days: it is published before what waits there.
    turns = (Turn.LIVE,) if busy else tuple(Turn)
    rows: list[Work] = []
    for turn in turns:
        rows += _in_turn(session, step, turn, BOUND - len(rows))
    return _calls(session, step, rows)


def _silent_of(session: Session, step: Step) -> Sequence[Work]:
    if step not in FAN_IN:
        return _silent(session, step, Turn.LIVE, BOUND)
    return _ready(session, step, _silent(session, step, Turn.LIVE, WINDOW))


def _calls(session: Session, step: Step, rows: Sequence[Work]) -> list[Next]:
    work.mark_hinted(session, [row.id for row in rows], get_settings().republish_after)
    remote = remote_versions(session) if step is Step.ANALYZE and rows else set()
    size = 1 if step in (Step.POLL, Step.BACKFILL) else get_settings().batch_size
    traces = {(row.subject_id, row.revision): row.trace_id for row in rows}
    kinds: dict[tuple[bool, bool], list[Key]] = {}
    for row in rows:
        # An album that waited to be whole is still news: its media go before history, as a chord.
        live = step is Step.COLLECT or (step in ASKING and row.turn == Turn.LIVE)
        kinds.setdefault((not live, row.revision in remote), []).append((row.subject_id, row.revision))
    parts = [
        (keys[start : start + size], bulk, waits)
        for (bulk, waits), keys in kinds.items()
        for start in range(0, len(keys), size)
    ]
    return [
        Call(step, tuple(part), bulk=bulk, remote=waits, trace_id=traces[part[0]] if len(part) == 1 else None)
        for part, bulk, waits in parts
    ]


NOW = func.statement_timestamp()  # clock_timestamp() may change within a scan, so no index can serve it
# Written into the statement: a plan made for any state could not use the index of what is due.
DUE = Work.state == literal(State.DUE.value, literal_execute=True)


def _silent(session: Session, step: Step, turn: Turn, limit: int) -> Sequence[Work]:
    """Due rows without a message under way, locked, the longest silent first."""
    query = select(Work).where(Work.step == step, DUE, Work.turn == turn)
    query = query.where(Work.next_attempt_at <= NOW, Work.hint_at <= NOW)
    # Rows that somebody is writing now are not silent.
    return session.scalars(query.order_by(Work.hint_at).limit(limit).with_for_update(skip_locked=True)).all()


def _in_turn(session: Session, step: Step, turn: Turn, limit: int) -> Sequence[Work]:
    """The silent rows of a turn that there is room for."""
    slow = _waits_for_network(step) or (step is Step.ANALYZE and turn > Turn.LIVE)
    if not slow:
        return _silent(session, step, turn, limit) if limit > 0 else []
    # What waits for its time has no message under way, so it takes no room from what was lost.
    under_way = select(Work.id).where(Work.step == step, DUE, Work.turn == turn, Work.next_attempt_at <= NOW)
    under_way = under_way.where(Work.hint_at > NOW).limit(PORTION)
    room = PORTION - (session.scalar(select(func.count()).select_from(under_way.subquery())) or 0)
    return _silent(session, step, turn, min(limit, room)) if min(limit, room) > 0 else []


def _waits_for_network(step: Step) -> bool:
    settings = get_settings()
    return settings.tagger != "local" if step is Step.TAG else settings.vision_provider not in ("local", "none")


def _ready(session: Session, step: Step, rows: Sequence[Work]) -> Sequence[Work]:
    """Those, BOUND at most, whose children are all final. The others go to the end of the line: the next pass asks
    the next ones, and these come round in republish_after."""
    open_ = not_ready(session, step, {row.subject_id for row in rows}) if rows else set()
    work.mark_hinted(session, [row.id for row in rows if row.subject_id in open_], get_settings().republish_after)
    return [row for row in rows if row.subject_id not in open_][:BOUND]
