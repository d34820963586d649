"""The tombstones of a thing that a user names, though it is kept no longer."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain import links
from app.domain import tombstones as domain
from app.domain.links import Reference
from app.domain.tombstones import Kind
from app.errors import MediaAuditError
from app.forget.named import SHA256
from app.models import Channel, Tombstone
from app.pipeline.posts import tombstones
from app.search.filters import find_channels


def standing(session: Session, name: str) -> list[int]:
    """The tombstones of a file by its whole sha256, of a post by its link or CHANNEL/MESSAGE, of a channel by its
    number or by a name that it had. MediaAuditError for a name that no channel has."""
    if SHA256.fullmatch(name.strip().lower()):
        return list(tombstones.forgotten(session, Kind.FILE, [name.strip().lower()]).values())
    channel, _, message = name.strip().rpartition("/")
    if links.is_link(name) or not (channel and message.isascii() and message.isdigit()):
        link = links.read(name)
        if link.message_id is None:
            return tombstones.of_reference(session, link.channel)
        return _of_post(session, name.rpartition("/")[0], link.channel, link.message_id)
    return _of_post(session, channel, links.read(channel).channel, int(message))


def _of_post(session: Session, channel: str, reference: Reference, message: int) -> list[int]:
    if whole := tombstones.of_reference(session, reference):
        return whole
    numbers = {session.get_one(Channel, id_).telegram_id for id_ in find_channels(session, channel)}
    wanted = [domain.post(number, message) for number in numbers if number is not None]
    return list(tombstones.forgotten(session, Kind.POST, wanted).values())


def reason(session: Session, name: str) -> str | None:
    """When and why a thing was forgotten, for an operator; None if it was not."""
    try:
        found = standing(session, name)
    except MediaAuditError:
        return None
    if not found:
        return None
    stone = session.get_one(Tombstone, min(found))
    why = f": {stone.why}" if stone.why else ""
    return f"it was forgotten on {stone.forgotten_at:%Y-%m-%d} by {stone.by}{why}"
