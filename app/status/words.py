"""How far the words of documents are counted that were indexed before words were counted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import SearchDocument, SearchWordsFill


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
    """None once all documents are counted. Reads one row and the end of an index."""
    at = session.get(SearchWordsFill, 1)
    if at is None:
        return None
    return WordsProgress(at.cursor, session.scalar(select(func.max(SearchDocument.publication_id))) or 0)
