"""The rows of the gallery equal the media that the archive shows, written by any step, late, or at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.kinds import MediaKind, Step
from app.models import MediaFile, PostMedia
from app.pipeline.engine import work
from app.pipeline.posts import gallery, look_alikes
from app.pipeline.posts.look_alikes import place_at_once
from app.pipeline.posts.revisions import lock_publications
from app.pipeline.steps.index import index_publications
from app.pipeline.steps.persist import persist_publications
from app.search.gallery import Page, tiles
from app.settings import Settings
from app.status.fill_progress import FillProgress, gallery_progress
from tests.factories import rows as factory
from tests.factories.messages import album, document, message, photo
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_look_alikes import BASE, flipped
from tests.rows import until

DAY = datetime(2026, 3, 1, tzinfo=UTC)
# Every medium that the archive shows, straight from the definition.
TRUE = """
    SELECT m.id, p.posted_at, p.channel_id, m.kind, f.id, coalesce(l.centre_id, f.id)
    FROM post_media m JOIN posts p ON p.id = m.post_id JOIN media_files f ON f.sha256 = m.sha256
    LEFT JOIN look_alikes l ON l.file_id = f.id
    WHERE m.replaced_at IS NULL AND p.posted_at IS NOT NULL AND p.publication_id IS NOT NULL ORDER BY 1
"""
SHOWN = "SELECT media_id, posted_at, channel_id, kind, file_id, cluster_id FROM shown ORDER BY 1"


@pytest.fixture
def channel(settings: Settings) -> int:
    """A channel; its id."""
    with transaction() as session:
        return factory.channel(session).id


def file(number: int, phash: int | None = None, mime: str = "image/jpeg") -> str:
    """A file, not placed among look-alikes; its sha256."""
    with transaction() as session:
        digits = None if phash is None else f"{phash:016x}"
        return factory.add(session, MediaFile(sha256=f"{number:064x}", size=1, mime=mime, phash=digits)).sha256


def posted(channel: int, *files: str | None, **fields: object) -> int:
    """A publication of one post with these media; its id."""
    with transaction() as session:
        made = factory.publication(session, channel)
        about = {"posted_at": DAY + timedelta(hours=made.id), **fields}
        post = factory.post(session, made, 1000 + made.id, leads=True, **about)
        for position, sha256 in enumerate(files):
            factory.add(session, PostMedia(post_id=post.id, kind=MediaKind.PHOTO, position=position, sha256=sha256))
        return made.id


def index(*publications: int, revision: int = 1) -> None:
    """The step, for publications that are due, as one batch."""
    keys = [(id_, revision) for id_ in publications]
    with transaction() as session:
        work.requeue(session, Step.INDEX, keys, hint=0.0)
    assert index_publications(None, keys) == []


def clusters() -> list[tuple[int, int]]:
    """(file, cluster) of each row."""
    return [(row[4], row[5]) for row in rows(SHOWN)]


def page() -> Page:
    with transaction() as session:
        return tiles(session)


def test_the_flow_keeps_the_gallery_true(flow: Flow) -> None:
    """An album, a repost in another channel, an edit that replaces a picture, a deletion, a file that is no picture."""
    lion, new = photo("lion"), photo("tiger")
    flow.post(message(1, "Only words"), message(2, "A lion", lion), *album(range(5, 8), 77), message(4, "", photo()))
    flow.post(message(8, "A plan", document(b"pages", mime="text/plain")))
    flow.post(message(3, "The lion again", photo(data=lion.read())), channel=CITY)
    flow.watch("@news", "@city")
    assert rows(SHOWN) == rows(TRUE)
    assert len(rows(SHOWN)) == 7
    tile = next(tile for tile in page().tiles if tile.copies > 1)
    assert (tile.copies, tile.channels, tile.more) == (2, 2, False)
    replaced = one("SELECT m.id FROM post_media m JOIN posts p ON p.id = m.post_id WHERE telegram_message_id = 6")
    flow.post(message(6, "", new, grouped_id=77), message(4, "Without its only picture"))
    flow.delete(2)
    flow.run()
    assert one("SELECT replaced_at IS NOT NULL FROM post_media WHERE id = :id", id=replaced)
    assert rows(SHOWN) == rows(TRUE)
    assert replaced not in [row[0] for row in rows(SHOWN)]
    assert len(rows(SHOWN)) == 6, "a deleted message keeps its row"
    news = one("SELECT id FROM channels WHERE reference = '@news'")
    with transaction() as session:
        marked = [tile.permalink for tile in tiles(session, channel=news).tiles if tile.deleted_at is not None]
    assert marked == ["https://t.me/news/2"]
    before = rows("SELECT xmin::text, media_id FROM shown ORDER BY 2")
    index(*(id_ for (id_,) in rows("SELECT id FROM publications WHERE revision = 1")))
    assert rows("SELECT xmin::text, media_id FROM shown ORDER BY 2") == before, "right rows are not written again"


def test_each_difference_is_mended_by_the_next_index(channel: int) -> None:
    """Out of order, late and twice; a date that came, moved or went; another file; media without a file."""
    first, second = file(1), file(2, mime="video/mp4")
    ids = [posted(channel, first, second), posted(channel, first, None), posted(channel, second, posted_at=None)]
    index(ids[2], ids[0])
    index(ids[1])
    index(ids[1])
    assert rows(SHOWN) == rows(TRUE)
    assert len(rows(SHOWN)) == 3
    for damage in (
        "UPDATE posts SET posted_at = now() WHERE posted_at IS NULL",
        "UPDATE posts SET posted_at = posted_at - interval '1 year'",
        "UPDATE post_media SET kind = 'video' WHERE position = 1",
        f"UPDATE post_media SET sha256 = '{first}'",
        "UPDATE posts SET posted_at = NULL WHERE id = (SELECT min(id) FROM posts)",
        "UPDATE post_media SET replaced_at = now() WHERE id = (SELECT max(id) FROM post_media WHERE position = 1)",
        "UPDATE shown SET cluster_id = 99",
    ):
        change(damage)
        assert rows(SHOWN) != rows(TRUE)
        index(*ids)
        assert rows(SHOWN) == rows(TRUE), damage


def test_an_index_of_an_older_revision_shows_nothing(channel: int) -> None:
    old = posted(channel, file(1))
    change("UPDATE publications SET revision = 2")
    index(old, revision=1)
    assert rows(SHOWN) == []


def test_a_file_that_comes_late_is_shown_without_another_index(channel: int) -> None:
    publication = posted(channel, None)
    with transaction() as session:
        work.enqueue(session, Step.PERSIST, [(publication, 1)], hint=0.0)
    persist_publications([], [(publication, 1)], bulk=False)
    index(publication)
    change("UPDATE post_media SET sha256 = :sha256", sha256=file(1, mime="audio/ogg"))
    with transaction() as session:
        work.requeue(session, Step.PERSIST, [(publication, 1)], hint=0.0)
    persist_publications([], [(publication, 1)], bulk=False)
    assert rows(SHOWN) == rows(TRUE)
    assert len(rows(SHOWN)) == 1


def test_a_near_picture_that_is_placed_later_moves_all_its_postings(channel: int) -> None:
    first, near, other = file(1, BASE), file(2, flipped(3)), file(3, flipped(*range(20)))
    index(*(posted(channel, *files) for files in ([first], [near, other], [near])))
    assert len(page().tiles) == 3
    look_alikes.fill()
    assert clusters() == [(1, 1), (2, 1), (3, 3), (2, 1)]
    assert [(tile.sha256, tile.copies) for tile in page().tiles] == [(near, 3), (other, 1)]
    index(posted(channel, near))
    assert clusters()[-1] == (2, 1)
    assert rows(SHOWN) == rows(TRUE)


def waits(action: Callable[[], object], pool: ThreadPoolExecutor) -> Future[object]:
    """Begins an action in another session, and returns once it waits for a lock of this one."""
    begun = pool.submit(action)
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
    until(lambda: begun.done() or one(blocked), "it waits")
    assert not begun.done(), "it waits for no one"
    return begun


def show(session: Session, publication: int) -> None:
    """As the index step does it."""
    lock_publications(session, [publication])
    gallery.show(session, [publication])


def in_one(write: Callable[[Session], object]) -> Callable[[], object]:
    """The same in a transaction of its own."""

    def act() -> None:
        with transaction() as session:
            write(session)

    return act


def describe(session: Session) -> None:
    """Stores the hash of file 2, as a reading does before it places the file."""
    session.execute(text("UPDATE media_files SET phash = :phash WHERE id = 2"), {"phash": f"{flipped(3):016x}"})


def read(session: Session) -> None:
    """The end of a reading of file 2."""
    describe(session)
    place_at_once(session, 2)


@pytest.mark.parametrize("walked", [False, True], ids=["by a reading", "by the sweeper"])
def test_a_file_that_is_placed_after_its_row_was_written_but_before_the_commit(channel: int, walked: bool) -> None:
    file(1, BASE)
    look_alikes.fill()
    publication = posted(channel, file(2, flipped(3)))
    change("UPDATE look_alike_fill SET ended_at = NULL, above = 0")
    place = in_one(read)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            show(session, publication)
            placing = waits(look_alikes.fill if walked else place, pool)
        placing.result(timeout=30)
    assert clusters() == [(2, 1)]


def test_a_row_that_is_written_after_its_file_was_placed_but_before_the_commit(channel: int) -> None:
    file(1, BASE)
    look_alikes.fill()
    publication = posted(channel, file(2))
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            read(session)
            showing = waits(in_one(lambda other: show(other, publication)), pool)
        showing.result(timeout=30)
    assert clusters() == [(2, 1)]


@pytest.mark.parametrize("gone", [False, True], ids=["moved", "replaced"])
def test_a_row_that_changes_while_its_file_is_placed_is_no_deadlock(channel: int, gone: bool) -> None:
    """The reading has locked its file and is about to move the row: the index step must not hold the row already."""
    file(1, BASE)
    look_alikes.fill()
    publication = posted(channel, file(2))
    index(publication)
    change("UPDATE post_media SET replaced_at = now()" if gone else "UPDATE posts SET posted_at = now()")
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            describe(session)
            showing = waits(in_one(lambda other: show(other, publication)), pool)
            session.execute(text("SET LOCAL lock_timeout = 2000"))
            place_at_once(session, 2)
        showing.result(timeout=30)
    assert rows(SHOWN) == rows(TRUE)
    assert clusters() == ([] if gone else [(2, 1)])


def test_workers_at_once_leave_the_gallery_true(channel: int) -> None:
    """Index steps of publications that share files, readings and the sweeper, in any order: none fails."""
    lot = Random(3)
    files = [file(n, flipped(*lot.sample(range(64), lot.randint(0, 6)))) for n in range(1, 25)]
    ids = [posted(channel, *lot.sample(files, 4)) for _ in range(30)]
    steps: list[Callable[[], object]] = [lambda part=ids[n::6]: index(*part) for n in range(6)]  # type: ignore[misc]
    steps += [in_one(lambda session, n=n: place_at_once(session, n)) for n in range(1, 25)]  # type: ignore[misc]
    steps += [lambda: look_alikes.fill(5) for _ in range(6)]
    lot.shuffle(steps)
    with ThreadPoolExecutor(5) as pool:
        for done in [pool.submit(step) for step in steps]:
            done.result(timeout=60)
    while look_alikes.fill(5):
        pass
    assert rows(SHOWN) == rows(TRUE)
    assert {state for (state,) in rows("SELECT state FROM work WHERE step = 'index'")} == {"done"}
    assert one("SELECT max(attempts) FROM work WHERE step = 'index'") == 1, "no deadlock was resolved by another try"


def forgotten() -> None:
    """As an archive from before this table."""
    change("DELETE FROM shown")
    change("INSERT INTO shown_fill VALUES (1, 0)")


def test_an_old_archive_is_shown_in_portions_from_where_it_was_killed(
    channel: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [file(n) for n in range(1, 4)]
    ids = [posted(channel, files[n % 3]) for n in range(7)]
    forgotten()
    monkeypatch.setattr(gallery, "FILLED", 3)
    assert gallery.fill()
    assert [row[0] for row in rows(SHOWN)] == ids[:3]
    with transaction() as session:
        assert gallery_progress(session) == FillProgress(ids[2], ids[6])
    with ThreadPoolExecutor(1) as pool, transaction() as session:
        lock_publications(session, [ids[4]])
        filling = waits(gallery.fill, pool)
        change("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0")
        assert filling.exception(timeout=30) is not None
    assert [row[0] for row in rows(SHOWN)] == ids[:3]
    index(ids[6])
    gallery.tidy()
    assert rows(SHOWN) == rows(TRUE)
    assert len(rows(SHOWN)) == 7
    with transaction() as session:
        assert gallery_progress(session) is None
    assert not gallery.fill()


def test_an_old_archive_waits_while_a_live_post_is_due(channel: int) -> None:
    first, second = posted(channel, file(1)), posted(channel, None)
    forgotten()
    with transaction() as session:
        work.requeue(session, Step.INDEX, [(second, 1)], hint=0.0)
    gallery.tidy()
    assert rows(SHOWN) == []
    index_publications(None, [(second, 1)])
    gallery.tidy()
    assert [row[0] for row in rows(SHOWN)] == [one("SELECT id FROM post_media WHERE sha256 IS NOT NULL")]
    assert first
