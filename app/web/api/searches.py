"""Searches over the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from app.domain.request_limits import Cost
from app.search.filters import Filters
from app.search.query import Order
from app.web.api.admission import Token
from app.web.api.answers import Paged
from app.web.api.parameters import Cursor
from app.web.api.routes import Api
from app.web.pages.search import HITS, SearchPage, search_page

api = Api("search")

MOST = 100


@dataclass(frozen=True, kw_only=True)
class SearchAnswer(SearchPage):
    """A page of hits. next: the address of the page after it."""

    next: str | None


@api.get("/search", SearchAnswer, cost=Cost.SEARCH)
def search(
    bearer: Token,
    q: Annotated[str, Query(max_length=1_000, description="In the language of docs/search.md")] = "",
    order: Order = "relevance",
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = HITS,
) -> Paged:
    """The hits of a query: by date all that match, the newest first, without end; by relevance the best 1,000.

    A cursor of relevance holds for 15 minutes. The facets are those of the first page alone.
    """
    found = search_page(q, order, cursor, limit, Filters(within=bearer.channels))
    return Paged(found, found.cursor)
