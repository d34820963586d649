"""The index of album siblings, built beside live traffic.

Revision 20261123_posts_grouped_index, after 20261123_initial.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261123_posts_grouped_index"
down_revision = "20261123_initial"
branch_labels = None
depends_on = None

NAME = "idx_posts_with_grouped_id"


def upgrade() -> None:
    where = sa.text("grouped_id IS NOT NULL")
    create_index_concurrently(NAME, "posts", ["channel_id", "grouped_id"], postgresql_where=where)


def downgrade() -> None:
    drop_index_concurrently(NAME)
