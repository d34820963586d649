"""Searches by words and by meaning, and merges both results into one list with each publication once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.documents import clean, opening, snippet
from app.domain.permalinks import permalink
from app.errors import UserError
from app.models import Channel, Post, Publication, SearchDocument
from app.ports import Embedder
from app.search import fulltext
from app.search.filters import Filters, find_channels
from app.search.semantic import by_meaning

# Reciprocal rank fusion: the sum of 1 / (K + rank) over the lists that have the document; K = 60 as in Cormack, Clarke
# and Buettcher, Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods, SIGIR 2009.
K = 60
LONGEST_QUERY = 1000  # characters; the rest of a longer query is ignored


@dataclass(frozen=True)
class Hit:
    """A publication found. snippet: one safe line with matched words between **."""

    publication_id: int
    post_id: int  # the lead post's row, as `explain` takes it
    message_id: int  # the lead post's id in Telegram
    channel: str  # title, or the reference by which the channel was added
    permalink: str | None  # None until the channel was resolved
    posted_at: datetime | None
    deleted_at: datetime | None  # when it was deleted in Telegram; the archive still has it
    score: float
    snippet: str
    where: tuple[str, ...]  # of text, ocr, labels, tags, meaning
    tags: tuple[str, ...]


def search(
    session: Session,
    query: str,
    *,
    embedder: Embedder | None,
    limit: int = 10,
    channel: str | None = None,
    since: datetime | None = None,
    deleted: bool = True,
) -> list[Hit]:
    """The best `limit` publications for a query, best first.

    channel: @name, title, reference or id of one channel. since: timezone-aware start of the time span. deleted: also
    posts deleted in Telegram. Without embedder or vector extension it searches by words only. UserError for an empty
    query, a limit below 1 or an unknown channel.
    """
    wanted = clean(query)[:LONGEST_QUERY]
    if not wanted or limit < 1:
        raise UserError("nothing to search for: give at least one word, and a limit of 1 or more")
    filters = Filters(find_channels(session, channel) if channel else None, since, deleted)
    words = fulltext.by_words(session, wanted, filters, max(limit, fulltext.CANDIDATES))
    meaning = by_meaning(session, wanted, embedder, filters) if embedder else []
    scores = fuse(words, meaning)
    return _hits(session, wanted, dict(list(scores.items())[:limit]), frozenset(meaning))


def fuse(*rankings: Sequence[int]) -> dict[int, float]:
    """Ids with their fused scores, the best first; equal scores keep the order of the first list that has the id."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1 / (K + rank)
    return dict(sorted(scores.items(), key=lambda pair: -pair[1]))


def _hits(session: Session, query: str, scores: Mapping[int, float], meaning: frozenset[int]) -> list[Hit]:
    matches = fulltext.explain(session, query, list(scores))
    rows = session.execute(
        select(SearchDocument, Post, Channel)
        .join(Publication, Publication.id == SearchDocument.publication_id)
        .join(Post, Post.id == Publication.lead_post_id)
        .join(Channel, Channel.id == Publication.channel_id)
        .where(SearchDocument.publication_id.in_(scores))
    )
    found = {document.publication_id: (document, post, channel) for document, post, channel in rows}
    return [
        _hit(*found[id_], matches[id_], score, near=id_ in meaning) for id_, score in scores.items() if id_ in found
    ]


def _hit(
    document: SearchDocument, post: Post, channel: Channel, match: fulltext.Match, score: float, *, near: bool
) -> Hit:
    addressed = channel.username or channel.telegram_id
    message_id = post.telegram_message_id
    return Hit(
        publication_id=document.publication_id,
        post_id=post.id,
        message_id=message_id,
        channel=channel.title or channel.reference,
        permalink=permalink(channel.username, channel.telegram_id, message_id) if addressed else None,
        posted_at=document.posted_at,
        deleted_at=document.deleted_at,
        score=score,
        snippet=_snippet(document, match),
        where=(*match.where, "meaning") if near else match.where,
        tags=tuple(document.tag_list),
    )


def _snippet(document: SearchDocument, match: fulltext.Match) -> str:
    if match.headline is not None:
        return snippet(match.headline)
    return opening(document.text or document.ocr or document.labels or document.tags)
