"""Work that stays as it is: an index for pages of it by step and state.

Revision 20261130_stuck_list, after 20261130_access. The index is built beside live traffic: safe to repeat after a
build that failed. The index of before knew no state and no id, by which pages begin, and no query names it any more.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261130_stuck_list"
down_revision = "20261130_access"
branch_labels = None
depends_on = None

LIST, BEFORE = "idx_work_stuck_list", "idx_work_stuck"
STUCK = sa.text("state IN ('waiting', 'unknown', 'dead')")


def upgrade() -> None:
    create_index_concurrently(LIST, "work", ["step", "state", "id"], postgresql_where=STUCK)
    drop_index_concurrently(BEFORE)


def downgrade() -> None:
    create_index_concurrently(BEFORE, "work", ["step"], postgresql_where=STUCK)
    drop_index_concurrently(LIST)
