"""Erases the rows of media files: those that no post shows any more, and one that is forgotten itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.advisory_locks import AdvisoryLock
from app.domain.kinds import Step
from app.models import (
    ForgettingFile,
    LookAlike,
    LookAlikeCentre,
    LookAlikeDue,
    MediaFile,
    MediaVision,
    PostMedia,
    Shown,
)
from app.models.bulk import insert_all
from app.pipeline.engine import erased_work, work
from app.pipeline.posts.erasing import paid

OF_FILES = (Step.ANALYZE, Step.THUMBNAIL)


def lock_stars(session: Session) -> None:
    """Waits until no picture is being placed. First of all locks: who places holds it while it waits for rows."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.LOOK_ALIKES.value})


def erase_unshown(session: Session, hashes: Collection[str], tombstone: int) -> datetime | None:
    """Erases those of the files that no post has any more; their bytes are to go. The caller holds `lock_stars`.

    Returns until when a worker may still write thumbnails of them; None: no one does.
    """
    ids = session.scalars(select(MediaFile.id).where(MediaFile.sha256.in_(hashes)).order_by(MediaFile.id)).all()
    if not ids:
        return None
    # Those around, too, which lose their centre: who shows one at this moment ends first, and its row moves as well.
    around = session.scalars(select(LookAlike.file_id).where(LookAlike.centre_id.in_(ids))).all()
    every = sorted({*ids, *around})
    # The order of locks: work rows before files.
    erased_work.lock(session, OF_FILES, every)
    files = {id_: sha256 for id_, sha256 in session.execute(_locked(every)) if id_ in ids}
    shown = set(session.scalars(select(PostMedia.sha256).where(PostMedia.sha256.in_(files.values()))))
    gone = {id_: sha256 for id_, sha256 in files.items() if sha256 not in shown}
    return _erase(session, gone, tombstone) if gone else None


def _locked(ids: Sequence[int]) -> Select[int, str]:
    query = select(MediaFile.id, MediaFile.sha256).where(MediaFile.id.in_(ids)).order_by(MediaFile.id)
    return query.with_for_update()


def _erase(session: Session, files: dict[int, str], tombstone: int) -> datetime | None:
    ids = sorted(files)
    _leave_stars(session, ids)
    paid.erase(session, Step.ANALYZE, ids)
    erased_work.drop(session, [Step.ANALYZE], ids)
    late = erased_work.drop(session, [Step.THUMBNAIL], ids)
    session.execute(delete(MediaVision).where(MediaVision.media_file_id.in_(ids)))
    _lend_no_more(session, list(files.values()))
    rows = [{"sha256": sha256, "tombstone_id": tombstone} for sha256 in files.values()]
    session.execute(insert_all(ForgettingFile, rows).on_conflict_do_nothing())
    session.execute(delete(MediaFile).where(MediaFile.id.in_(ids)))
    return late


def _leave_stars(session: Session, ids: Sequence[int]) -> None:
    """Takes the files out of their stars. The others around a centre that goes are placed anew, the oldest first."""
    around = session.scalars(select(LookAlike.file_id).where(LookAlike.centre_id.in_(ids))).all()
    others = sorted(set(around) - set(ids))
    session.execute(delete(LookAlike).where(LookAlike.centre_id.in_(ids)))
    session.execute(delete(LookAlike).where(LookAlike.file_id.in_(ids)))
    session.execute(delete(LookAlikeCentre).where(LookAlikeCentre.file_id.in_(ids)))
    session.execute(delete(LookAlikeDue).where(LookAlikeDue.file_id.in_(ids)))
    session.execute(delete(Shown).where(Shown.cluster_id.in_(ids), Shown.file_id.in_(ids)))
    session.execute(update(Shown).where(Shown.cluster_id.in_(ids)).values(cluster_id=Shown.file_id))
    if others:
        due = insert_all(LookAlikeDue, [{"file_id": file} for file in others])
        session.execute(due.on_conflict_do_nothing())


def _lend_no_more(session: Session, hashes: Sequence[str]) -> None:
    """Erases readings that other files borrowed from these: each of those files is read itself."""
    lent = delete(MediaVision).where(MediaVision.borrowed_from.in_(hashes))
    rows = session.execute(lent.returning(MediaVision.media_file_id, MediaVision.vision_version_id)).all()
    work.requeue(session, Step.ANALYZE, [(file, version) for file, version in rows], hint=0.0)


def bytes_to_go(session: Session, hashes: Collection[str]) -> set[str]:
    """Those of the hashes whose bytes are being erased at this moment."""
    going = ForgettingFile.sha256.in_(hashes) & ForgettingFile.erased_at.is_(None)
    return set(session.scalars(select(ForgettingFile.sha256).where(going))) if hashes else set()


def next_bytes(session: Session, tombstone: int, limit: int, *, last_look: bool) -> tuple[str, ...]:
    """The next files whose bytes are to go. last_look: also those that were erased before, unless posted anew since."""
    mine = ForgettingFile.tombstone_id == tombstone
    if last_look:
        back = select(MediaFile.id).where(MediaFile.sha256 == ForgettingFile.sha256).exists()
        session.execute(delete(ForgettingFile).where(mine, back))
        session.execute(update(ForgettingFile).where(mine).values(erased_at=None))
    query = select(ForgettingFile.sha256).where(mine, ForgettingFile.erased_at.is_(None))
    return tuple(session.scalars(query.order_by(ForgettingFile.sha256).limit(limit)))


def bytes_went(session: Session, hashes: Collection[str], *, last_look: bool) -> None:
    """Notes that the bytes are gone; without `last_look` they are looked for once more."""
    rows = ForgettingFile.sha256.in_(hashes)
    gone = update(ForgettingFile).where(rows).values(erased_at=func.clock_timestamp())
    session.execute(delete(ForgettingFile).where(rows) if last_look else gone)


def note_bytes(session: Session, sha256: str, tombstone: int) -> bool:
    """Notes bytes of a forgotten thing that came late: they go, unless a post has the same file; whether they go."""
    known = select(MediaFile.id).where(MediaFile.sha256 == sha256).with_for_update(key_share=True)
    if session.scalar(known) is not None:
        return False
    row = insert(ForgettingFile).values(sha256=sha256, tombstone_id=tombstone)
    again = row.on_conflict_do_update(index_elements=["sha256"], set_={"erased_at": None})
    session.execute(again)
    return True
