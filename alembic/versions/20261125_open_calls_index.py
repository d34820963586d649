"""The indexes of paid calls by work and of those under way, built beside live traffic.

Revision 20261125_open_calls_index, after 20261125_paid_calls_checked.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261125_open_calls_index"
down_revision = "20261125_paid_calls_checked"
branch_labels = None
depends_on = None

OPEN, BY_WORK = "idx_token_ledger_open", "idx_token_ledger_work_id"


def upgrade() -> None:
    where = sa.text("ended_at IS NULL")
    create_index_concurrently(OPEN, "token_ledger", ["provider"], postgresql_where=where)
    create_index_concurrently(BY_WORK, "token_ledger", ["work_id"])


def downgrade() -> None:
    drop_index_concurrently(BY_WORK)
    drop_index_concurrently(OPEN)
