"""The index by which the sweeper takes the flow before a re-reading, built beside live traffic.

Revision 20261125_work_turn_index, after 20261125_open_calls_index.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261125_work_turn_index"
down_revision = "20261125_open_calls_index"
branch_labels = None
depends_on = None

TURN = "idx_work_turn"


def upgrade() -> None:
    flow = sa.text("(asked IS DISTINCT FROM 'reread')")
    create_index_concurrently(TURN, "work", ["step", flow, "hint_at"], postgresql_where=sa.text("state = 'due'"))


def downgrade() -> None:
    drop_index_concurrently(TURN)
