"""Exports: made from a search by a form, listed with their progress, fetched as one archive or by files, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from app import wiring
from app.db import transaction
from app.domain.access.roles import Act
from app.domain.export.manifest import ABOUT, MANIFEST, PUBLIC_KEY, SIGNATURE, SUMS
from app.domain.export.plan import Format
from app.errors import UserError
from app.exports import acts
from app.exports.archive import tar
from app.exports.listed import ExportList, ExportShown, export_of, exports
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.errors import Missing, looked_up
from app.web.rendering import language_of
from app.web.views import Views

views = Views()

# Files that are worth fetching alone. No other name is served: no path leads out of an export, or into its pages.
SINGLE = ("posts.jsonl", "posts.csv", ABOUT, MANIFEST, SIGNATURE, PUBLIC_KEY, SUMS)
HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, no-store"}


@dataclass(frozen=True)
class ExportsPage:
    """Exports, and the form for another one. q: its query."""

    page: ExportList
    q: str = ""


@dataclass(frozen=True)
class ExportPage:
    """One export. single: its files that can be fetched alone."""

    export: ExportShown
    single: tuple[str, ...] = ()


@views.view("/exports", "exports.html")
def listed(q: str = "", cursor: str | None = None) -> ExportsPage:
    """The exports, the newest first."""
    with transaction() as session:
        return ExportsPage(exports(session, cursor=cursor), q)


@views.view("/exports/{number:int}", "export.html")
def one(number: int) -> ExportPage:
    """One export and its progress."""
    with transaction() as session, looked_up():
        found = export_of(session, number)
    return ExportPage(found, single_of(found))


@views.router.post("/exports", include_in_schema=False)
@needs(Act.EDIT)
def make(
    request: Request,
    q: Annotated[str, Form()] = "",
    formats: Annotated[list[str] | None, Form(alias="format")] = None,
    media: Annotated[bool, Form()] = False,
) -> Response:
    """Asks for an export in the language of the page."""
    with transaction() as session:
        made = acts.make(
            session, actor_of(request), q, formats=_formats(formats), media=media, language=language_of(request)
        )
    request.app.state.publish([made.call])
    return done(f"/exports/{made.id}", made.entry)


@views.router.post("/exports/{number:int}/delete", include_in_schema=False)
@needs(Act.EDIT)
def delete(request: Request, number: int) -> Response:
    """Deletes an export with its files."""
    with looked_up():
        entry = acts.delete(wiring.export_files(), actor_of(request), number)
    return done("/exports", entry)


@views.router.get("/exports/{number:int}/archive", include_in_schema=False)
@needs(Act.EDIT)
def archive(request: Request, number: int) -> StreamingResponse:
    """All of an export as one archive, made while it is sent."""
    return archived(_fetched(request, number))


def archived(directory: Path) -> StreamingResponse:
    """The archive of a directory."""
    headers = {
        **HEADERS,
        "Content-Disposition": f'attachment; filename="export-{directory.name}.tar"',
        "Content-Encoding": "identity",  # pictures do not shrink, and packing takes longer than sending
    }
    return StreamingResponse(tar(directory), media_type="application/x-tar", headers=headers)


@views.router.get("/exports/{number:int}/files/{name}", include_in_schema=False)
@needs(Act.EDIT)
def file(request: Request, number: int, name: str) -> FileResponse:
    """One file of an export, for saving."""
    with transaction() as session, looked_up():
        known = single_of(export_of(session, number))
    if name not in known:
        raise Missing("the export has no such file")
    path = _fetched(request, number) / name
    return FileResponse(path, media_type="application/octet-stream", filename=name, headers=HEADERS)


def _fetched(request: Request, number: int) -> Path:
    with transaction() as session, looked_up():
        return acts.fetched(session, wiring.export_files(), actor_of(request), number)


def single_of(found: ExportShown) -> tuple[str, ...]:
    """The files of an export that can be fetched alone; none until it is whole."""
    if found.ended_at is None:
        return ()
    without = {f"posts.{one}" for one in (Format.JSONL, Format.CSV) if one not in found.formats}
    return tuple(name for name in SINGLE if name not in without)


def _formats(names: Sequence[str] | None) -> set[Format]:
    try:
        return set(map(Format, names or ()))
    except ValueError:
        raise UserError(f"a format is one of {', '.join(Format)}") from None
