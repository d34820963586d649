"""The tables of enrichments, such as vision and tags, and of the changes of tags."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class PostEnrichment(Base):
    """One kind of enrichment of a publication, on its lead post. Each kind has one writer and one schema of `metadata`.

    The schemas are in domain.enrichment.
    """

    __tablename__ = "post_enrichment"
    __table_args__ = (
        Index("ux_post_enrichment_post_kind", "post_id", "kind", unique=True),
        # containment queries by users: metadata @> '{"tags": ["..."]}'
        Index(
            "idx_post_enrichment_metadata",
            "metadata",
            postgresql_using="gin",
            postgresql_ops={"metadata": "jsonb_path_ops"},
        ),
        CheckConstraint("kind IN ('vision', 'vision_ocr', 'crawl', 'tags', 'classify', 'general')", name="kind"),
        CheckConstraint("status IN ('ok', 'partial', 'error')", name="status"),
    )

    id: Mapped[Pk]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="ok")
    data: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default="{}")
    updated_at: Mapped[Now]


class TagChange(Base):
    """One passage through the gate: why a publication was tagged or not, and the change of its tags."""

    __tablename__ = "tag_changes"
    __table_args__ = (
        Index("idx_tag_changes_publication_id", "publication_id", "id"),  # explain: the lineage of a post
        CheckConstraint("trigger IN ('initial', 'vision_retag', 'edit', 'manual')", name="trigger"),
    )

    id: Mapped[Pk]
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="RESTRICT"))
    revision: Mapped[int]
    trigger: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(
        Text
    )  # higher_version, features_changed, text_changed, asked, initial; same_input
    called_tagger: Mapped[bool]
    from_version: Mapped[int | None] = mapped_column(ForeignKey("vision_versions.id"))
    to_version: Mapped[int | None] = mapped_column(ForeignKey("vision_versions.id"))
    from_features: Mapped[str | None] = mapped_column(Text)  # features_hash before
    to_features: Mapped[str | None] = mapped_column(Text)
    tagger_version: Mapped[str] = mapped_column(Text)
    tagger_input_hash: Mapped[str] = mapped_column(Text)
    vocabulary: Mapped[str | None] = mapped_column(Text)  # its hash, empty without a controlled one; NULL in old rows
    problems: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # of partial answers
    added: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    removed: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    tokens: Mapped[int] = mapped_column(server_default="0")
    at: Mapped[Now]
