"""A process that is told to end hands back what it holds: else its work would wait until the leases run out.

Every lease token begins with the worker's own number. It is drawn when this module is imported, before a worker forks,
so that a parent knows the leases of its children, killed ones too, and touches nobody else's.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, Text, Uuid, cast, exists, false, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db import changed_rows
from app.domain.kinds import State
from app.models import TokenLedger, Work
from app.pipeline.engine.locked_update import update_locked

OURS = str(uuid.uuid4())[:18]  # the first 64 bits, as they are written


def token() -> ColumnElement[uuid.UUID]:
    """A fresh lease token of this worker, another one in each row."""
    drawn = cast(func.gen_random_uuid(), Text)
    return cast(func.concat(OURS, func.substr(drawn, len(OURS) + 1)), Uuid)


def held_here() -> ColumnElement[bool]:
    """Rows that this worker has leased: its own process, or any child that it forked."""
    return held_by(OURS)


def held_by(number: str) -> ColumnElement[bool]:
    """Rows under lease tokens that begin so."""
    # Written into the statement: a plan made for any state could not use the index of what is leased.
    leased = Work.state == literal(State.LEASED.value, literal_execute=True)
    return leased & begins_with(Work.lease_token, [number])


def held_by_others_than(numbers: Collection[str]) -> ColumnElement[bool]:
    """Rows under lease tokens that begin with none of these."""
    return (Work.state == State.LEASED) & ~begins_with(Work.lease_token, numbers)


def begins_with(token: InstrumentedAttribute[uuid.UUID | None], numbers: Collection[str]) -> ColumnElement[bool]:
    """Lease tokens of these workers."""
    return or_(false(), *(cast(token, Text).startswith(number) for number in numbers))


def hand_back(session: Session) -> int:
    """Makes due at once, uncharged, what this worker still has leased; returns how many rows.

    Paid calls under way stay as they are: their end is for the ledger to judge. Waits for nobody: a row that is locked
    has a holder who is ending it.
    """
    now = func.clock_timestamp()
    paying = exists().where(TokenLedger.work_id == Work.id, TokenLedger.ended_at.is_(None))
    held = select(Work.id).where(held_here(), ~paying).order_by(Work.id)
    handed_back = update_locked(held, skip_locked=True).values(
        state=State.DUE,
        attempts=func.greatest(Work.attempts - 1, 0),
        next_attempt_at=now,
        hint_at=now,
        lease_token=None,
        lease_until=None,
        updated_at=func.now(),
    )
    return changed_rows(session, handed_back)
