"""Forgetting: the directories of unfinished exports that it removes.

Revision 20261130_forget_exports, after 20261130_feed_tokens. A column with a constant default, which rewrites nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261130_forget_exports"
down_revision = "20261130_feed_tokens"
branch_labels = None
depends_on = None

NONE = sa.text("'{}'")


def upgrade() -> None:
    op.add_column("forgetting", sa.Column("exports", postgresql.ARRAY(sa.Text()), server_default=NONE, nullable=False))


def downgrade() -> None:
    op.drop_column("forgetting", "exports")
