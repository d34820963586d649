"""The index by which a trace id out of a log or a dashboard leads to its publication, built beside live traffic.

Revision 20261127_trace_index, after 20261127_worker_pulse.
"""

from __future__ import annotations

from app.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261127_trace_index"
down_revision = "20261127_worker_pulse"
branch_labels = None
depends_on = None

TRACE = "idx_publications_trace_id"


def upgrade() -> None:
    create_index_concurrently(TRACE, "publications", ["trace_id"])


def downgrade() -> None:
    drop_index_concurrently(TRACE)
