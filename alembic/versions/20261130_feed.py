"""The feed: indexes for lists of publications by time, of all channels and of one.

Revision 20261130_feed, after 20261130_questions. Indexes are built beside live traffic: safe to repeat after a build
that failed. The index of before knew no id, by which pages begin, and no query names it any more.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.migrations.ddl import create_index_concurrently, drop_index_concurrently

revision = "20261130_feed"
down_revision = "20261130_questions"
branch_labels = None
depends_on = None

ALL, CHANNEL, BEFORE = "idx_publications_feed", "idx_publications_channel_feed", "idx_publications_channel_id_posted_at"


def upgrade() -> None:
    create_index_concurrently(ALL, "publications", ["posted_at", "id"])
    create_index_concurrently(CHANNEL, "publications", ["channel_id", "posted_at", "id"])
    drop_index_concurrently(BEFORE)


def downgrade() -> None:
    create_index_concurrently(BEFORE, "publications", ["channel_id", sa.text("posted_at DESC")])
    for name in (CHANNEL, ALL):
        drop_index_concurrently(name)
