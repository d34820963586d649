"""The indexes of paid calls: by work, under way, answered. Built beside live traffic.

Revision 20261125_open_calls_index, after 20261125_paid_calls_checked.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261125_open_calls_index"
down_revision = "20261125_paid_calls_checked"
branch_labels = None
depends_on = None

OPEN, BY_WORK, ANSWERED = "idx_token_ledger_open", "idx_token_ledger_work_id", "idx_token_ledger_answered"


def upgrade() -> None:
    where = sa.text("ended_at IS NULL")
    create_index_concurrently(OPEN, "token_ledger", ["provider"], postgresql_where=where)
    create_index_concurrently(BY_WORK, "token_ledger", ["work_id"])
    kinds = ["provider", "model", "purpose", "repair", "created_at"]
    create_index_concurrently(ANSWERED, "token_ledger", kinds, postgresql_where=sa.text("outcome = 'answered'"))


def downgrade() -> None:
    drop_index_concurrently(ANSWERED)
    drop_index_concurrently(BY_WORK)
    drop_index_concurrently(OPEN)
