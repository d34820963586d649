"""Lease tokens of this worker. A stopping worker hands its leases back: else its rows would wait for their expiry.

Every lease token begins with the worker's own number. It is drawn when this module is imported, before a worker forks,
so that a parent knows the leases of its children, killed ones too, and touches no other worker's leases.
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

OURS = str(uuid.uuid4())[:18]  # the first 64 bits, in text form


def token() -> ColumnElement[uuid.UUID]:
    """Draws a fresh lease token of this worker for each row."""
    drawn = cast(func.gen_random_uuid(), Text)
    return cast(func.concat(OURS, func.substr(drawn, len(OURS) + 1)), Uuid)


def held_here() -> ColumnElement[bool]:
    """Selects rows leased by this worker: by its own process, or by any child that it forked."""
    return held_by(OURS)


def held_by(number: str) -> ColumnElement[bool]:
    """Selects rows whose lease token begins with this number."""
    # A literal, not a parameter: a generic plan could not use the partial index of leased rows.
    leased = Work.state == literal(State.LEASED.value, literal_execute=True)
    return leased & begins_with(Work.lease_token, [number])


def held_by_others_than(numbers: Collection[str]) -> ColumnElement[bool]:
    """Selects leased rows whose token begins with none of these numbers."""
    return (Work.state == State.LEASED) & ~begins_with(Work.lease_token, numbers)


def begins_with(token: InstrumentedAttribute[uuid.UUID | None], numbers: Collection[str]) -> ColumnElement[bool]:
    """Selects lease tokens of these workers."""
    return or_(false(), *(cast(token, Text).startswith(number) for number in numbers))


def hand_back(session: Session) -> int:
    """Makes this worker's leased rows due immediately and uncharged; returns their number.

    Rows with a paid call under way keep their lease: the ledger judges that call's end. Skips locked rows: their
    holder is ending them.
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
