"""Makes exports that are not whole begin anew: their parts may have a thing that is forgotten now."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain.kinds import Step
from app.models import Export, ExportMedia, ExportPart, Forgetting
from app.pipeline.engine import work

# Of a row of before its first part.
FRESH = {"cursor": None, "read": False, "parts": 0, "publications": 0, "posts": 0, "media_files": 0, "pages": 0}


def begin_anew(session: Session, tombstone: int) -> None:
    """Gives each open export another directory; the one of before is left to `forget`, which removes it.

    A part that is being written belongs to the directory of before: its lease is over.
    """
    rows = session.execute(
        select(Export.id, Export.directory).where(Export.ended_at.is_(None)).order_by(Export.id).with_for_update()
    ).all()
    if not rows:
        return
    for row in rows:
        fresh = f"{row.directory[:10]}-{secrets.token_hex(4)}"
        session.execute(update(Export).where(Export.id == row.id).values(**FRESH, size=0, directory=fresh))
    ids = [row.id for row in rows]
    for table in (ExportPart, ExportMedia):
        session.execute(delete(table).where(table.export_id.in_(ids)))
    work.requeue(session, Step.EXPORT, [(id_, 0) for id_ in ids], hint=0.0)
    left = Forgetting.exports.op("||")([row.directory for row in rows])
    session.execute(update(Forgetting).where(Forgetting.id == tombstone).values(exports=left))
