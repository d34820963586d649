"""Forgetting: tombstones, what is being erased, and indexes for the checks of foreign keys that erasing makes.

Revision 20261130_forget, after 20261130_budget_caps. New tables, and one column with a constant default, which rewrites
nothing. The indexes are built beside live traffic: safe to repeat after a build that failed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261130_forget"
down_revision = "20261130_budget_caps"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
BORROWED = sa.text("borrowed_from IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("belongs_to", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["belongs_to"], ["tombstones.id"], name=op.f("fk_tombstones_belongs_to"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("kind", "digest", name=op.f("ux_tombstones_kind_digest")),
    )
    op.create_index("idx_tombstones_belongs_to", "tombstones", ["belongs_to"])
    op.create_table(
        "tombstone_key",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_tombstone_key_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone_key")),
    )
    op.create_table(
        "forgetting",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("late_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forgetting")),
    )
    op.create_table(
        "forgetting_files",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("tombstone_id", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_forgetting_files")),
    )
    op.create_index("idx_forgetting_files_tombstone_id", "forgetting_files", ["tombstone_id"])
    op.add_column("questions", sa.Column("forgotten", sa.BigInteger(), server_default="0", nullable=False))
    create_index_concurrently("idx_post_media_post_id", "post_media", ["post_id"])
    create_index_concurrently(
        "idx_media_vision_borrowed_from", "media_vision", ["borrowed_from"], postgresql_where=BORROWED
    )


def downgrade() -> None:
    drop_index_concurrently("idx_media_vision_borrowed_from")
    drop_index_concurrently("idx_post_media_post_id")
    op.drop_column("questions", "forgotten")
    for table in ("forgetting_files", "forgetting", "tombstone_key", "tombstones"):
        op.drop_table(table)
    # A release without the step would leave its rows due for ever, and the count of steps would not know it.
    op.execute("DELETE FROM work WHERE step = 'forget'")
