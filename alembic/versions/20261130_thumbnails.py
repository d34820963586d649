"""Thumbnails: the walk through files of an old archive, whose thumbnails the sweeper makes due.

Revision 20261130_thumbnails, after 20261130_stuck_list. A table of one row, so the lock is short.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261130_thumbnails"
down_revision = "20261130_stuck_list"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "thumbnail_fill",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_thumbnail_fill_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thumbnail_fill")),
    )
    op.execute("INSERT INTO thumbnail_fill SELECT 1, 0 WHERE EXISTS (SELECT FROM media_files)")


def downgrade() -> None:
    op.drop_table("thumbnail_fill")
    # A release without the step would leave its rows due for ever, and the count of steps would not know it.
    op.execute("DELETE FROM work WHERE step = 'thumbnail'")
