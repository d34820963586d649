"""The search: its box and form, hits with why they match, facets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Query, Request
from fastapi.responses import RedirectResponse

from app import wiring
from app.browse.shown import Shown, shown
from app.db import transaction
from app.domain.access.roles import Act
from app.domain.query.form import FIELDS, beside, filled, parts, refined, without
from app.domain.query.operators import limit_of
from app.domain.query.parser import parse
from app.domain.query.printer import to_text
from app.domain.query.tree import Limit, Node, Operator
from app.errors import UserError
from app.search.counts import Counts
from app.search.filters import Filters
from app.search.hits import Hit
from app.search.query import Order, counts_of, find
from app.search.spelling import Correction
from app.web.admission import needs
from app.web.answers import see
from app.web.rendering import language_of
from app.web.views import Views

views = Views()

HITS = 20  # of a page
# Facets whose values are filters of the same name.
COUNTED = (Operator.CHANNEL, Operator.KIND, Operator.CLASS, Operator.LANG, Operator.HAS, Operator.TAG)


@dataclass(frozen=True)
class Chip:
    """A part of the query. left: the query without it."""

    text: str
    left: str


@dataclass(frozen=True)
class Choice:
    """A value of a facet. hits: that have it; more: the query with it."""

    value: str
    hits: int
    more: str


@dataclass(frozen=True)
class Found:
    """A hit, and its publication."""

    hit: Hit
    shown: Shown


@dataclass(frozen=True)
class SearchPage:
    """A page of hits; none before anything was asked. counted: whether facets were counted in time."""

    query: str
    order: Order
    hits: tuple[Found, ...] = ()
    cursor: str | None = None
    notes: Sequence[str] = ()
    corrections: Sequence[Correction] = ()
    chips: tuple[Chip, ...] = ()
    form: dict[str, str] | None = None
    facets: dict[str, tuple[Choice, ...]] | None = None
    counted: bool = True
    total: int | None = None  # hits of words and filters; with `many` there are more
    many: bool = False


@views.view("/search", "search.html")
def search(q: str = "", order: Order = "relevance", cursor: str | None = None) -> SearchPage:
    """The hits of a query."""
    return search_page(q, order, cursor)


def search_page(
    q: str, order: Order, cursor: str | None = None, limit: int = HITS, filters: Filters | None = None
) -> SearchPage:
    """The same, with limits beside those of the query. UserError as `find`."""
    if not q.strip():
        return SearchPage(q, order, form={})
    tree = parse(q)
    with transaction() as session:  # the list of hits by relevance is kept for the next pages
        page = find(session, q, embedder=wiring.embedder(), order=order, limit=limit, cursor=cursor, filters=filters)
        counted = counts_of(session, q, filters) if cursor is None else Counts({})
        publications = {one.id: one for one in shown(session, [hit.publication_id for hit in page.hits])}
    return SearchPage(
        query=q,
        order=order,
        hits=tuple(
            Found(hit, publications[hit.publication_id]) for hit in page.hits if hit.publication_id in publications
        ),
        cursor=page.cursor,
        notes=page.notes,
        corrections=page.corrections,
        chips=tuple(Chip(to_text(part), to_text(without(tree, part))) for part in parts(tree)),
        form={operator.value: value for operator, value in filled(tree).items()},
        facets=_facets(tree, counted),
        counted=counted.values is not None,
        total=None if cursor else counted.hits,
        many=counted.more,
    )


@views.router.get("/search/refine")
@needs(Act.READ)
def refine(
    request: Request,
    q: str = "",
    order: Order = "relevance",
    channel: str = "",
    kind: str = "",
    class_: Annotated[str, Query(alias="class")] = "",
    lang: str = "",
    has: str = "",
    after: str = "",
    before: str = "",
) -> RedirectResponse:
    """The search whose box has the fields of the form."""
    values = (channel, kind, class_, lang, has, after, before)
    tree = refined(parse(q), dict(zip(FIELDS, values, strict=True)))
    text = to_text(tree, russian=language_of(request) == "ru")
    asked = {"q": text} | ({"order": order} if order != "relevance" else {})
    return see(f"/search?{urlencode(asked, quote_via=quote)}")


def _facets(tree: Node, counted: Counts) -> dict[str, tuple[Choice, ...]]:
    """The values that narrow the search: none that all hits have already, or that no filter can name."""
    found = {}
    for operator in COUNTED:
        choices = [
            Choice(value, hits, to_text(beside(tree, limit)))
            for value, hits in (counted.values or {}).get(operator.value, {}).items()
            if (limit := _limit(operator, value)) is not None and limit not in parts(tree)
        ]
        found[operator.value] = tuple(choices)
    return {name: choices for name, choices in found.items() if choices}


def _limit(operator: Operator, value: str) -> Limit | None:
    try:
        return limit_of(operator, value)
    except UserError:  # a tag of an earlier release, say
        return None
