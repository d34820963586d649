"""Lifts tombstones: the thing may be stored again, as any other."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.access import audit
from app.domain import links
from app.domain import tombstones as domain
from app.domain.access.audited import Acted, Actor
from app.domain.tombstones import Kind
from app.errors import Permanent, UserError
from app.forget.named import SHA256
from app.models import Channel
from app.pipeline.posts import tombstones
from app.search.filters import find_channels


def lift(session: Session, name: str, actor: Actor) -> int:
    """Lifts the tombstone of a file, channel or post; returns the number of the audit entry. UserError without one.

    name: a whole sha256; a channel by a name that it had when it was forgotten, or by its number; a post by its link.
    """
    found = _found(session, name.strip())
    if not found:
        raise UserError(f"{name!r} was not forgotten, or under another name: a channel has its number for ever")
    tombstones.lift(session, found)
    return audit.record(session, actor, Acted.TOMBSTONE_LIFT, f"tombstone {min(found)}")


def _found(session: Session, name: str) -> list[int]:
    if SHA256.fullmatch(name.lower()):
        return list(tombstones.forgotten(session, Kind.FILE, [name.lower()]).values())
    try:
        link = links.read(name)
    except Permanent as error:
        raise UserError(error.reason) from error
    if link.message_id is not None:
        return _of_post(session, name, link.message_id)
    return tombstones.of_reference(session, link.channel)


def _of_post(session: Session, name: str, message: int) -> list[int]:
    numbers = {session.get_one(Channel, id_).telegram_id for id_ in find_channels(session, name.rpartition("/")[0])}
    wanted = [domain.post(number, message) for number in numbers if number is not None]
    return list(tombstones.forgotten(session, Kind.POST, wanted).values())
