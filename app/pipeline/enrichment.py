"""Reading and writing enrichments by the schemas of domain.enrichment, so that no two places name a field apart."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.models import PostEnrichment, Publication

M = TypeVar("M", VisionMetadata, TagsMetadata)
KINDS: dict[type[VisionMetadata] | type[TagsMetadata], str] = {VisionMetadata: "vision", TagsMetadata: "tags"}


def read(session: Session, publication: Publication, schema: type[M]) -> M | None:
    """The publication's enrichment of this schema's kind, or None."""
    query = select(PostEnrichment.data).where(
        PostEnrichment.post_id == publication.lead_post_id, PostEnrichment.kind == KINDS[schema]
    )
    data = session.scalars(query).first()
    return None if data is None else schema.model_validate(data)


def write(session: Session, publication: Publication, metadata: VisionMetadata | TagsMetadata) -> None:
    """Writes the row (lead post, kind)."""
    # `metadata` is the column's name; the attribute is called data, since metadata is SQLAlchemy's own word
    values = {"status": "ok", "metadata": metadata.model_dump(mode="json")}
    row = {"post_id": publication.lead_post_id, "kind": KINDS[type(metadata)], **values}
    statement = insert(PostEnrichment).values(row)
    session.execute(
        statement.on_conflict_do_update(index_elements=["post_id", "kind"], set_={**values, "updated_at": func.now()})
    )
