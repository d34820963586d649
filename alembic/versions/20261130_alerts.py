"""Alerts: saved searches whose new hits are delivered, their addresses, their hits.

Revision 20261130_alerts, after 20261130_reprocess_runs.
New tables, and a column with a default that rewrites nothing: the
locks are short.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "20261130_alerts"
down_revision = "20261130_reprocess_runs"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("saved_searches", sa.Column("changed_at", sa.DateTime(True), server_default=NOW, nullable=False))
    _alerts()
    _destinations()
    _hits()


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("again", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(True), server_default=NOW, nullable=False),
        sa.Column("since", sa.DateTime(True), nullable=False),
        sa.Column("paused_at", sa.DateTime(True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_at", sa.DateTime(True), nullable=True),
        sa.ForeignKeyConstraint(
            ["search"], ["saved_searches.name"], name=op.f("fk_alerts_search"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("name", name=op.f("ux_alerts_name")),
    )
    op.create_index("idx_alerts_search", "alerts", ["search"])


def _destinations() -> None:
    op.create_table(
        "alert_destinations",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secrets", ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(True), server_default=NOW, nullable=False),
        sa.Column("ended_at", sa.DateTime(True), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint("medium IN ('webhook', 'telegram', 'feed')", name=op.f("ck_alert_destinations_medium")),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alert_destinations_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_destinations")),
        sa.UniqueConstraint(
            "alert_id", "medium", "address", name=op.f("ux_alert_destinations_alert_id_medium_address")
        ),
    )


def _hits() -> None:
    op.create_table(
        "alert_hits",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("uid", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("publication_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("vision_version", sa.BigInteger(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(True), server_default=NOW, nullable=False),
        sa.Column("begun", ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_hits_alert_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_alert_hits_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_hits")),
        sa.UniqueConstraint(
            "alert_id", "publication_id", "number", name=op.f("ux_alert_hits_alert_id_publication_id_number")
        ),
    )
    op.create_index("idx_alert_hits_alert_id", "alert_hits", ["alert_id", sa.text("id DESC")])
    op.create_index("idx_alert_hits_publication_id", "alert_hits", ["publication_id"])


def downgrade() -> None:
    for table in ("alert_hits", "alert_destinations", "alerts"):
        op.drop_table(table)
    op.drop_column("saved_searches", "changed_at")
