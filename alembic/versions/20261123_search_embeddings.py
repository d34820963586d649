"""The vector extension and the embeddings, where the server has the one: else search is full text only.

Safe to repeat: `media-audit db upgrade` runs it again when the extension came later.
Revision 20261123_search_embeddings, after 20261123_posts_grouped_index.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector

from app.ddl import has_vector

revision = "20261123_search_embeddings"
down_revision = "20261123_posts_grouped_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not has_vector():
        return
    op.create_table(
        "search_embeddings",
        sa.Column("publication_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("embedder", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("embedding", Vector(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["search_documents.publication_id"],
            name=op.f("fk_search_embeddings_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication_id", "embedder", name=op.f("pk_search_embeddings")),
        if_not_exists=True,
    )


def downgrade() -> None:
    # The extension stays: it may have been there before, and others may use it.
    op.drop_table("search_embeddings", if_exists=True)
