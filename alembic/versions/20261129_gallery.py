"""The gallery: a row for each medium that the archive shows, which the sweeper fills for an old archive.

Revision 20261129_gallery, after 20261129_unknown_calls. The index on post_media is built beside live traffic and before
all else, so the migration is safe to repeat. The rest is empty tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261129_gallery"
down_revision = "20261129_unknown_calls"
branch_labels = None
depends_on = None

REPLACED = "idx_post_media_replaced"


def upgrade() -> None:
    create_index_concurrently(REPLACED, "post_media", ["post_id"], postgresql_where=sa.text("replaced_at IS NOT NULL"))
    op.create_table(
        "shown",
        sa.Column("media_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_shown")),
    )
    _lists()
    op.create_table(
        "shown_fill",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_shown_fill_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_fill")),
    )
    op.execute("INSERT INTO shown_fill SELECT 1, 0 WHERE EXISTS (SELECT FROM publications)")


def downgrade() -> None:
    drop_index_concurrently(REPLACED)
    for table in ("shown_fill", "shown"):
        op.drop_table(table)


def _lists() -> None:
    op.create_index("idx_shown_posted_at", "shown", ["posted_at", "media_id"])
    op.create_index("idx_shown_channel_id", "shown", ["channel_id", "posted_at", "media_id"])
    op.create_index("idx_shown_kind", "shown", ["kind", "posted_at", "media_id"])
    op.create_index(
        "idx_shown_cluster_id",
        "shown",
        ["cluster_id", "posted_at", "media_id"],
        postgresql_include=["channel_id", "kind"],
    )
