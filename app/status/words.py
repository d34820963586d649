"""How far the words and the trends of documents are counted that were indexed before these were counted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import SearchDocument, SearchTrendsFill, SearchWordsFill
from app.models.search_words import DocumentsFill


@dataclass(frozen=True)
class WordsProgress:
    """Ids of publications: counted up to `done`; the highest that has a document is `last`."""

    done: int
    last: int

    @property
    def share(self) -> float:
        """From 0 to 1, by ids."""
        return min(1.0, self.done / self.last) if self.last else 1.0


def words_progress(session: Session) -> WordsProgress | None:
    """None once the words of all documents are counted. Reads one row and the end of an index."""
    return _progress(session, SearchWordsFill)


def trends_progress(session: Session) -> WordsProgress | None:
    """The same for their tags and origins."""
    return _progress(session, SearchTrendsFill)


def _progress(session: Session, fill: type[DocumentsFill]) -> WordsProgress | None:
    at = session.get(fill, 1)
    if at is None:
        return None
    return WordsProgress(at.cursor, session.scalar(select(func.max(SearchDocument.publication_id))) or 0)
