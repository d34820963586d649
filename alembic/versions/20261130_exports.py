"""Exports: their rows, and the parts and files of those that are being made.

Revision 20261130_exports, after 20261130_alerts. New tables, so the locks are short.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261130_exports"
down_revision = "20261130_alerts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    zero = {"server_default": "0", "nullable": False}
    op.create_table(
        "exports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("directory", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("expanded", sa.Text(), nullable=False),
        sa.Column("channel_ids", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("formats", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("media", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("read", sa.Boolean(), server_default="false", nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), **zero)
            for name in ("parts", "publications", "posts", "media_files", "pages", "files", "size")
        ),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("directory", name=op.f("ux_exports_directory")),
    )
    op.create_index("idx_exports_open", "exports", ["id"], postgresql_where=sa.text("ended_at IS NULL"))
    _of_export("export_parts", sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False), "name")
    _of_export("export_media", sa.Column("sha256", sa.Text(), nullable=False), "path")


def _of_export(table: str, key: sa.Column[object], value: str) -> None:
    op.create_table(
        table,
        sa.Column("export_id", sa.BigInteger(), autoincrement=False, nullable=False),
        key,
        sa.Column(value, sa.Text(), nullable=value == "path"),
        sa.ForeignKeyConstraint(["export_id"], ["exports.id"], name=op.f(f"fk_{table}_export_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("export_id", key.name, name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for table in ("export_media", "export_parts", "exports"):
        op.drop_table(table)
    # A release without the step would leave its rows due for ever, and the count of steps would not know it.
    op.execute("DELETE FROM work WHERE step = 'export'")
