"""What stays of events that are kept no longer.

Revision 20261126_outbox_dropped, after 20261125_work_turn_index.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_outbox_dropped"
down_revision = "20261125_work_turn_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox_dropped",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_dropped")),
        sa.UniqueConstraint("key", name=op.f("ux_outbox_dropped_key")),
    )


def downgrade() -> None:
    op.drop_table("outbox_dropped")
