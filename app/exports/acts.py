"""Acts on exports, for page, API and command: make one, fetch one, delete one. Each leaves its audit entry."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import db, trace
from app.access import audit
from app.db import transaction
from app.domain.access.audited import Acted, Actor
from app.domain.documents import clean
from app.domain.export.plan import Format
from app.domain.flow import Call
from app.domain.kinds import Step
from app.domain.query.printer import to_text as printed
from app.domain.query.tree import EVERYTHING
from app.errors import UserError
from app.exports.pages import count
from app.models import Export
from app.pipeline.engine import reschedule, work
from app.pipeline.steps.export import DELETED
from app.ports import ExportFiles
from app.search.cursors import HIGHEST
from app.search.filters import Filters
from app.search.query import parsed
from app.search.within import Within
from app.settings import get_settings

MOST_OPEN = 20  # exports that are not whole yet: each may fill a disk
LANGUAGES = ("en", "ru")  # of the HTML


@dataclass(frozen=True)
class Made:
    """An export that was asked for. entry: in the audit. call: for its worker, to publish after commit."""

    id: int
    entry: int
    call: Call


def make(
    session: Session,
    actor: Actor,
    query: str,
    *,
    formats: Collection[Format] = (Format.JSONL,),
    media: bool = True,
    language: str = "en",
    channel_ids: Sequence[int] | None = None,
) -> Made:
    """Asks for an export of the strict set of a query: what order by date shows of it.

    channel_ids: the channels that the actor may see; None for all. UserError for a query that cannot be read or is
    empty, for no format, and where too many exports are not whole yet.
    """
    search = parsed(session, query, Filters(within=tuple(channel_ids)) if channel_ids is not None else None)
    if search.tree == EVERYTHING:
        raise UserError("the query has no letter or digit: after:1970-01-01 exports all that has a date")
    if not formats or language not in LANGUAGES:
        raise UserError(f"name a format of {', '.join(Format)}, and a language of {', '.join(LANGUAGES)}")
    _refuse_too_many(session)
    now = db.now(session)
    export = Export(
        directory=f"{now:%Y-%m-%d}-{secrets.token_hex(4)}",
        query=clean(query),
        expanded=printed(search.tree),
        channel_ids=list(channel_ids) if channel_ids is not None else None,
        formats=[one.value for one in Format if one in formats],
        media=media,
        language=language,
        made_by=actor.name,
        via=actor.via.value,
        made_at=now,
        total=count(session, search),
        trace_id=trace.new(),
    )
    session.add(export)
    session.flush()
    work.enqueue(session, Step.EXPORT, [(export.id, 0)], hint=get_settings().republish_after)
    told = {"query": export.query, "formats": export.formats, "media": media}
    entry = audit.record(session, actor, Acted.EXPORT_MAKE, _name(export), **told)
    return Made(export.id, entry, Call(Step.EXPORT, ((export.id, 0),), trace_id=export.trace_id))


def fetched(session: Session, files: ExportFiles, actor: Actor, number: int) -> Path:
    """The directory of a whole export, for an actor who takes it away. UserError where there is none."""
    export = found(session, number)
    if export.ended_at is None:
        raise UserError(f"export {number} is not whole yet")
    try:
        place = files.path(export.directory)
    except FileNotFoundError:
        raise UserError(f"the files of export {number} are gone from the disk: delete it and make it again") from None
    audit.record(session, actor, Acted.EXPORT_DOWNLOAD, _name(export), query=export.query)
    return place


def delete(files: ExportFiles, actor: Actor, number: int) -> int:
    """Deletes an export, whole or not, with its files; returns the number of the audit entry. UserError if none."""
    with transaction() as session:
        export = found(session, number)
        directory = export.directory
        reschedule.cancel(session, (Step.EXPORT,), number, DELETED)
        session.delete(export)
        entry = audit.record(session, actor, Acted.EXPORT_DELETE, _name(export), query=export.query)
    files.remove(directory)
    return entry


def found(session: Session, number: int, within: Within = None) -> Export:
    """The row of an export. within: of a user who saw no other channels. UserError if there is none."""
    export = session.get(Export, number) if 0 < number <= HIGHEST else None
    if export is None or not _is_seen(export, within):
        raise UserError(f"there is no export {number}")
    return export


def _name(export: Export) -> str:
    return f"export {export.id}"


def _is_seen(export: Export, within: Within) -> bool:
    return within is None or (export.channel_ids is not None and set(export.channel_ids) <= set(within))


def _refuse_too_many(session: Session) -> None:
    some = session.scalars(select(Export.id).where(Export.ended_at.is_(None)).limit(MOST_OPEN)).all()
    if len(some) == MOST_OPEN:
        raise UserError(f"{MOST_OPEN} exports are not whole yet: wait for them, or delete some")
