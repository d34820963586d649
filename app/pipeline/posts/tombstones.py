"""Tombstones: whether posts, files and channels were forgotten, and new ones."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from sqlalchemy import ARRAY, Text, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain import tombstones
from app.domain.links import Reference
from app.domain.tombstones import Kind
from app.models import Channel, Tombstone, TombstoneKey

NOT_AGAIN = "this channel was forgotten: `media-audit forget --lift` with its name or number lifts its tombstone"
# Down the unique index, whatever PostgreSQL knows of the table.
FIND = text("""
    SELECT found.digest, found.id
    FROM unnest((SELECT CAST(:digests AS text[]))) AS one (digest) CROSS JOIN LATERAL (
        SELECT digest, id FROM tombstones WHERE kind = :kind AND digest = one.digest OFFSET 0
    ) AS found
""").bindparams(bindparam("digests", type_=ARRAY(Text)))


def forgotten(session: Session, kind: Kind, identities: Collection[str]) -> dict[str, int]:
    """Those of the identities that were forgotten, each with its tombstone. One short query where nothing ever was."""
    key = session.scalar(select(TombstoneKey.key)) if identities else None
    if key is None:
        return {}
    digests = {tombstones.digest(key, kind, identity): identity for identity in identities}
    found = session.execute(FIND, {"kind": kind.value, "digests": sorted(digests)})
    return {digests[digest]: id_ for digest, id_ in found}


def posts(session: Session, channel: Channel, messages: Collection[int]) -> set[int]:
    """Those of the messages that were forgotten. The caller has locked the channel, so the answer holds."""
    if channel.telegram_id is None:
        return set()
    wanted = {tombstones.post(channel.telegram_id, message): message for message in messages}
    return {wanted[identity] for identity in forgotten(session, Kind.POST, wanted)}


def of_channel(session: Session, number: int) -> str | None:
    """Why a channel is not read, with the remedy; None if it was not forgotten. number: Telegram's."""
    found = forgotten(session, Kind.CHANNEL, [str(number)])
    return NOT_AGAIN if found else None


def of_reference(session: Session, reference: Reference) -> list[int]:
    """The tombstones of a channel by its number, or by a name that it had when it was forgotten."""
    if reference.telegram_id is not None:
        return list(forgotten(session, Kind.CHANNEL, [str(reference.telegram_id)]).values())
    name = (reference.username or "").lower()
    return list(forgotten(session, Kind.NAME, [name]).values()) if name else []


def lay(session: Session, kind: Kind, identity: str, *, by: str, why: str = "", of: int | None = None) -> int:
    """A tombstone, new or the one that stands; returns its id. of: the tombstone that it belongs to."""
    digest = tombstones.digest(_key(session), kind, identity)
    row = {"kind": kind.value, "digest": digest, "by": by, "why": why, "belongs_to": of}
    session.execute(insert(Tombstone).values(row).on_conflict_do_nothing())
    same = (Tombstone.kind == kind.value) & (Tombstone.digest == digest)
    return session.scalars(select(Tombstone.id).where(same)).one()


def lay_beside(session: Session, root: int, kind: Kind, identity: str) -> None:
    """A tombstone that belongs to another one, with its reason."""
    of = session.get_one(Tombstone, root)
    lay(session, kind, identity, by=of.by, why=of.why, of=of.belongs_to or of.id)


def lift(session: Session, ids: Collection[int]) -> None:
    """Deletes tombstones with those that belong to them or that they belong to: such a channel may be watched again."""
    roots = {row.belongs_to or row.id for row in session.scalars(select(Tombstone).where(Tombstone.id.in_(ids)))}
    session.execute(delete(Tombstone).where(Tombstone.id.in_(roots)))


def _key(session: Session) -> bytes:
    fresh = insert(TombstoneKey).values(id=1, key=secrets.token_bytes(32))
    session.execute(fresh.on_conflict_do_nothing())
    return session.scalars(select(TombstoneKey.key)).one()
