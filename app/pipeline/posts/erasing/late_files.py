"""Keeps downloads from bringing back a forgotten thing, whenever they end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain import tombstones as domain
from app.domain.advisory_locks import AdvisoryLock
from app.domain.kinds import State, Step
from app.domain.messages import MediaRequest
from app.domain.tombstones import FORGOTTEN, Kind
from app.errors import Transient
from app.models import Channel, Post, PostMedia
from app.pipeline.engine import work
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.posts import tombstones
from app.pipeline.posts.erasing import files

GOING = "the same bytes are being erased"
PAUSE = 2.0  # seconds until the bytes that go are gone


def hold_tombstones(session: Session) -> None:
    """Lets no tombstone of a file be laid until the transaction ends. First of all its locks."""
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": AdvisoryLock.FORGET.value})


def lay_alone(session: Session) -> None:
    """Waits until no download is being stored. First of all locks."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.FORGET.value})


def unwanted(session: Session, rows: Iterable[tuple[PostMedia, Post, Channel]]) -> dict[int, str]:
    """medium -> why its download ends: a file that was forgotten is not even asked for."""
    keys = {media.id: media.telegram_key for media, _, _ in rows if media.telegram_key}
    gone = tombstones.forgotten(session, Kind.TELEGRAM_FILE, set(keys.values()))
    return {medium: FORGOTTEN for medium, key in keys.items() if key in gone}


def unstored(session: Session, found: Sequence[tuple[str, str]]) -> list[Outcome | None]:
    """The ends of downloads whose file is not stored; None for all others. found: (Telegram's key, sha256) of each.

    The bytes of a forgotten file go, and the next posting of it under the same key is not downloaded.
    """
    hashes = {sha256 for _, sha256 in found}
    gone, going = tombstones.forgotten(session, Kind.FILE, hashes), files.bytes_to_go(session, hashes)
    ends: list[Outcome | None] = []
    for key, sha256 in found:
        if sha256 in gone:
            tombstones.lay_beside(session, gone[sha256], Kind.TELEGRAM_FILE, key)
            _go_on(session, sha256, gone[sha256])
            ends.append(Outcome(state=State.SKIPPED, reason=FORGOTTEN))
        else:
            ends.append(Outcome(error=Transient(GOING, PAUSE, charge=False)) if sha256 in going else None)
    return ends


def erase_of_post(session: Session, request: MediaRequest, sha256: str) -> None:
    """Erases a file that was downloaded for a post which is gone, unless another post has it."""
    channel = request.channel.telegram_id
    identities = {Kind.POST: domain.post(channel, request.message_id), Kind.CHANNEL: str(channel)}
    for kind, identity in identities.items():
        for tombstone in tombstones.forgotten(session, kind, [identity]).values():
            _go_on(session, sha256, tombstone)
            return


def _go_on(session: Session, sha256: str, tombstone: int) -> None:
    if files.note_bytes(session, sha256, tombstone):
        work.requeue(session, Step.FORGET, [(tombstone, 0)], hint=0.0)
