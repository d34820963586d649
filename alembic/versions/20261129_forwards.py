"""Forwards and trends: columns out of posts.forward, tags by day, forwards between channels by week.

Revision 20261129_forwards, after 20261129_gallery. Nullable columns and empty tables, and indexes that are built
beside live traffic: safe to repeat after a build that failed. The sweeper fills the columns of old posts, and counts
the documents of before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261129_forwards"
down_revision = "20261129_gallery"
branch_labels = None
depends_on = None

COLUMNS = ("forwarded_from", "forwarded_message")
TABLES = ("search_trends_fill", "search_document_trends", "search_trend_deltas", "forward_weeks", "tag_days")
ORIGIN, UNFILLED = "idx_posts_forwarded_from", "idx_posts_forward_unfilled"
LEFT = (
    "forward ->> 'from_telegram_id' IS DISTINCT FROM forwarded_from::text"
    " OR forward ->> 'message_id' IS DISTINCT FROM forwarded_message::text"
)


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("posts", sa.Column(name, sa.BigInteger(), nullable=True), if_not_exists=True)
    _sums()
    _parts()
    op.execute(
        "INSERT INTO search_trends_fill SELECT 1, 0 WHERE EXISTS (SELECT FROM search_documents) ON CONFLICT DO NOTHING"
    )
    newest = [sa.text("posted_at DESC"), sa.text("id DESC")]
    options = {"postgresql_where": sa.text("forwarded_from IS NOT NULL")}
    create_index_concurrently(ORIGIN, "posts", [sa.text("forwarded_from"), *newest], **options)
    create_index_concurrently(UNFILLED, "posts", ["posted_at", "id"], postgresql_where=sa.text(LEFT))


def _sums() -> None:
    op.create_table(
        "tag_days",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "day", "channel_id", name=op.f("pk_tag_days")),
        if_not_exists=True,
    )
    op.create_index("idx_tag_days_day", "tag_days", ["day"], if_not_exists=True)
    op.create_table(
        "forward_weeks",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("origin", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("week", "origin", "channel_id", name=op.f("pk_forward_weeks")),
        if_not_exists=True,
    )


def _parts() -> None:
    op.create_table(
        "search_trend_deltas",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("trends", ARRAY(sa.Text()), nullable=False),
        sa.Column("changes", ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_trend_deltas")),
        if_not_exists=True,
    )
    op.create_table(
        "search_document_trends",
        sa.Column("publication_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("trends", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["search_documents.publication_id"],
            name=op.f("fk_search_document_trends_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_search_document_trends")),
        if_not_exists=True,
    )
    op.create_table(
        "search_trends_fill",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_trends_fill")),
        if_not_exists=True,
    )


def downgrade() -> None:
    for name in (UNFILLED, ORIGIN):
        drop_index_concurrently(name)
    for table in TABLES:
        op.drop_table(table)
    for name in COLUMNS:
        op.drop_column("posts", name)
