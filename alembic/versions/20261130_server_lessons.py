"""Server lessons: the parts of a request that a model on a server does not take, as it said.

Revision 20261130_server_lessons, after 20261130_no_answer. An empty table, so the lock is short.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261130_server_lessons"
down_revision = "20261130_no_answer"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_lessons",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("learned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("provider", "address", "model", "part", name=op.f("pk_server_lessons")),
    )


def downgrade() -> None:
    op.drop_table("server_lessons")
