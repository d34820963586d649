"""Places pictures in stars of look-alikes: at once where no other placement is under way, else by the sweeper.

Two near pictures that arrive together must not both become centres. So one transaction at a time places, under an
advisory lock that it holds until its commit. A step only tries the lock: it never waits with its rows locked, and
leaves the picture in look_alikes_due. The sweeper waits for the lock, with nothing locked. The sweeper also walks
through all files, in order of their ids: archives that were read before, and files that a worker of an older release
has read since. A finished walk begins again after a day.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import structlog
from sqlalchemy import delete, exists, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.advisory_locks import AdvisoryLock
from app.domain.look_alikes import NEAR, hash_of, is_flat_hash, nearest, probes
from app.models import LookAlike, LookAlikeCentre, LookAlikeDue, LookAlikeFill, MediaFile
from app.models.near import CENTRES, near
from app.pipeline.engine.row_by_row import each_of
from app.pipeline.posts import gallery

log = structlog.get_logger()

BATCH = 500  # files in each pass of the sweeper: a second at most
AGAIN = timedelta(days=1)  # after the end of a walk


def place_at_once(session: Session, file: int) -> None:
    """Places a file in the transaction that stores its hash, or leaves it to the sweeper."""
    lock = {"key": AdvisoryLock.LOOK_ALIKES.value}
    if session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), lock):
        _place(session, [file])
    else:
        session.execute(insert(LookAlikeDue).values(file_id=file).on_conflict_do_nothing())


def fill(batch: int = BATCH) -> int:
    """Places pictures that wait for it, then the next ones of the walk; returns how many files it looked at."""
    with transaction() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.LOOK_ALIKES.value})
        due = session.scalars(select(LookAlikeDue.file_id).order_by(LookAlikeDue.file_id).limit(batch)).all()
        walked = _walk(session, batch - len(due)) if len(due) < batch else []
        _place(session, {*due, *walked})
        session.execute(delete(LookAlikeDue).where(LookAlikeDue.file_id.in_(due)))
    return len(due) + len(walked)


def _walk(session: Session, batch: int) -> list[int]:
    """The next files in order of their ids; none between two walks."""
    session.execute(insert(LookAlikeFill).values(id=1).on_conflict_do_nothing())
    walk = session.get_one(LookAlikeFill, 1)
    if walk.ended_at is not None:
        if walk.ended_at > session.scalars(select(func.now())).one() - AGAIN:
            return []
        walk.above, walk.ended_at = 0, None
    query = select(MediaFile.id).where(MediaFile.id > walk.above).order_by(MediaFile.id).limit(batch)
    files = list(session.scalars(query))
    if len(files) < batch:
        walk.rounds, walk.ended_at = walk.rounds + 1, session.scalars(select(func.now())).one()
    walk.above = files[-1] if files else walk.above
    return files


def _place(session: Session, files: Collection[int]) -> None:
    """Places those of the files that are pictures, not flat and not placed, the oldest first.

    It locks their rows, in the order of their ids: who shows one of them meanwhile waits, and sees its star.
    """
    if not files:
        return
    wanted = each_of(files)
    placed = exists().where(LookAlike.file_id == MediaFile.id) | exists().where(LookAlikeCentre.file_id == MediaFile.id)
    picture = MediaFile.mime.startswith("image/") & MediaFile.phash.is_not(None) & MediaFile.flat.is_not(True)
    query = select(MediaFile.id, MediaFile.phash).join(wanted, wanted.c.id == MediaFile.id).where(picture, ~placed)
    query = query.order_by(MediaFile.id).with_for_update(of=MediaFile, key_share=True)
    for file, phash in session.execute(query).all():
        if phash is not None and not is_flat_hash(hash_of(phash)):
            _place_one(session, file, phash)


def _place_one(session: Session, file: int, phash: str) -> None:
    found = near(session, CENTRES, phash, probes(hash_of(phash), NEAR), NEAR)
    if found.crowded:
        log.warning("look-alikes are crowded: a nearer centre may exist", file=file)
    centre = nearest(found.bits.items())
    if centre is None:
        session.execute(insert(LookAlikeCentre).values(file_id=file, phash=phash))
    else:
        session.execute(insert(LookAlike).values(file_id=file, centre_id=centre[0], bits=centre[1]))
        gallery.move(session, file, centre[0])
