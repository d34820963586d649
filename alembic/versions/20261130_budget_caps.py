"""Caps of paid providers that operators set in place of the settings.

Revision 20261130_budget_caps, after 20261130_exports. A new table and an empty column: the locks are short.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261130_budget_caps"
down_revision = "20261130_exports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budget_caps",
        sa.Column("budget", sa.Text(), nullable=False),
        sa.Column("span", sa.Text(), nullable=False),
        sa.Column("lasting", sa.Boolean(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("span IN ('day', 'month')", name=op.f("ck_budget_caps_span")),
        sa.CheckConstraint("tokens >= 0", name=op.f("ck_budget_caps_tokens")),
        sa.CheckConstraint("lasting = (until IS NULL)", name=op.f("ck_budget_caps_until")),
        sa.PrimaryKeyConstraint("budget", "span", "lasting", name=op.f("pk_budget_caps")),
    )
    op.add_column("paid_providers", sa.Column("wake_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("paid_providers", "wake_since")
    op.drop_table("budget_caps")
