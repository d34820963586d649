"""The index by which a part of a code inside a picture is found, built beside live traffic.

Safe to repeat: `media-audit db upgrade` runs it again when the extension pg_trgm came later.
Revision 20261129_search_codes, after 20261129_search_filters.
"""

from __future__ import annotations

from app.ddl import create_index_concurrently, drop_index_concurrently, has_trigrams

revision = "20261129_search_codes"
down_revision = "20261129_search_filters"
branch_labels = None
depends_on = None

CODES = "idx_search_documents_codes"


def upgrade() -> None:
    if has_trigrams():
        options = {"postgresql_using": "gin", "postgresql_ops": {"codes": "gin_trgm_ops"}}
        create_index_concurrently(CODES, "search_documents", ["codes"], **options)


def downgrade() -> None:
    drop_index_concurrently(CODES)
