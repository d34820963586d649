"""How far the gallery is filled with media from before its table came."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Publication, ShownFill


@dataclass(frozen=True)
class GalleryProgress:
    """Ids of publications: their media are shown up to `done`; the highest is `last`."""

    done: int
    last: int

    @property
    def share(self) -> float:
        """From 0 to 1, by ids."""
        return min(1.0, self.done / self.last) if self.last else 1.0


def gallery_progress(session: Session) -> GalleryProgress | None:
    """None once all media are shown. Reads one row and the end of an index."""
    at = session.get(ShownFill, 1)
    if at is None:
        return None
    return GalleryProgress(at.cursor, session.scalar(select(func.max(Publication.id))) or 0)
