"""Compares the tree of thumbnails with the rows of media_files: each picture has its own, and no other file has any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.kinds import State, Step
from app.domain.thumbnails import is_pictured
from app.models import MediaFile, ThumbnailFill, Work
from app.pipeline.posts.thumbnails import make_again
from app.ports import MediaArchive, Thumbnails
from app.verify.check import Check, Fault
from app.verify.reading import pages


@dataclass(frozen=True)
class _File:
    """A file to compare. size: bytes. state: of the work for its thumbnails; None without any."""

    id: int
    sha256: str
    size: int
    state: str | None


class Pictured(Check[int]):
    """Checks that each file whose thumbnails were made has all of them, and that work is there for the other ones."""

    name = "thumbnails"

    def __init__(self, archive: MediaArchive, thumbnails: Thumbnails) -> None:
        self._archive, self._thumbnails = archive, thumbnails

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(MediaFile.id)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            found = _to_compare(session, keys)
        # The trees are read without an open transaction: a disk may be slow.
        return [Fault(one.id, f"file {one.sha256[:12]}", what) for one in found if (what := self._problem(one))]

    def _problem(self, file: _File) -> str | None:
        if file.state is None:
            return "no work for its thumbnails"
        if self._thumbnails.whole(file.sha256):
            return None
        # A file that the store has lost comes first: the check `files` fetches it, and that makes its thumbnails due.
        lost = self._archive.problem(file.sha256, file.size, fast=True)
        return None if lost else "not all of its thumbnails are whole"

    def mend(self, faults: Sequence[Fault[int]]) -> int:
        with transaction() as session:
            query = select(MediaFile.id, MediaFile.mime).where(MediaFile.id.in_([fault.key for fault in faults]))
            make_again(session, dict(session.execute(query).all()))
        return len(faults)

    def notes(self) -> list[str]:
        with snapshot() as session:
            filling = session.get(ThumbnailFill, 1) is not None
        return ["older files have none yet, the sweeper is making them due"] if filling else []


class StrayThumbnails(Check[str]):
    """Finds thumbnails of files that have no row."""

    name = "stray thumbnails"
    remedy = "media-audit verify --repair removes them"

    def __init__(self, thumbnails: Thumbnails) -> None:
        self._thumbnails = thumbnails

    def pages(self) -> Iterator[Sequence[str]]:
        return self._thumbnails.names()

    def judge(self, keys: Sequence[str]) -> list[Fault[str]]:
        with snapshot() as session:
            known = set(session.scalars(select(MediaFile.sha256).where(MediaFile.sha256.in_(keys))))
        lost = [name for name in keys if name not in known]
        return [Fault(name, f"thumbnails of {name[:12]}", "of a file without a row") for name in lost]

    def mend_one(self, fault: Fault[str]) -> bool:
        return bool(self.judge([fault.key])) and self._thumbnails.remove(fault.key)


def _to_compare(session: Session, keys: Sequence[int]) -> list[_File]:
    """Files whose thumbnails were made, and those that nothing made due. The work of the others says why they have
    none."""
    work = (Work.step == Step.THUMBNAIL) & (Work.subject_id == MediaFile.id) & (Work.revision == 0)
    query = select(MediaFile.id, MediaFile.sha256, MediaFile.size, MediaFile.mime, Work.state).outerjoin(Work, work)
    rows = [row for row in session.execute(query.where(MediaFile.id.in_(keys))) if is_pictured(row.mime)]
    filling = session.get(ThumbnailFill, 1)
    missed = [row for row in rows if row.state is None and (filling is None or row.id <= filling.cursor)]
    made = [row for row in rows if row.state == State.DONE]
    return [_File(row.id, row.sha256, row.size, row.state) for row in (*made, *missed)]
