"""Exports over the API: asked for, read with their progress, deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Request, Response
from pydantic import Field

from app import wiring
from app.db import transaction
from app.domain.access.roles import Act
from app.domain.export.plan import Format
from app.domain.request_limits import Cost
from app.exports import acts
from app.exports.listed import export_of, exports
from app.web.api.admission import Token
from app.web.api.answers import Paged, kept
from app.web.api.parameters import Body, Cursor, Id
from app.web.api.routes import PREFIX, Api
from app.web.errors import looked_up
from app.web.pages.exports import ExportPage, ExportsPage, archived, single_of

api = Api("exports")

TAR = {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}}
ARCHIVE: dict[int | str, dict[str, Any]] = {200: {"description": "The archive", "content": TAR}}


class Export(Body):
    """An export of the posts that a query matches. language: of the HTML."""

    query: Annotated[str, Field(min_length=1, max_length=1_000)]
    formats: list[Literal["jsonl", "csv", "html"]] = Field(default=["jsonl"], min_length=1, max_length=3)
    media: bool = True
    language: Literal["en", "ru"] = "en"


@dataclass(frozen=True)
class ExportMade:
    """An export that was asked for. entry: the number of the audit entry."""

    id: int
    address: str
    entry: int


@dataclass(frozen=True)
class ExportDeleted:
    """An export that is deleted. entry: the number of the audit entry."""

    id: int
    entry: int


@dataclass(frozen=True, kw_only=True)
class ExportsAnswer(ExportsPage):
    """Exports, the newest first. next: the address of the page after it."""

    next: str | None


@api.get("/exports", ExportsAnswer, act=Act.EXPORT)
def all_exports(bearer: Token, cursor: Cursor = None) -> Paged:
    """The exports; for a token with a list of channels those that were made within it."""
    with transaction() as session:
        found = exports(session, cursor=cursor, within=bearer.channels)
    return Paged(ExportsPage(found), found.cursor)


@api.change("POST", "/exports", ExportMade, act=Act.EXPORT, status=202, cost=Cost.QUESTION)
def make_export(request: Request, bearer: Token, body: Export) -> Response:
    """Asks for an export; a worker writes it below exports/ of the home, with a signed manifest."""
    with transaction() as session:
        made = acts.make(
            session,
            bearer.actor,
            body.query,
            formats=[Format(one) for one in body.formats],
            media=body.media,
            language=body.language,
            channel_ids=bearer.channels,
        )
    request.app.state.publish([made.call])
    address = f"{PREFIX}/exports/{made.id}"
    answer = kept(request, {"id": made.id, "address": address, "entry": made.entry})
    answer.headers["Location"] = address
    return answer


@api.get("/exports/{id}", ExportPage, act=Act.EXPORT, errors=(404,))
def export_by_id(bearer: Token, id: Id) -> ExportPage:
    """One export with its progress."""
    with transaction() as session, looked_up():
        found = export_of(session, id, bearer.channels)
    return ExportPage(found, single_of(found))


@api.get("/exports/{id}/archive", act=Act.EXPORT, errors=(404,), cost=Cost.QUESTION, responses=ARCHIVE, model=None)
def archive_of_export(bearer: Token, id: Id) -> Response:
    """All of a whole export as one archive (tar), with its manifest and signature. 404 until it is whole."""
    with transaction() as session, looked_up():
        acts.found(session, id, bearer.channels)
        directory = acts.fetched(session, wiring.export_files(), bearer.actor, id)
    return archived(directory)


@api.change("DELETE", "/exports/{id}", ExportDeleted, act=Act.EXPORT, errors=(404,))
def delete_export(bearer: Token, id: Id) -> ExportDeleted:
    """Deletes an export, whole or not, with its files."""
    with looked_up():
        with transaction() as session:
            acts.found(session, id, bearer.channels)
        return ExportDeleted(id, acts.delete(wiring.export_files(), bearer.actor, id))
