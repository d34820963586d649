"""Why one post is, or is not, a hit of a query: each part of the query judged on it, and its place by relevance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from app.domain.query.printer import to_text
from app.models import Channel, SearchDocument
from app.ports import Embedder
from app.search.explained import Explained, explain
from app.search.judged import Asked, Verdict, judged
from app.search.limits import limited
from app.search.query import parsed, ranking
from app.search.spelling import Correction


@dataclass(frozen=True)
class Answer:
    """query: as it is printed. verdict: it holds where order by date shows the post; None for a post without an index.

    place: among the `hits` by relevance, from 1 on; None: it is not among them. explained: why it is. corrections: of
    words that no post has; they count by relevance alone. has: values of the post by the names of filters.
    """

    query: str
    verdict: Verdict | None = None
    hits: int = 0
    place: int | None = None
    explained: Explained | None = None
    corrections: tuple[Correction, ...] = ()
    has: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def why_found(session: Session, query: str, publication: int, embedder: Embedder | None) -> Answer:
    """The answer for one publication. UserError as `find` of app/search/query.py."""
    search = replace(parsed(session, query), embedder=embedder)
    document = session.get(SearchDocument, publication)
    if document is None:
        return Answer(to_text(search.asked))
    with limited(session):
        asked = Asked(search.asked, search.reading, search.lookup)
        verdict = judged(session, asked, [publication])[publication]
        found = ranking(session, search)
        place = next((n for n, hit in enumerate(found.hits, start=1) if hit.publication_id == publication), None)
        told = {}
        if place is not None:
            instead = {one.word: one.by for one in found.corrections}
            told = explain(session, replace(asked, instead=instead), [found.hits[place - 1]])
    return Answer(
        to_text(search.asked),
        verdict,
        len(found.hits),
        place,
        told.get(publication),
        tuple(found.corrections),
        _has(document, session.get_one(Channel, document.channel_id)),
    )


def _has(document: SearchDocument, channel: Channel) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for facet in document.facets or ():
        name, _, value = facet.partition(":")
        found[name].append(value)
    found["channel"] = [f"@{channel.username}" if channel.username else channel.title or channel.reference]
    found["date"] = [f"{document.posted_at:%Y-%m-%dT%H:%M}"] if document.posted_at else []
    return {name: tuple(values) for name, values in found.items()}
