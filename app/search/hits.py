"""Hits as a reader needs them: where the post is, why it was found, its best fragment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.documents import opening, snippet
from app.domain.permalinks import permalink_if_known
from app.domain.query.parts import texts_only
from app.domain.query.tree import Node
from app.models import Channel, Post, Publication, SearchDocument
from app.search import fulltext
from app.search.explained import Explained
from app.search.ranked import MEANING, Place, Ranked


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
    places: Mapping[str, Place]  # its place in each list by relevance that has it
    explained: Explained | None = None  # where it was asked for


def hits_of(
    session: Session, tree: Node, ranked: Sequence[Ranked], explained: Mapping[int, Explained] | None = None
) -> list[Hit]:
    """The hits in the same order, without those whose document is gone. explained: why each is one, where asked."""
    ids = [one.publication_id for one in ranked]
    texts = texts_only(tree)
    matches = fulltext.explain(session, texts, ids) if texts is not None else {}
    rows = session.execute(
        select(SearchDocument, Post, Channel)
        .join(Publication, Publication.id == SearchDocument.publication_id)
        .join(Post, Post.id == Publication.lead_post_id)
        .join(Channel, Channel.id == Publication.channel_id)
        .where(SearchDocument.publication_id.in_(ids))
    )
    found = {document.publication_id: (document, post, channel) for document, post, channel in rows}
    none = fulltext.Match((), None)
    return [
        replace(
            _hit(*found[one.publication_id], matches.get(one.publication_id, none), one),
            explained=(explained or {}).get(one.publication_id),
        )
        for one in ranked
        if one.publication_id in found
    ]


def _hit(document: SearchDocument, post: Post, channel: Channel, match: fulltext.Match, ranked: Ranked) -> Hit:
    message_id = post.telegram_message_id
    return Hit(
        publication_id=document.publication_id,
        post_id=post.id,
        message_id=message_id,
        channel=channel.title or channel.reference,
        permalink=permalink_if_known(channel.username, channel.telegram_id, message_id),
        posted_at=document.posted_at,
        deleted_at=document.deleted_at,
        score=ranked.score,
        snippet=_snippet(document, match),
        where=(*match.where, MEANING) if MEANING in ranked.places else match.where,
        tags=tuple(document.tag_list),
        places=ranked.places,
    )


def _snippet(document: SearchDocument, match: fulltext.Match) -> str:
    if match.headline is not None:
        return snippet(match.headline)
    return opening(document.text or document.ocr or document.labels or document.tags)
