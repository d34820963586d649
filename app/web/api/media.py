"""Files of the archive over the API: life, near ones, thumbnails, bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from app.db import snapshot
from app.domain.look_alikes import NEAR
from app.domain.request_limits import Cost
from app.search import pictures
from app.search.life import days_of
from app.search.similar import Asked, Posting, own_postings, similar
from app.web import media as files
from app.web import thumbnails
from app.web.api.admission import Token
from app.web.api.answers import Paged, unless_known
from app.web.api.files import FILE, checked, sent
from app.web.api.parameters import Cursor, Prefix, Sha256
from app.web.api.routes import Api
from app.web.pages.picture import POSTINGS, PicturePage, file_by, picture_page, place_of

api = Api("media")


@dataclass(frozen=True, kw_only=True)
class MediaAnswer(PicturePage):
    """A file with its postings. next: the address of the page after it."""

    next: str | None


@dataclass(frozen=True)
class LifeAnswer:
    """The days on which a file and its near ones were posted: postings by day in UTC, of the newest 1,000."""

    sha256: str
    days: dict[date, int]


@dataclass(frozen=True)
class SimilarPage:
    """Postings of a file, then of those near it. first: of all; files: in its cluster; crowded: some may be missing."""

    sha256: str
    bits: int
    postings: Sequence[Posting]
    first: Posting | None
    files: int
    crowded: bool
    alone: str | None


@dataclass(frozen=True, kw_only=True)
class SimilarAnswer(SimilarPage):
    """The same. next: the address of the page after it."""

    next: str | None


@api.get("/media/{sha256}", MediaAnswer, errors=(404,))
def medium(bearer: Token, sha256: Prefix, cursor: Cursor = None) -> Paged:
    """A file: its postings and those of near ones, the first of all, its days, its readings."""
    found = picture_page(sha256, cursor, bearer.channels)
    return Paged(found, found.cursor)


@api.get("/media/{sha256}/life", LifeAnswer, errors=(404,))
def life(bearer: Token, sha256: Prefix) -> LifeAnswer:
    """On how many days a file and its near ones were posted."""
    with snapshot() as session:
        file = file_by(session, sha256, bearer.channels)
        return LifeAnswer(file.sha256, days_of(session, file.id, bearer.channels))


@api.get("/media/{sha256}/similar", SimilarAnswer, errors=(404,))
def near(
    bearer: Token, sha256: Prefix, bits: Annotated[int, Query(ge=0, le=NEAR)] = NEAR, cursor: Cursor = None
) -> Paged:
    """The postings of a file and of all whose perceptual hash differs in so many bits at most."""
    after = place_of(cursor) if cursor else None
    with snapshot() as session:
        file = file_by(session, sha256, bearer.channels)
        asked, alone = Asked(file.sha256, file.phash or "", file.id), pictures.why_not(file)
        if alone:
            found = own_postings(session, asked, POSTINGS, after, bearer.channels)
        else:
            found = similar(session, asked, bits, POSTINGS, after, bearer.channels)
    page = SimilarPage(
        file.sha256, bits, found.postings, found.first, files=found.cluster, crowded=found.crowded, alone=alone
    )
    return Paged(page, str(found.next) if found.next else None)


@api.get("/media/{sha256}/thumb/{width}", errors=(404, 416), cost=Cost.FILE, responses=FILE, model=None)
def thumb(request: Request, bearer: Token, sha256: Sha256, width: Literal["256", "512", "1080"]) -> Response:
    """A thumbnail, WebP; until it is made, the picture itself or a plain tile, which a client must not keep."""
    checked(sha256, bearer.channels)
    return unless_known(request, sent(thumbnails.thumb(request, int(width), sha256)))


@api.get("/media/{sha256}/file", errors=(404, 416), cost=Cost.FILE, responses=FILE, model=None)
def file(request: Request, bearer: Token, sha256: Sha256) -> Response:
    """The bytes of a file; parts of it where the request names a range."""
    checked(sha256, bearer.channels)
    return unless_known(request, sent(files.media(sha256), tag=f'"{sha256}"'))
