"""Keeps the table `shown` true: a row for each medium that the archive shows, with the cluster of its file.

The index step writes the rows of its publications, persist those of files that came late, `look_alikes` moves the rows
of a file that it places, and the sweeper walks through publications of before.

A file may be placed at the moment at which its rows are written. Neither transaction sees the other's rows, so both
lock the file first: a placement FOR NO KEY UPDATE, `show` FOR SHARE. The second one to come waits, then reads what the
first one wrote. Files are locked in the order of their ids, and after a publication and its work row. Files that are
placed, or never will be, need no lock; so in the flow one statement is enough.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.models import Publication, ShownFill
from app.pipeline.posts.document_counts import live_post_waits
from app.pipeline.posts.revisions import lock_publications

FILLED = 200  # publications of before in one transaction
FILLS = 5  # transactions in each pass of the sweeper

# Writes the differences between the rows and the media of these publications: all that need no lock, and those whose
# files are among the locked ones. Returns the files that are to be locked for the rest. A row that is there and changes
# needs the lock of its file, too: a placement may hold it, and wait for the row. A file `moves` if it may get a star
# meanwhile, or lose the centre of its own, which is forgotten.
# The arrays come out of subqueries: so PostgreSQL does not know their lengths and plans once, not for each batch.
WRITE = text("""
    WITH media AS (
        SELECT m.id, p.posted_at, p.channel_id, m.kind, f.id AS file_id, coalesce(star.centre_id, f.id) AS cluster_id,
            star.centre_id IS DISTINCT FROM f.id AND f.mime LIKE 'image/%' AS moves,
            m.replaced_at IS NULL AND f.id IS NOT NULL AND p.posted_at IS NOT NULL AS wanted
        FROM unnest((SELECT CAST(:ids AS bigint[]))) AS one (id)
        CROSS JOIN LATERAL (
            SELECT id, posted_at, channel_id FROM posts WHERE publication_id = one.id OFFSET 0
        ) AS p
        CROSS JOIN LATERAL (
            SELECT id, kind, sha256, replaced_at FROM post_media WHERE post_id = p.id AND replaced_at IS NULL
            UNION ALL
            SELECT id, kind, sha256, replaced_at FROM post_media WHERE post_id = p.id AND replaced_at IS NOT NULL
            OFFSET 0
        ) AS m
        LEFT JOIN LATERAL (SELECT id, mime FROM media_files WHERE sha256 = m.sha256 OFFSET 0) AS f ON true
        LEFT JOIN LATERAL (
            SELECT centre_id FROM look_alikes WHERE file_id = f.id
            UNION ALL
            SELECT file_id FROM look_alike_centres WHERE file_id = f.id
            OFFSET 0
        ) AS star ON true
    ), changed AS MATERIALIZED (
        SELECT media.*, array_remove(
            ARRAY[CASE WHEN wanted AND moves THEN media.file_id END, before.file_id], NULL
        ) AS needs
        FROM media LEFT JOIN LATERAL (SELECT * FROM shown WHERE media_id = media.id OFFSET 0) AS before ON true
        WHERE wanted AND before.media_id IS NULL OR before.media_id IS NOT NULL AND (
            NOT wanted OR (before.posted_at, before.channel_id, before.kind, before.file_id, before.cluster_id)
            <> (media.posted_at, media.channel_id, media.kind, media.file_id, media.cluster_id)
        )
    ), ready AS MATERIALIZED (
        SELECT * FROM changed WHERE needs <@ (SELECT CAST(:locked AS bigint[]))
    ), dropped AS (
        DELETE FROM shown WHERE media_id = ANY (ARRAY(SELECT id FROM ready WHERE NOT wanted))
    ), written AS (
        INSERT INTO shown (media_id, posted_at, channel_id, kind, file_id, cluster_id)
        SELECT id, posted_at, channel_id, kind, file_id, cluster_id FROM ready WHERE wanted
        ON CONFLICT (media_id) DO UPDATE SET posted_at = excluded.posted_at, channel_id = excluded.channel_id,
            kind = excluded.kind, file_id = excluded.file_id, cluster_id = excluded.cluster_id
    )
    SELECT DISTINCT unnest(needs) FROM changed WHERE NOT needs <@ (SELECT CAST(:locked AS bigint[]))
""")
LOCK = text("""
    SELECT FROM media_files WHERE id = ANY (ARRAY(SELECT unnest(CAST(:files AS bigint[])))) ORDER BY id FOR SHARE
""")
MOVE = text("UPDATE shown SET cluster_id = :centre WHERE cluster_id = :file AND file_id = :file")


def show(session: Session, publications: Collection[int]) -> None:
    """Writes what differs between the media of these publications and their rows.

    The caller holds the locks of the publications, and of no work row but that of its own step: this may wait for a
    reading of a file, which goes on to make merges due.
    """
    if not publications:
        return
    ids = sorted(publications)
    if files := session.scalars(WRITE, {"ids": ids, "locked": []}).all():
        session.execute(LOCK, {"files": sorted(files)})
        # A file that came between the two makes persist due, which shows it.
        session.execute(WRITE, {"ids": ids, "locked": list(files)})


def move(session: Session, file: int, centre: int) -> None:
    """Moves the rows of a file to its star. The caller has locked the file."""
    session.execute(MOVE, {"file": file, "centre": centre})


def tidy() -> None:
    """What each pass of the sweeper does: shows media of before, while no live post waits for the index."""
    for _ in range(FILLS):
        if not fill():
            break


def fill() -> bool:
    """Shows the media of the next publications of before; returns whether more are left."""
    with transaction() as session:
        at = session.get(ShownFill, 1, with_for_update={"skip_locked": True})
        if at is None or live_post_waits(session):
            return False
        later = select(Publication.id).where(Publication.id > at.cursor).order_by(Publication.id)
        ids = session.scalars(later.limit(FILLED)).all()
        lock_publications(session, ids)
        show(session, ids)
        if len(ids) < FILLED:
            session.delete(at)
        else:
            at.cursor = ids[-1]
    return len(ids) == FILLED
