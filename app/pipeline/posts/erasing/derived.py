"""Erases all that was made from publications: documents, enrichments, lineage, events, paid and other answers.

The caller has locked the publications; those that stay are made anew at a new revision.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.domain.kinds import Step
from app.models import (
    AlertHit,
    OutboxEvent,
    Post,
    PostEnrichment,
    Publication,
    SearchDocument,
    TagChange,
)
from app.pipeline.posts import search_words
from app.pipeline.posts.erasing import paid, questions
from app.pipeline.posts.search_trends import TRENDS

# Lists of hits live for a quarter of an hour, so there are few.
LISTS = text("""
    DELETE FROM search_lists WHERE EXISTS (
        SELECT FROM jsonb_array_elements(hits) AS hit WHERE CAST(hit ->> 'id' AS bigint) = ANY(:ids)
    )
""")


def erase(session: Session, publications: Collection[int]) -> None:
    """Erases all of it, of these publications."""
    if not publications:
        return
    ids = sorted(publications)
    session.execute(update(Publication).where(Publication.id.in_(ids)).values(lead_post_id=None))
    _documents(session, ids)
    questions.erase(session, ids)
    of_posts = select(Post.id).where(Post.publication_id.in_(ids))
    # A hit says that an alert told of the publication, and stays with one that stays; its hash is of forgotten words.
    session.execute(update(AlertHit).where(AlertHit.publication_id.in_(ids)).values(content_hash=None))
    session.execute(delete(PostEnrichment).where(PostEnrichment.post_id.in_(of_posts)))
    session.execute(delete(TagChange).where(TagChange.publication_id.in_(ids)))
    session.execute(delete(OutboxEvent).where(OutboxEvent.publication_id.in_(ids)))
    paid.erase(session, Step.TAG, ids)


def _documents(session: Session, ids: Collection[int]) -> None:
    """Erases documents with their embeddings; their words and trends count no longer."""
    found = session.scalars(select(SearchDocument.publication_id).where(SearchDocument.publication_id.in_(ids))).all()
    search_words.count(session, dict.fromkeys(found, ""))
    TRENDS.count(session, dict.fromkeys(found, ""))
    session.execute(delete(SearchDocument).where(SearchDocument.publication_id.in_(found)))
    session.execute(LISTS, {"ids": list(ids)})
