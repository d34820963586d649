"""Counts of facets beside the hits of a search, over a bounded number of them, and within a bounded time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import CompoundSelect, func, literal, select, text, union_all
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.models import Channel, SearchDocument
from app.search.conditions import Condition

MOST = 10_000  # hits that are counted
SECONDS = 0.08  # facets never cost more than the page that they stand beside
SHOWN = 10  # values of each name, the most frequent first

_TOO_LONG = "57014"


@dataclass(frozen=True)
class Counts:
    """Hits by facet name and value, the most frequent first. hits: how many were counted. more: whether others match.

    values is None where counting took too long.
    """

    values: Mapping[str, Mapping[str, int]] | None
    hits: int = 0
    more: bool = False


def counts(session: Session, condition: Condition) -> Counts:
    """The facets of the strict set: of all hits, or of 10,000 of them where there are more."""
    session.execute(text("SAVEPOINT facets"))
    session.execute(text(f"SET LOCAL statement_timeout = {int(SECONDS * 1000)}"))
    try:
        found = session.execute(_counted(condition)).all()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _TOO_LONG:
            raise
        session.execute(text("ROLLBACK TO SAVEPOINT facets"))
        return Counts(None)
    session.execute(text("ROLLBACK TO SAVEPOINT facets"))  # nothing was written; the limit of time goes with it
    return _counts(dict(found))


def _counted(condition: Condition) -> CompoundSelect[str, int]:
    hits = (
        select(SearchDocument.facets, SearchDocument.channel_id)
        .where(condition)
        .limit(MOST + 1)
        .cte("hits")
        .prefix_with("MATERIALIZED")
    )
    unnested = func.unnest(hits.c.facets).table_valued("name", joins_implicitly=True)
    facet = unnested.c.name
    channel = func.coalesce(func.nullif(Channel.title, ""), Channel.reference)
    by_channel = (
        select(literal("channel:") + channel, func.count())
        .join_from(hits, Channel, Channel.id == hits.c.channel_id)
        .group_by(channel)
    )
    by_facet = select(facet, func.count()).select_from(hits, unnested).group_by(facet)
    return union_all(select(literal("").label("name"), func.count()).select_from(hits), by_facet, by_channel)


def _counts(found: Mapping[str, int]) -> Counts:
    values: dict[str, dict[str, int]] = defaultdict(dict)
    for name, number in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])):
        kind, _, value = name.partition(":")
        if kind and len(values[kind]) < SHOWN:
            values[kind][value] = number
    hits = found.get("", 0)
    return Counts(dict(values), min(hits, MOST), hits > MOST)
