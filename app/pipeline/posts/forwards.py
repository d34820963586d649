"""Fills the columns of forwards of posts whose writer knew none: an earlier release, or a worker of it in an upgrade.

The sweeper calls it, behind live work. The posts that are left are those whose columns are not of the JSON beside them,
by an index of their own: so a pass that is cut off loses nothing, and posts that come later are found as well.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import transaction
from app.models.posts import UNFILLED
from app.pipeline.posts.document_counts import live_post_waits

BATCH = 500  # posts of a transaction
BATCHES = 10  # transactions of a pass
COUNTED = 10_000  # posts that are counted at most for the progress

LEFT = f"SELECT id FROM posts WHERE {UNFILLED} ORDER BY posted_at, id LIMIT :most"
# Skips posts that a page is writing now. It waits for none of their locks, so it stands in no circle.
FILL = text(f"""
    UPDATE posts SET forwarded_from = CAST(forward ->> 'from_telegram_id' AS bigint),
        forwarded_message = CAST(forward ->> 'message_id' AS bigint)
    WHERE id = ANY (ARRAY({LEFT} FOR UPDATE SKIP LOCKED))
    RETURNING id
""")
COUNT = text(f"SELECT count(*) FROM ({LEFT}) AS waiting")


def fill() -> int:
    """Fills posts until none is left, a live post waits, or the pass is long enough; returns how many."""
    total = 0
    for _ in range(BATCHES):
        with transaction() as session:
            some = 0 if live_post_waits(session) else len(session.scalars(FILL, {"most": BATCH}).all())
        total += some
        if some < BATCH:
            break
    return total


def left(session: Session) -> int:
    """How many posts are left to fill; 10,001 stands for all higher numbers."""
    return session.scalar(COUNT, {"most": COUNTED + 1}) or 0
