"""Tokens of feeds of alerts, as hashes.

Revision 20261130_feed_tokens, after 20261130_forget.
A column without a default, and an index that is built beside live traffic: safe to repeat after a build that failed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261130_feed_tokens"
down_revision = "20261130_forget"
branch_labels = None
depends_on = None

TABLE, INDEX = "alert_destinations", "ux_alert_destinations_token_hash"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("token_hash", sa.Text(), nullable=True), if_not_exists=True)
    create_index_concurrently(
        INDEX, TABLE, ["token_hash"], unique=True, postgresql_where=sa.text("token_hash IS NOT NULL")
    )


def downgrade() -> None:
    drop_index_concurrently(INDEX)
    op.drop_column(TABLE, "token_hash")
