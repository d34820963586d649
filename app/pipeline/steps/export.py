"""write_export: writes an export part by part, one for each lease, then makes the whole of them.

A worker that dies leaves the parts that are committed; the next one goes on behind them. Each attempt writes into a
directory of its own, named by its lease, so that a late one changes nothing that counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.export.plan import Closed, Closing, Counts, Format, Part, PartWritten, Plan
from app.domain.export.records import Record
from app.domain.flow import Call, Key, Next
from app.domain.kinds import State, Step
from app.errors import MediaAuditError
from app.models import Export, ExportMedia, ExportPart
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep, each
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome
from app.pipeline.engine.work import Claim
from app.ports import ExportFiles

DELETED = "it was deleted"
MORE = "more to write"


@dataclass(frozen=True)
class ExportPage:
    """Publications behind a cursor. cursors: the place behind each of them. after: behind all; None if none follows."""

    records: tuple[Record, ...]
    cursors: tuple[str, ...]
    after: str | None


class ExportSource(Protocol):
    """Reads the publications of an export: the strict set of its query, the newest first."""

    def page(self, session: Session, export: Export) -> ExportPage:
        """The publications behind the export's cursor."""


@dataclass(frozen=True)
class ExportInput:
    """The next part of an export, with the page that it is of; or its closing."""

    export_id: int
    given: Part | Closing
    page: ExportPage | None = None


class WriteExport(ExternalStep[ExportInput, PartWritten | Closed]):
    """Writes one part for each lease; the row stays due until the export is whole."""

    step = Step.EXPORT

    def __init__(self, files: ExportFiles, source: ExportSource) -> None:
        self._files, self._source = files, source

    def load(self, session: Session, held: Claim) -> ExportInput | EarlyOutcome:
        export = session.get(Export, held.subject_id)
        if export is None:
            return EarlyOutcome(state=State.SKIPPED, reason=DELETED)
        if export.read:
            return ExportInput(export.id, Closing(plan_of(export), _parts(session, export), _counts(export)))
        page = self._source.page(session, export)
        known = _known(session, export, page.records)
        token = held.token.hex[:16]
        part = Part(plan_of(export), export.parts, token, page.records, known, export.pages + 1, page.after is None)
        return ExportInput(export.id, part, page)

    def perform(self, inputs: Sequence[ExportInput]) -> list[PartWritten | Closed | MediaAuditError]:
        return each(self._write, inputs)

    def _write(self, one: ExportInput) -> PartWritten | Closed:
        return self._files.write(one.given) if isinstance(one.given, Part) else self._files.close(one.given)

    def finish(self, session: Session, held: Claim, given: ExportInput, result: PartWritten | Closed) -> Outcome:
        export = session.get(Export, given.export_id, with_for_update=True)
        if export is None:
            return Outcome(state=State.SKIPPED, reason=DELETED)
        if isinstance(result, Closed):
            _end(session, export, result)
            return Outcome()
        assert isinstance(given.given, Part)
        assert given.page is not None
        _advance(session, export, given.given, given.page, result)
        return Outcome((Call(Step.EXPORT, (held.key,), bulk=True, trace_id=held.trace_id),), State.DUE, MORE)


def write_exports(files: ExportFiles, source: ExportSource, keys: Sequence[Key]) -> list[Next]:
    """Writes the next part of the due exports among the keys."""
    return run_external(WriteExport(files, source), keys)


def plan_of(export: Export) -> Plan:
    """The export as its files need it."""
    formats = tuple(map(Format, export.formats))
    about = (export.language, export.made_by, export.made_at)
    return Plan(export.directory, export.query, formats, export.media, *about)


def _counts(export: Export) -> Counts:
    return Counts(export.publications, export.posts, export.media_files, export.pages, export.size)


def _parts(session: Session, export: Export) -> tuple[str, ...]:
    query = select(ExportPart.name).where(ExportPart.export_id == export.id).order_by(ExportPart.number)
    return tuple(session.scalars(query))


def _known(session: Session, export: Export, records: Sequence[Record]) -> dict[str, str | None]:
    """The files of the publications that earlier parts have, with their places."""
    hashes = {medium.sha256 for record in records for medium in record.media if medium.sha256}
    query = select(ExportMedia.sha256, ExportMedia.path).where(
        ExportMedia.export_id == export.id, ExportMedia.sha256.in_(hashes)
    )
    return dict(session.execute(query).all())


def _advance(session: Session, export: Export, part: Part, page: ExportPage, made: PartWritten) -> None:
    """Counts a part, and moves the cursor behind the publications that it has."""
    session.add(ExportPart(export_id=export.id, number=part.number, name=part.name))
    if made.files:
        rows = [{"export_id": export.id, "sha256": sha256, "path": path} for sha256, path in made.files.items()]
        session.execute(insert(ExportMedia), rows)
    whole = made.publications == len(part.records)
    export.cursor = page.after if whole else page.cursors[made.publications - 1]
    export.read = part.last and whole
    export.parts += 1
    export.publications += made.publications
    export.posts += made.posts
    export.media_files += sum(path is not None for path in made.files.values())
    export.pages += made.pages
    export.size += made.size


def _end(session: Session, export: Export, made: Closed) -> None:
    for table in (ExportPart, ExportMedia):
        session.execute(delete(table).where(table.export_id == export.id))
    export.files, export.size, export.ended_at = made.files, made.size, func.clock_timestamp()
