"""The indexes by which the sweeper takes live work first and wakes what waited, built beside live traffic.

Revision 20261125_work_turn_index, after 20261125_open_calls_index.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261125_work_turn_index"
down_revision = "20261125_open_calls_index"
branch_labels = None
depends_on = None

TURN, WAITING, BEFORE = "idx_work_turn", "idx_work_waiting", "idx_work_due"
DUE = sa.text("state = 'due'")


def upgrade() -> None:
    create_index_concurrently(TURN, "work", ["step", "turn", "hint_at"], postgresql_where=DUE)
    create_index_concurrently(WAITING, "work", ["next_attempt_at"], postgresql_where=sa.text("state = 'waiting'"))
    # The version before asks for the step first as well: the new one serves it too.
    drop_index_concurrently(BEFORE)


def downgrade() -> None:
    create_index_concurrently(BEFORE, "work", ["step", "hint_at"], postgresql_where=DUE)
    drop_index_concurrently(WAITING)
    drop_index_concurrently(TURN)
