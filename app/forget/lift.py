"""Lifts tombstones: the thing may be stored again, as any other."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.access import audit
from app.domain.access.audited import Acted, Actor
from app.errors import Permanent, UserError
from app.forget.standing import standing
from app.pipeline.posts import tombstones


def lift(session: Session, name: str, actor: Actor) -> int:
    """Lifts the tombstone of a file, channel or post; returns the number of the audit entry. UserError without one.

    name: a whole sha256; a channel by a name that it had when it was forgotten, or by its number; a post by its link.
    """
    try:
        found = standing(session, name)
    except Permanent as error:
        raise UserError(error.reason) from error
    if not found:
        raise UserError(f"{name!r} was not forgotten, or under another name: a channel has its number for ever")
    tombstones.lift(session, found)
    return audit.record(session, actor, Acted.TOMBSTONE_LIFT, f"tombstone {min(found)}")
