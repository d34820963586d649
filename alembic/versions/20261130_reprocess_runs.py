"""Runs that read or tag posts again, which the sweeper goes on with.

Revision 20261130_reprocess_runs, after 20261130_api_tokens. A new table, so the lock is short.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261130_reprocess_runs"
down_revision = "20261130_api_tokens"
branch_labels = None
depends_on = None


def upgrade() -> None:
    zero = {"server_default": "0", "nullable": False}
    op.create_table(
        "reprocess_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("scope", postgresql.JSONB(), nullable=False),
        sa.Column("choice", postgresql.JSONB(), nullable=False),
        sa.Column("versions", sa.Text(), server_default="", nullable=False),
        *(sa.Column(name, sa.BigInteger(), **zero) for name in ("until_id", "cursor", "subjects", "tokens", "rows")),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("act IN ('start', 'stop')", name=op.f("ck_reprocess_runs_act")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reprocess_runs")),
    )
    op.create_index(
        "ux_reprocess_runs_open",
        "reprocess_runs",
        ["what", "act", "scope"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("idx_reprocess_runs_what", "reprocess_runs", ["what", sa.text("id DESC")])


def downgrade() -> None:
    op.drop_table("reprocess_runs")
