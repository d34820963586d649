"""How a worker's lease tokens begin: whoever follows a killed one under its name ends its leases.

Revision 20261126_worker_leases, after 20261126_outbox_published_index.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_worker_leases"
down_revision = "20261126_outbox_published_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("worker_heartbeats", sa.Column("leases", sa.Text(), nullable=True))
    op.add_column("worker_heartbeats", sa.Column("place", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("worker_heartbeats", "place")
    op.drop_column("worker_heartbeats", "leases")
