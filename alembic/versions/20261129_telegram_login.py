"""The login that the work with Telegram waits for: another one ends the waits of its predecessor.

Revision 20261129_telegram_login, after 20261127_trace_index.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261129_telegram_login"
down_revision = "20261129_fetch_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "telegram_login",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_login")),
    )


def downgrade() -> None:
    op.drop_table("telegram_login")
