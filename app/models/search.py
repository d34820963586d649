"""The tables of search: one document for each publication, one embedding for each document and embedder."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from pgvector.sqlalchemy import Vector
from sqlalchemy import Computed, Connection, ForeignKey, Index, Text
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.models.base import Base, Now

# `russian` sends ASCII words to english_stem, so one column serves both languages.
TSV = (
    "setweight(to_tsvector('russian'::regconfig, text), 'A') || "
    "setweight(to_tsvector('russian'::regconfig, tags), 'B') || "
    "setweight(to_tsvector('russian'::regconfig, ocr), 'C') || "
    "setweight(to_tsvector('russian'::regconfig, labels), 'D')"
)


# The moment by which lists are ordered: a message without a date stands at the end, and a row comparison reaches it.
MOMENT = "coalesce(posted_at, '-infinity'::timestamptz)"
CODES = "idx_search_documents_codes"


class SearchDocument(Base):
    """The search document of a publication.

    tags and labels are joined by line ends, because a generated column cannot read an array.
    """

    __tablename__ = "search_documents"
    __table_args__ = (
        Index("idx_search_documents_tsv", "tsv", postgresql_using="gin"),
        Index("idx_search_documents_channel_id_posted_at", "channel_id", sql("posted_at DESC")),  # --channel, --since
        # kind:, class:, tag:, lang:, has:, from:
        Index("idx_search_documents_facets", "facets", postgresql_using="gin"),
        # parts of codes inside pictures; only where the server has the extension pg_trgm
        Index(CODES, "codes", postgresql_using="gin", postgresql_ops={"codes": "gin_trgm_ops"}),
        # sweep: documents of an earlier version, which are left to fill
        Index("idx_search_documents_without_facets", "publication_id", postgresql_where=sql("facets IS NULL")),
        # hits by date, endless, of all channels and of one
        Index("idx_search_documents_moment", sql(f"{MOMENT} DESC"), sql("publication_id DESC")),
        Index(
            "idx_search_documents_channel_id_moment", "channel_id", sql(f"{MOMENT} DESC"), sql("publication_id DESC")
        ),
    )

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("publications.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="RESTRICT"))
    revision: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    tags: Mapped[str] = mapped_column(Text)  # one tag in a line
    ocr: Mapped[str] = mapped_column(Text)
    labels: Mapped[str] = mapped_column(Text)  # labels, descriptions, file names: a line each
    tag_list: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=sql("'{}'"))
    # NULL until the step indexes a document of an earlier version again.
    facets: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    codes: Mapped[str | None] = mapped_column(Text)  # ocr as app/domain/codes.py folds it; NULL as facets
    language: Mapped[str | None] = mapped_column(Text)
    posted_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    content_hash: Mapped[str] = mapped_column(
        Text
    )  # sha256 of the indexed content: if it is equal, indexing has no work
    tsv: Mapped[str] = mapped_column(TSVECTOR, Computed(TSV, persisted=True))
    indexed_at: Mapped[Now]


class SavedSearch(Base):
    """A search that a person keeps under a name; search:NAME in a query stands for it."""

    __tablename__ = "saved_searches"

    name: Mapped[str] = mapped_column(Text, primary_key=True)  # folded: app/domain/facets.py
    query: Mapped[str] = mapped_column(Text)  # as app/domain/query prints it
    created_at: Mapped[Now]
    changed_at: Mapped[Now]  # of its query: alerts on it look at posts from then on


class SearchList(Base):
    """Hits of one search by relevance, in order: pages of it stay the same while posts arrive. The sweeper ends it."""

    __tablename__ = "search_lists"
    __table_args__ = (Index("idx_search_lists_made_at", "made_at"),)  # sweep: those that ran out

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(Text)
    shown: Mapped[str] = mapped_column(Text)  # the query with its words corrected
    hits: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)  # app.search.ranked.Ranked, one for each hit
    made_at: Mapped[Now]


class SearchEmbedding(Base):
    """The embedding of a document by one embedder.

    The column has no dimension: a migration makes a partial HNSW index on (embedding::vector(n)) for each embedder.
    """

    __tablename__ = "search_embeddings"

    publication_id: Mapped[int] = mapped_column(
        ForeignKey("search_documents.publication_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    embedder: Mapped[str] = mapped_column(Text, primary_key=True)
    content_hash: Mapped[str] = mapped_column(Text)
    embedding: Mapped[list[float]] = mapped_column(Vector())


def has_embeddings(database: Session | Connection) -> bool:
    """Whether the table of embeddings exists, which needs the extension `vector`; else search is by words only."""
    return bool(database.scalar(sql(f"SELECT to_regclass('{SearchEmbedding.__tablename__}') IS NOT NULL")))
