"""Saved searches over the API. They are of all users and may name any channel: for tokens of all channels alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field

from app.access.api_tokens import Bearer
from app.alerts import saved as acts
from app.db import snapshot, transaction
from app.domain.access.roles import Act
from app.search import saved as kept
from app.web.api.admission import Token
from app.web.api.parameters import Body
from app.web.api.routes import Api
from app.web.errors import NotAllowed, looked_up
from app.web.pages.saved import SavedPage, saved

api = Api("saved searches")

Name = Annotated[str, Path(min_length=1, max_length=kept.LONGEST_NAME)]
LIMITED = "saved searches may name any channel: this needs a token without a list of channels"


class Query(Body):
    """A search to keep, in the language of docs/search.md."""

    query: Annotated[str, Field(min_length=1, max_length=1_000)]


@dataclass(frozen=True)
class SavedAnswer:
    """A saved search."""

    name: str
    query: str


@api.get("/saved", SavedPage)
def saved_searches(bearer: Token) -> SavedPage:
    """All saved searches, each with its alerts."""
    _check(bearer)
    found: SavedPage = saved()
    return found


@api.get("/saved/{name}", SavedAnswer, errors=(404,))
def saved_search(bearer: Token, name: Name) -> SavedAnswer:
    """The search that is saved under a name."""
    _check(bearer)
    with snapshot() as session, looked_up():
        return SavedAnswer(name, kept.required(session, name))


@api.change("PUT", "/saved/{name}", SavedAnswer, act=Act.EDIT)
def save_search(bearer: Token, name: Name, body: Query) -> SavedAnswer:
    """Keeps a search under a name, in the place of the one that had it."""
    _check(bearer)
    with transaction() as session:
        row, _ = acts.save(session, bearer.actor, name, body.query)
        return SavedAnswer(row.name, row.query)


@api.change("DELETE", "/saved/{name}", act=Act.EDIT, status=204, errors=(404,))
def forget_search(bearer: Token, name: Name) -> Response:
    """Forgets a saved search."""
    _check(bearer)
    with transaction() as session, looked_up():
        acts.remove(session, bearer.actor, name)
    return Response(status_code=204)


def _check(bearer: Bearer) -> None:
    if bearer.channels is not None:
        raise NotAllowed(LIMITED)
