"""Today's and former names of channels, and what the login that reads a channel may see of it.

Revision 20261129_channel_identity, after 20261127_trace_index. Tables of a few hundred rows alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261129_channel_identity"
down_revision = "20261129_content"
branch_labels = None
depends_on = None

NEW = (
    sa.Column("login", sa.Text(), nullable=True),
    sa.Column("seen_from", sa.BigInteger(), nullable=True),
    sa.Column("hidden_until", sa.BigInteger(), nullable=True),
    sa.Column("vanished_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("described_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("restriction", sa.Text(), server_default="", nullable=False),
)
# The poll sets a name as today's, so the one that is known today must not be lost as a former one.
KNOWN = """
    INSERT INTO channel_names (channel_id, name, since)
    SELECT id, username, added_at FROM channels WHERE username <> ''
"""


def upgrade() -> None:
    for column in NEW:
        op.add_column(
            "channels",
            sa.Column(column.name, column.type, nullable=column.nullable, server_default=column.server_default),
        )
    op.create_table(
        "channel_names",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_channel_names_channel_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_names")),
    )
    op.create_index(
        "ux_channel_names_channel_id_name",
        "channel_names",
        ["channel_id", sa.text("lower(name)")],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_index("idx_channel_names_name", "channel_names", [sa.text("lower(name)")])
    op.execute(KNOWN)


def downgrade() -> None:
    op.drop_table("channel_names")
    for column in reversed(NEW):
        op.drop_column("channels", column.name)
