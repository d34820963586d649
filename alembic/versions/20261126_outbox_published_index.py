"""The index by which retention finds the events that were sent longest ago, built beside live traffic.

Revision 20261126_outbox_published_index, after 20261126_outbox_dropped.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261126_outbox_published_index"
down_revision = "20261126_outbox_dropped"
branch_labels = None
depends_on = None

PUBLISHED = "idx_outbox_events_published"


def upgrade() -> None:
    sent = sa.text("published_at IS NOT NULL")
    create_index_concurrently(PUBLISHED, "outbox_events", ["published_at"], postgresql_where=sent)


def downgrade() -> None:
    drop_index_concurrently(PUBLISHED)
