"""Index of paid calls whose outcome is unknown: `status` counts them, and they are few.

Revision 20261129_unknown_calls, after 20261129_counters.
"""

from __future__ import annotations

from sqlalchemy import text

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261129_unknown_calls"
down_revision = "20261129_counters"
branch_labels = None
depends_on = None

NAME = "idx_token_ledger_unknown"


def upgrade() -> None:
    create_index_concurrently(NAME, "token_ledger", ["provider"], postgresql_where=text("outcome = 'unknown'"))


def downgrade() -> None:
    drop_index_concurrently(NAME)
