"""How far rows of before are filled: words and trends of documents, media of the gallery, and thumbnails."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.models import (
    MediaFile,
    Publication,
    SearchDocument,
    SearchTrendsFill,
    SearchWordsFill,
    ShownFill,
    ThumbnailFill,
)
from app.models.search_words import DocumentsFill


@dataclass(frozen=True)
class FillProgress:
    """Ids of publications, or of files: filled up to `done`; the highest is `last`."""

    done: int
    last: int

    @property
    def share(self) -> float:
        """From 0 to 1, by ids."""
        return min(1.0, self.done / self.last) if self.last else 1.0


def words_progress(session: Session) -> FillProgress | None:
    """None once the words of all documents are counted."""
    return _progress(session, session.get(SearchWordsFill, 1), func.max(SearchDocument.publication_id))


def trends_progress(session: Session) -> FillProgress | None:
    """None once the tags and origins of all documents are counted."""
    return _progress(session, session.get(SearchTrendsFill, 1), func.max(SearchDocument.publication_id))


def gallery_progress(session: Session) -> FillProgress | None:
    """None once all media are shown."""
    return _progress(session, session.get(ShownFill, 1), func.max(Publication.id))


def thumbnails_progress(session: Session) -> FillProgress | None:
    """None once the thumbnails of all files are made due."""
    return _progress(session, session.get(ThumbnailFill, 1), func.max(MediaFile.id))


def _progress(
    session: Session, at: DocumentsFill | ShownFill | ThumbnailFill | None, last: ColumnElement[int]
) -> FillProgress | None:
    """Reads the end of an index."""
    return None if at is None else FillProgress(at.cursor, session.scalar(select(last)) or 0)
