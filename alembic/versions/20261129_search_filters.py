"""Filters and orders of search: facets, codes of pictures, lists by date, saved searches, kept lists of hits.

Revision 20261129_search_filters, after 20261129_look_alikes. The indexes are built beside live traffic; facets of
older documents are filled when the step indexes them again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261129_search_filters"
down_revision = "20261129_look_alikes"
branch_labels = None
depends_on = None

FACETS, MOMENT = "idx_search_documents_facets", "idx_search_documents_moment"
CHANNEL_MOMENT, LEFT = "idx_search_documents_channel_id_moment", "idx_search_documents_without_facets"
NEWEST = [sa.text("coalesce(posted_at, '-infinity'::timestamptz) DESC"), sa.text("publication_id DESC")]


def upgrade() -> None:
    op.add_column("search_documents", sa.Column("facets", ARRAY(sa.Text()), nullable=True))
    op.add_column("search_documents", sa.Column("codes", sa.Text(), nullable=True))
    op.create_table(
        "saved_searches",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_saved_searches")),
    )
    op.create_table(
        "search_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("hits", JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_lists")),
    )
    op.create_index("idx_search_lists_made_at", "search_lists", ["made_at"])
    create_index_concurrently(FACETS, "search_documents", ["facets"], postgresql_using="gin")
    left = {"postgresql_where": sa.text("facets IS NULL")}
    create_index_concurrently(LEFT, "search_documents", ["publication_id"], **left)
    create_index_concurrently(MOMENT, "search_documents", NEWEST)
    create_index_concurrently(CHANNEL_MOMENT, "search_documents", [sa.text("channel_id"), *NEWEST])


def downgrade() -> None:
    for name in (CHANNEL_MOMENT, MOMENT, LEFT, FACETS):
        drop_index_concurrently(name)
    op.drop_table("search_lists")
    op.drop_table("saved_searches")
    op.drop_column("search_documents", "codes")
    op.drop_column("search_documents", "facets")
