"""One file of the archive: every posting of it and of its near ones, the first of all, its readings side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db import snapshot
from app.domain.media_types import NOT_READ
from app.domain.time_line import TimeLine, time_line
from app.errors import UserError
from app.explain import ReadingOf
from app.explain.readings import readings
from app.forget.standing import reason
from app.models import MediaFile
from app.search import pictures
from app.search.life import days_of
from app.search.similar import Asked, Place, Posting, own_postings, similar
from app.search.within import Within
from app.web.errors import Forgotten, Missing
from app.web.views import Views

views = Views()

POSTINGS = 50  # of a page


@dataclass(frozen=True)
class FileFacts:
    """A file as decoding found it. size: bytes. duration: seconds."""

    sha256: str
    mime: str
    size: int
    width: int | None
    height: int | None
    duration: float | None
    damaged: str | None
    not_read: str | None  # the reason, for a type that is known and has no reader
    kept_at: datetime


@dataclass(frozen=True)
class PicturePage:
    """A file and its postings.

    line: the days of its postings and of its near ones. cluster: files of its cluster. alone: why no near ones are
    kept. crowded: near ones may be missing.
    """

    file: FileFacts
    postings: Sequence[Posting]
    first: Posting | None
    line: TimeLine
    cluster: int
    crowded: bool
    alone: str | None
    cursor: str | None
    readings: Sequence[ReadingOf]


@views.view("/m/{sha256}", "picture.html")
def picture(sha256: str, cursor: str | None = None) -> PicturePage:
    """The file whose sha256 begins with these 8 digits or more."""
    return picture_page(sha256, cursor)


def picture_page(sha256: str, cursor: str | None = None, within: Within = None) -> PicturePage:
    """The same for a reader who sees the channels `within`. Missing if there is none."""
    after = place_of(cursor) if cursor else None
    with snapshot() as session:
        file = file_by(session, sha256, within)
        alone = pictures.why_not(file)
        asked = Asked(file.sha256, file.phash or "", file.id)
        search = own_postings if alone else similar
        found = search(session, asked, limit=POSTINGS, after=after, within=within)
        return PicturePage(
            _facts(file),
            postings=found.postings,
            first=found.first,
            line=time_line(days_of(session, file.id, within)),
            cluster=found.cluster,
            crowded=found.crowded,
            alone=alone,
            cursor=str(found.next) if found.next else None,
            readings=readings(session, [file.sha256], None, within),
        )


def file_by(session: Session, sha256: str, within: Within) -> MediaFile:
    """The file of these digits. Missing if no channel that the reader sees has posted one."""
    digits = sha256.lower()
    file = pictures.by_sha256(session, digits, within) if pictures.SHA256.fullmatch(digits) else None
    if file is None:
        raise no_file(session, digits)
    return file


def no_file(session: Session, sha256: str) -> Missing:
    """The error for a file that is not in the archive, or not any more."""
    missing, told = "the archive has no file with this sha256", reason(session, sha256)
    return Missing(missing) if told is None else Forgotten(missing, told)


def _facts(file: MediaFile) -> FileFacts:
    size = (file.width, file.height, file.duration)
    return FileFacts(file.sha256, file.mime, file.size, *size, file.damaged, NOT_READ.get(file.mime), file.created_at)


def place_of(cursor: str) -> Place:
    """The place of a cursor of this list. UserError for one that it did not give."""
    try:
        return Place.read(cursor)
    except ValueError as error:
        raise UserError("the cursor is not one that this page gave: begin again without it") from error
