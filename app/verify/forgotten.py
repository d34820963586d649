"""Checks that nothing is kept which was forgotten: no post, file or channel that has a tombstone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain import tombstones as domain
from app.domain.access.audited import Actor, Via
from app.domain.tombstones import FORGETTABLE, Kind
from app.forget.begin import forget
from app.forget.named import Named
from app.models import Channel, MediaFile, Post, Tombstone
from app.pipeline.posts.tombstones import forgotten
from app.verify.check import Check, Fault
from app.verify.reading import pages

MANY = 5_000  # rows in a page: only faults leave the database
VERIFY = Actor("verify --repair", Via.COMMAND)
TABLES = {Kind.CHANNEL: Channel.id, Kind.FILE: MediaFile.id, Kind.POST: Post.id}

Key = tuple[Kind, int]


class Forgotten(Check[Key]):
    """Checks the identity of each channel, file and post. While a thing is being erased it is no fault."""

    name = "forgotten"
    remedy = "media-audit verify --repair forgets it again"

    def pages(self) -> Iterator[Sequence[Key]]:
        with snapshot() as session:
            if session.scalar(select(Tombstone.id).limit(1)) is None:
                return
        for kind, column in TABLES.items():
            for page in pages(column, size=MANY):
                yield [(kind, id_) for id_ in page]

    def judge(self, keys: Sequence[Key]) -> list[Fault[Key]]:
        kind = keys[0][0]
        with snapshot() as session:
            found = IDENTITIES[kind](session, [id_ for _, id_ in keys])
            there = forgotten(session, kind, found)
            erased = _erased(session, there.values())
        gone = [identity for identity in sorted(there) if there[identity] in erased]
        return [
            Fault((kind, found[identity]), f"{kind} {found[identity]}", "kept, though forgotten") for identity in gone
        ]

    def mend_one(self, fault: Fault[Key]) -> bool:
        if self.judge([fault.key]):
            with transaction() as session:
                forget(session, Named(*fault.key, fault.where), VERIFY)
        return True

    def notes(self) -> list[str]:
        query = select(Tombstone.kind, func.count()).group_by(Tombstone.kind)
        with snapshot() as session:
            counts = dict(session.execute(query).all())
        told = ", ".join(f"{kind}s: {counts[kind]:,}" for kind in FORGETTABLE if kind in counts)
        return [f"forgotten, and kept nowhere: {told}"] if told else []


def _posts(session: Session, ids: Collection[int]) -> Mapping[str, int]:
    query = select(Post.id, Post.telegram_message_id, Channel.telegram_id).join(Channel, Channel.id == Post.channel_id)
    rows = session.execute(query.where(Post.id.in_(ids), Channel.telegram_id.is_not(None)))
    return {domain.post(channel or 0, message): id_ for id_, message, channel in rows}


def _files(session: Session, ids: Collection[int]) -> Mapping[str, int]:
    return {
        sha256: id_
        for id_, sha256 in session.execute(select(MediaFile.id, MediaFile.sha256).where(MediaFile.id.in_(ids)))
    }


def _channels(session: Session, ids: Collection[int]) -> Mapping[str, int]:
    """Channels that are read: a row that was refused is none."""
    query = select(Channel.id, Channel.telegram_id).where(Channel.id.in_(ids), Channel.enabled)
    return {str(number): id_ for id_, number in session.execute(query) if number is not None}


IDENTITIES = {Kind.POST: _posts, Kind.FILE: _files, Kind.CHANNEL: _channels}


def _erased(session: Session, ids: Collection[int]) -> set[int]:
    query = select(Tombstone.id).where(Tombstone.id.in_(ids), Tombstone.erased_at.is_not(None))
    return set(session.scalars(query))
