"""Exports as users see them: state, progress, place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, literal, select
from sqlalchemy.orm import Session

from app.domain.export.plan import ExportState
from app.domain.kinds import State, Step
from app.exports.acts import found
from app.models import Export, Work
from app.search.cursors import HIGHEST, id_cursor, id_of
from app.search.within import Within

PAGE = 50  # exports
STATES = {State.DONE: ExportState.DONE, State.WAITING: ExportState.WAITING, State.DEAD: ExportState.FAILED}


@dataclass(frozen=True)
class ExportShown:
    """An export. total: publications that match, counted to 10,000 when it was asked for; one more stands for more,
    None for unknown.

    publications, posts, media_files: written so far. size: bytes. reason: why it waits or failed. place: its directory
    below the home, once it is whole.
    """

    id: int
    query: str
    formats: tuple[str, ...]
    media: bool
    language: str
    made_by: str
    made_at: datetime
    state: ExportState
    reason: str | None
    total: int | None
    publications: int
    posts: int
    media_files: int
    files: int
    size: int
    ended_at: datetime | None
    place: str | None

    @property
    def share(self) -> float | None:
        """The share that is written, 0 to 1; None where the total is not known."""
        if self.state is ExportState.DONE:
            return 1.0
        known = self.total is not None and self.total <= 10_000
        return min(1.0, self.publications / max(1, self.total or 0)) if known else None


@dataclass(frozen=True)
class ExportList:
    """Exports, the newest first. cursor: of the next page, None at the end."""

    exports: tuple[ExportShown, ...]
    cursor: str | None


def exports(session: Session, *, cursor: str | None = None, limit: int = PAGE, within: Within = None) -> ExportList:
    """A page of exports. within: of users who saw no other channels. UserError for a cursor that no page gave."""
    query = select(Export).where(Export.id < (id_of("exports", cursor) if cursor else HIGHEST))
    if within is not None:
        query = query.where(Export.channel_ids.bool_op("<@")(literal(list(within), ARRAY(BigInteger))))
    rows = session.scalars(query.order_by(Export.id.desc()).limit(limit + 1)).all()
    shown = _shown(session, rows[:limit])
    return ExportList(shown, id_cursor("exports", shown[-1].id) if len(rows) > limit else None)


def export_of(session: Session, number: int, within: Within = None) -> ExportShown:
    """One export. within: as above. UserError if there is none."""
    return _shown(session, [found(session, number, within)])[0]


def _shown(session: Session, rows: Sequence[Export]) -> tuple[ExportShown, ...]:
    ids = [row.id for row in rows]
    states = {
        one.subject_id: one
        for one in session.scalars(select(Work).where(Work.step == Step.EXPORT, Work.subject_id.in_(ids)))
    }
    return tuple(_one(row, states[row.id]) for row in rows)


def _one(row: Export, work: Work) -> ExportShown:
    state = STATES.get(State(work.state), ExportState.MAKING)
    return ExportShown(
        id=row.id,
        query=row.query,
        formats=tuple(row.formats),
        media=row.media,
        language=row.language,
        made_by=row.made_by,
        made_at=row.made_at,
        state=state,
        reason=work.reason or work.last_error if state in (ExportState.WAITING, ExportState.FAILED) else None,
        total=row.total,
        publications=row.publications,
        posts=row.posts,
        media_files=row.media_files,
        files=row.files,
        size=row.size,
        ended_at=row.ended_at,
        place=f"exports/{row.directory}" if row.ended_at else None,
    )
