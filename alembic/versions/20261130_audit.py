"""Audit entries: who did what, when.

Revision 20261130_audit, after 20261130_thumbnails. A new table, so the lock is short.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261130_audit"
down_revision = "20261130_thumbnails"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), server_default="", nullable=False),
        sa.Column("details", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("idx_audit_entries_actor", "audit_entries", ["actor", sa.text("id DESC")])
    op.create_index("idx_audit_entries_act", "audit_entries", ["act", sa.text("id DESC")])


def downgrade() -> None:
    op.drop_table("audit_entries")
