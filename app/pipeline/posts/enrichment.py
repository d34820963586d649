"""Reads and writes enrichments by the schemas of domain.enrichment, so that all places use the same field names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.models import PostEnrichment, Publication
from app.models.bulk import insert_all

M = TypeVar("M", VisionMetadata, TagsMetadata)
KINDS: dict[type[VisionMetadata] | type[TagsMetadata], str] = {VisionMetadata: "vision", TagsMetadata: "tags"}


def read(session: Session, publication: Publication, schema: type[M]) -> M | None:
    """The publication's enrichment of this schema's kind, or None."""
    return read_all(session, [publication], schema).get(publication.id)


def read_all(session: Session, publications: Iterable[Publication], schema: type[M]) -> dict[int, M]:
    """Enrichments of this schema's kind by publication id; leaves out publications without one."""
    leads = {p.lead_post_id: p.id for p in publications}
    query = select(PostEnrichment.post_id, PostEnrichment.data).where(
        PostEnrichment.post_id.in_(leads), PostEnrichment.kind == KINDS[schema]
    )
    return {leads[post]: schema.model_validate(data) for post, data in session.execute(query)}


def remove(session: Session, publication: Publication, schema: type[M]) -> bool:
    """Removes the row (lead post, kind); returns whether it existed."""
    found = delete(PostEnrichment).where(
        PostEnrichment.post_id == publication.lead_post_id, PostEnrichment.kind == KINDS[schema]
    )
    return session.scalars(found.returning(PostEnrichment.id)).first() is not None


def write_all(session: Session, metadata: Mapping[int, VisionMetadata] | Mapping[int, TagsMetadata]) -> None:
    """Writes the rows (lead post, kind). metadata: by lead post id."""
    rows = [
        # `metadata` is the column's name; the attribute is called data, since metadata is SQLAlchemy's own word
        {"post_id": post, "kind": KINDS[type(m)], "status": m.status, "metadata": m.model_dump(mode="json")}
        for post, m in metadata.items()
    ]
    if not rows:
        return
    statement = insert_all(PostEnrichment, rows)
    new = {"status": statement.excluded.status, "metadata": statement.excluded.metadata, "updated_at": func.now()}
    session.execute(statement.on_conflict_do_update(index_elements=["post_id", "kind"], set_=new))
