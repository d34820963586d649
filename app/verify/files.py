"""Compares the media store with the rows of media_files: each row has its file, whole, and each file has a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.kinds import AGAIN, State, Step
from app.domain.tombstones import Kind
from app.errors import MediaAuditError
from app.models import Channel, MediaFile, Post, PostMedia, Work
from app.operations import retry
from app.pipeline.posts.tombstones import forgotten
from app.ports import MediaArchive, Thumbnails
from app.verify.check import Check, Fault
from app.verify.publications import UNDER_WAY
from app.verify.reading import pages

NOBODY = "no post of a watched channel shows it now, so there is nobody to fetch it from"
DELETED = "Telegram has no copy any more: all messages that showed it are deleted"


class Files(Check[int]):
    """Checks that the file of each row exists, with the right size and the right bytes."""

    name = "files"

    def __init__(self, archive: MediaArchive, thumbnails: Thumbnails, *, fast: bool) -> None:
        self._archive, self._thumbnails, self._fast = archive, thumbnails, fast

    def pages(self) -> Iterator[Sequence[int]]:
        for page in pages(MediaFile.id):
            if not self._archive.there():
                raise MediaAuditError("the media store is not there: is its disk mounted, is MEDIA_URL right?")
            yield page

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            rows = session.execute(select(MediaFile.id, MediaFile.sha256, MediaFile.size).where(MediaFile.id.in_(keys)))
            files = {id_: (sha256, size) for id_, sha256, size in rows}
        # Takes hours on a large store, so it runs without an open transaction.
        found = {
            id_: what
            for id_, (sha256, size) in files.items()
            if (what := self._archive.problem(sha256, size, fast=self._fast))
        }
        with snapshot() as session:
            return [self._fault(session, id_, files[id_][0], what) for id_, what in found.items()
                    if not _being_fetched(session, files[id_][0])]  # fmt: skip

    def _fault(self, session: Session, file: int, sha256: str, what: str) -> Fault[int]:
        source = session.execute(_sources(sha256)).first()
        if source is None:
            return Fault(file, f"file {sha256[:12]}", what, NOBODY)
        _, channel, message, deleted, state, asked, reason = source
        hopeless = DELETED if deleted else None
        if state == State.DEAD and asked == AGAIN:
            hopeless = f"it was fetched again in vain: {reason}; `media-audit dead retry` tries once more"
        if what.startswith("cannot be read"):
            hopeless = "see to the disk and its permissions first"
        return Fault(file, f"file {sha256[:12]} of {channel}/{message}", what, hopeless)

    def mend_one(self, fault: Fault[int]) -> bool:
        """Moves the bad file into quarantine and makes its download due; its post keeps the file's name meanwhile."""
        if not self.judge([fault.key]):
            return True
        with transaction() as session:
            sha256 = session.get_one(MediaFile, fault.key).sha256
            source = session.execute(_sources(sha256)).first()
            if source is None:
                return False
            self._archive.set_aside(sha256)
            self._thumbnails.remove(sha256)  # they may be of the bad bytes; the download makes them due
            retry.load(session, source[0], asked=AGAIN)
        return True

    def notes(self) -> list[str]:
        return ["sizes only, nothing was hashed"] if self._fast else []


class Strays(Check[str]):
    """Finds files without a row: left by a crash between storing the file and writing the row, or by a lost row."""

    name = "stray files"
    remedy = "media-audit verify --repair moves them into quarantine/ of the store"

    def __init__(self, archive: MediaArchive, thumbnails: Thumbnails) -> None:
        self._archive, self._thumbnails = archive, thumbnails

    def pages(self) -> Iterator[Sequence[str]]:
        return self._archive.names()

    def judge(self, keys: Sequence[str]) -> list[Fault[str]]:
        with snapshot() as session:
            known = set(session.scalars(select(MediaFile.sha256).where(MediaFile.sha256.in_(keys))))
        found = [self._archive.strange(name) for name in keys if name not in known]
        return [Fault(one.name, f"file {one.name[:12]}", f"{one.size:,} bytes without a row") for one in found if one]

    def mend_one(self, fault: Fault[str]) -> bool:
        moved = bool(self.judge([fault.key])) and self._removed(fault.key)
        if moved:
            self._thumbnails.remove(fault.key)
        return moved

    def _removed(self, sha256: str) -> bool:
        """Moves the file aside; one that was forgotten goes for good."""
        with snapshot() as session:
            gone = forgotten(session, Kind.FILE, [sha256])
        return self._archive.erase(sha256) if gone else self._archive.set_aside(sha256)


class Temporary(Check[str]):
    """Finds temporary files that a crash has left."""

    name = "temporary files"
    remedy = "media-audit verify --repair moves them into quarantine/ of the store; the next download removes them too"

    def __init__(self, archive: MediaArchive) -> None:
        self._archive = archive

    def pages(self) -> Iterator[Sequence[str]]:
        if found := self._archive.abandoned():
            yield found

    def judge(self, keys: Sequence[str]) -> list[Fault[str]]:
        return [Fault(name, f"tmp/{name}", "nobody has written to it for an hour") for name in keys]

    def mend_one(self, fault: Fault[str]) -> bool:
        return self._archive.set_aside_temporary(fault.key)


def _sources(sha256: str) -> Select[int, str, int, bool, str | None, str | None, str | None]:
    """Posts from which the file can be fetched, the best first: medium, place, whether deleted, its download."""
    given_up = case(((Work.state == State.DEAD) & (Work.asked == AGAIN), 1), else_=0)
    download = (Work.step == Step.DOWNLOAD) & (Work.subject_id == PostMedia.id)
    return (
        select(
            PostMedia.id,
            Channel.reference,
            Post.telegram_message_id,
            Post.deleted_at.is_not(None),
            Work.state,
            Work.asked,
            func.coalesce(Work.reason, Work.last_error),
        )
        .join(Post, Post.id == PostMedia.post_id)
        .join(Channel, Channel.id == Post.channel_id)
        .outerjoin(Work, download)
        .where(PostMedia.sha256 == sha256, PostMedia.telegram_key != "")
        .where(PostMedia.replaced_at.is_(None), Channel.enabled)
        .order_by(Post.deleted_at.is_not(None), given_up, PostMedia.id.desc())
    )


def _being_fetched(session: Session, sha256: str) -> bool:
    query = (
        select(Work.id)
        .join(PostMedia, PostMedia.id == Work.subject_id)
        .where(Work.step == Step.DOWNLOAD, Work.state.in_(UNDER_WAY), PostMedia.sha256 == sha256)
    )
    return session.execute(query.limit(1)).first() is not None
