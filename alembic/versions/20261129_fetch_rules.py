"""What is fetched of each channel, and what was left out by these limits.

Revision 20261129_fetch_rules, after 20261127_trace_index. Columns without a default and a new table: no row is written.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261129_fetch_rules"
down_revision = "20261129_channel_identity"
branch_labels = None
depends_on = None

COLUMNS = (
    ("fetch_kinds", sa.ARRAY(sa.Text())),
    ("fetch_max_bytes", sa.BigInteger()),
    ("fetch_since", sa.Date()),
    ("history_left_before", sa.Date()),
)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("channels", sa.Column(name, kind, nullable=True))
    op.create_table(
        "left_out_media",
        sa.Column("media_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_left_out_media")),
    )
    op.create_index(
        "idx_left_out_media_channel_id", "left_out_media", ["channel_id", "media_id"], postgresql_include=["bytes"]
    )


def downgrade() -> None:
    op.drop_table("left_out_media")
    for name, _ in reversed(COLUMNS):
        op.drop_column("channels", name)
