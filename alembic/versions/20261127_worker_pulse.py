"""What a process has in hand, whether that moves, and whether it ended in good order.

Revision 20261127_worker_pulse, after 20261126_worker_leases.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_worker_pulse"
down_revision = "20261126_worker_leases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("worker_heartbeats", sa.Column("busy_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("worker_heartbeats", sa.Column("hangs", sa.Text(), nullable=True))
    op.add_column("worker_heartbeats", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("worker_heartbeats", "ended_at")
    op.drop_column("worker_heartbeats", "hangs")
    op.drop_column("worker_heartbeats", "busy_since")
