"""Polls and history: every message once, edits and deletions kept, nothing concluded from silence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text as sql

from app.db import transaction
from app.demo.telegram import Faults, LoopbackTelegram, Rule, Strange
from app.demo.world import TextEntity
from app.domain.kinds import Step
from app.models import Channel, Post
from app.pipeline.engine.work import claim
from app.pipeline.posts.channels import lock_channel
from app.pipeline.posts.ingest import ingest
from app.pipeline.posts.revisions import lock_publications
from app.pipeline.steps.poll import Poll, enqueue_polls
from app.settings import get_settings
from tests.drive import ACCOUNT
from tests.factories.messages import START, album, message, photo, sha256, texts
from tests.factories.worlds import CITY, NEWS
from tests.integration.pipeline.database import albums, change, enrichment, lineage, one, revision, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_refusals import patient

KEPT = "SELECT array_agg(telegram_message_id ORDER BY telegram_message_id) FROM posts"
ASKING = Rule(first=99, methods=("channels.getMessages",))
CURSORS = "SELECT cursor, backfill_cursor FROM channels"


def test_the_first_poll_sets_the_cursor_and_leaves_history_to_backfill(flow: Flow) -> None:
    flow.post(*texts(range(1, 6)))
    flow.drive.watch("@news")
    with transaction() as session:
        (poll,) = enqueue_polls(session)
    (backfill,) = flow.drive.do(poll)  # type: ignore[arg-type]
    assert rows(CURSORS) == [(5, 6)]
    assert one("SELECT count(*) FROM posts") == 0
    flow.drive.follow([backfill])
    assert rows(CURSORS) == [(5, 0)]
    assert one(KEPT) == [1, 2, 3, 4, 5]
    assert rows("SELECT title, username, last_error FROM channels") == [("The news", "news", None)]


def test_history_is_read_to_its_beginning_across_pages_and_holes(flow: Flow) -> None:
    """11: a cursor by date skipped hours. Here all messages share one second and a third of the ids is missing."""
    ids = [i for i in range(1, 500) if i % 3]
    flow.post(*(message(i, service=i % 20 != 0, date=START) for i in ids))
    flow.watch()
    assert one(KEPT) == ids
    assert one("SELECT count(*) FROM search_documents") == len([i for i in ids if i % 20 == 0])


def test_without_backfill_only_what_is_new_is_read(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKFILL", "false")
    get_settings.cache_clear()
    old = album(range(4, 8), 77)
    flow.post(*texts([1, 2]), *old[:2])
    flow.watch()
    assert one("SELECT count(*) FROM posts") == 0
    flow.post(*old[2:], *(message(i, service=True) for i in range(8, 30)))
    flow.run()
    assert one(KEPT) == list(range(4, 30)), "the album's first half lies in history and belongs to it all the same"
    assert albums() == [(77, "photo", 4, "complete", [4, 5, 6, 7])]


def test_live_messages_beyond_a_page_leave_no_gap(flow: Flow) -> None:
    """11: more than a page arrives between two polls, with holes, all in the same second."""
    flow.post(*texts([1]))
    flow.watch()
    ids = [i for i in range(2, 420) if i % 5]
    flow.post(*(message(i, service=i % 50 != 1, date=START) for i in ids))
    flow.run()
    assert one(KEPT) == [1, *ids]
    assert rows("SELECT cursor, last_success_at >= last_polled_at FROM channels") == [(ids[-1], True)]


def test_a_channel_that_was_empty_at_first_loses_nothing(flow: Flow) -> None:
    flow.watch()
    flow.post(*(message(i, service=i % 50 != 0) for i in range(1, 251)))
    flow.run()
    assert one(KEPT) == list(range(1, 251))


def test_two_polls_at_once_do_no_harm(flow: Flow) -> None:
    """Two beats and two workers: each message is one post with one publication, and is tagged once."""
    flow.post(*texts(range(1, 4)))
    flow.watch()
    flow.post(*album(range(40, 44), 9), *texts(range(50, 60)))
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(flow.drive.poll) for _ in range(4)]:
            done.result()
    flow.run()
    assert one(KEPT) == [*range(1, 4), *range(40, 44), *range(50, 60)]
    assert one("SELECT count(*) FROM publications") == 3 + 1 + 10
    assert one("SELECT count(*) FROM tag_changes WHERE trigger = 'initial'") == 3 + 1 + 10
    assert albums() == [(9, "photo", 4, "complete", [40, 41, 42, 43])]


def test_a_page_seen_twice_changes_nothing(flow: Flow) -> None:
    """7: counts doubled when a batch was seen again."""
    flow.post(*texts([1]), *album(range(2, 5), -9), message(6, "One", photo("cat")))
    flow.watch()
    before = _counts()
    reader = flow.drive.source
    with transaction() as session:
        channel = lock_channel(session, one("SELECT id FROM channels"))
        page = reader.history(flow.drive.source.resolve("@news").ref)
        assert ingest(session, session.get_one(Channel, channel.id), [*page, *page]).changed == {}
    change("UPDATE channels SET cursor = 1")  # as if the poll before had never been written down
    flow.run()
    assert _counts() == before


def _counts() -> list[tuple[object, ...]]:
    return rows(
        "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM post_media),"
        " (SELECT sum(revision) FROM publications),"
        " (SELECT sum(items_count) FROM media_groups), (SELECT count(*) FROM media_group_items),"
        " (SELECT count(*) FROM tag_changes), (SELECT count(*) FROM outbox_events)"
    )


def test_an_edit_keeps_the_text_before_it(flow: Flow) -> None:
    flow.post(message(1, "Trams run until midnight"), message(2, "Another"))
    flow.watch()
    edited = message(1, "Trams run until morning", edit_date=START + timedelta(hours=2))
    flow.post(edited)
    flow.run()
    [(now, [before], counted)] = rows(
        "SELECT text, history, (SELECT count(*) FROM posts) FROM posts WHERE telegram_message_id = 1"
    )
    assert (now, before["text"], counted) == ("Trams run until morning", "Trams run until midnight", 2)
    assert (revision(1), revision(2)) == (2, 1)
    assert [change[:3] for change in lineage(1)] == [("initial", "initial", True), ("edit", "text_changed", True)]
    assert one("SELECT text FROM search_documents WHERE text LIKE 'Trams%'") == "Trams run until morning"


def test_an_edit_of_entities_alone_is_an_edit(flow: Flow) -> None:
    flow.post(message(1, "Read this page"))
    flow.watch()
    flow.post(message(1, "Read this page", entities=(TextEntity("TextUrl", 5, 9, "https://example.org/"),)))
    flow.run()
    assert revision(1) == 2
    assert one("SELECT history FROM posts") == [], "the text is the same: nothing to keep"


def test_views_alone_are_no_edit(flow: Flow) -> None:
    flow.post(message(1, "Seen by many", views=10))
    flow.watch()
    flow.post(message(1, "Seen by many", views=4000, edit_date=START + timedelta(hours=1)))
    flow.run()
    assert rows("SELECT views, revision FROM posts JOIN publications b ON b.id = publication_id") == [(4000, 1)]
    assert len(lineage(1)) == 1


def test_a_deleted_message_loses_nothing_and_comes_back(flow: Flow) -> None:
    post = message(2, "Soon to vanish", photo("cat", "text inside"))
    flow.post(message(1, "One"), post, message(3, "Three"))
    flow.watch()
    flow.delete(2)
    flow.run()
    gone = "SELECT p.text, p.deleted_at IS NOT NULL, b.deleted_at IS NOT NULL, d.deleted_at IS NOT NULL, d.ocr"
    source = (
        " FROM posts p JOIN publications b ON b.id = p.publication_id"
        " JOIN search_documents d ON d.publication_id = b.id WHERE telegram_message_id = 2"
    )
    assert rows(gone + source) == [("Soon to vanish", True, True, True, "text inside")]
    assert enrichment(2, "tags") is not None
    flow.post(post)
    flow.run()
    assert rows(gone + source) == [("Soon to vanish", False, False, False, "text inside")]
    assert len(flow.vision.calls) == 1, "the file was read before"


def test_the_newest_message_is_deleted(flow: Flow) -> None:
    flow.post(*texts([1, 2, 3]))
    flow.watch()
    flow.delete(2, 3)
    flow.run()
    assert rows("SELECT telegram_message_id FROM posts WHERE deleted_at IS NOT NULL ORDER BY 1") == [(2,), (3,)]


def test_the_oldest_message_is_deleted(flow: Flow) -> None:
    """It lies below all that is there: a window that is not full reaches down to it all the same."""
    flow.post(*texts([1, 2, 3]))
    flow.watch()
    flow.delete(1)
    flow.run()
    assert rows("SELECT telegram_message_id FROM posts WHERE deleted_at IS NOT NULL") == [(1,)]


def test_what_lies_below_a_full_window_is_not_asked_for(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDIT_WINDOW", "3")
    get_settings.cache_clear()
    flow.post(*texts(range(1, 7)))
    flow.watch()
    flow.delete(2, 5)
    flow.run()
    assert rows("SELECT telegram_message_id FROM posts WHERE deleted_at IS NOT NULL") == [(5,)]


@pytest.mark.parametrize("faults", [Faults(flood=ASKING, flood_seconds=30), Faults(server_error=ASKING)])
def test_a_failed_question_deletes_nothing(flow: Flow, server: LoopbackTelegram, faults: Faults) -> None:
    """Silence is no deletion: only an answer to the question for that very id is."""
    flow.post(*texts(range(1, 8)))
    flow.watch()
    flow.delete(4)
    server.faults = faults
    flow.drive.poll()
    assert one("SELECT count(*) FROM posts WHERE deleted_at IS NOT NULL") == 0
    assert [row[2] for row in work(Step.POLL)] == ["due"]
    server.faults = Faults()


def test_claiming_a_poll_waits_for_no_writer_of_the_channel(flow: Flow) -> None:
    """A claim locks rows of work; whoever holds a channel wants them next, so a claim must not want the channel."""
    flow.post(*texts([1]))
    flow.watch()
    began = one("SELECT clock_timestamp()")
    with transaction() as writer:
        channel = lock_channel(writer, one("SELECT id FROM channels"))
        with transaction() as session:
            enqueue_polls(session)
        with transaction() as session:
            session.execute(sql("SET LOCAL lock_timeout = '1s'"))
            [held] = claim(session, Step.POLL, [(channel.id, 0)], 600)
            Poll(flow.drive.source, ACCOUNT).load(session, held)
    change("UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'leased'")
    flow.run()
    assert one("SELECT last_polled_at FROM channels") > began


def test_the_same_page_by_four_hands_is_written_once(flow: Flow) -> None:
    """A poll, a backfill and a collect may hold the same messages: one page of a channel is written at a time."""
    flow.watch()
    flow.post(*texts(range(1, 20)), *album(range(20, 25), 9))
    page = flow.drive.source.history(flow.drive.source.resolve("@news").ref)
    number, start = one("SELECT id FROM channels"), Barrier(4)

    def write() -> int:
        start.wait()
        with transaction() as session:
            return ingest(session, lock_channel(session, number), page).new

    with ThreadPoolExecutor(4) as pool:
        assert sorted(done.result() for done in [pool.submit(write) for _ in range(4)]) == [0, 0, 0, 24]


def test_a_late_item_comes_in_while_its_album_is_worked_on(flow: Flow) -> None:
    """Its row points to the publication that another transaction holds, and must not wait for that."""
    flow.post(*album([1, 2], 9))
    flow.watch()
    with transaction() as merging:
        [publication] = lock_publications(merging, [one("SELECT id FROM publications")]).values()
        with transaction() as session:
            session.execute(sql("SET LOCAL lock_timeout = '1s'"))
            session.add(Post(channel_id=publication.channel_id, telegram_message_id=3, publication_id=publication.id))
        assert one("SELECT count(*) FROM posts") == 3, "it is there while the other transaction goes on"


def test_a_message_that_becomes_visible_late_is_read(flow: Flow) -> None:
    """Ids below the cursor may appear after it: scheduled and moderated messages keep the ids they were given."""
    flow.post(*texts([1, 2, 5]))
    flow.watch()
    flow.post(*texts([6]))
    flow.run()
    flow.post(*texts([4]))
    flow.run()
    assert one(KEPT) == [1, 2, 4, 5, 6]


def test_a_medium_swapped_by_an_edit_keeps_the_old_one(flow: Flow) -> None:
    cat, dog = photo("cat"), photo("dog")
    flow.post(message(1, "Look", cat))
    flow.watch()
    flow.post(message(1, "Look", dog, edit_date=START + timedelta(hours=1)))
    flow.run()
    assert rows("SELECT sha256, replaced_at IS NULL FROM post_media ORDER BY id") == [
        (sha256(cat), False),
        (sha256(dog), True),
    ]
    tags = enrichment(1, "tags")
    assert tags is not None
    assert "dog" in tags["tags"]
    assert "cat" not in tags["tags"]


def test_service_messages_are_posts_but_no_publications(flow: Flow) -> None:
    flow.post(message(1, "A new title", service=True), message(2, "Text"))
    flow.watch()
    assert rows("SELECT service, publication_id IS NULL, status FROM posts ORDER BY id") == [
        (True, True, "ok"),
        (False, False, "ok"),
    ]
    assert one("SELECT count(*) FROM publications") == 1


def test_strange_messages_stop_nothing(flow: Flow, server: LoopbackTelegram) -> None:
    """9, 15: what cannot be mapped is kept as it came, and an unknown medium is never taken for a photo."""
    hows = {3: "nul", 4: "no_photo", 5: "poll", 6: "unknown"}
    flow.post(*texts(range(1, 11)))
    server.faults = Faults(strange=tuple(Strange(NEWS, i, how) for i, how in hows.items()))  # type: ignore[arg-type]
    flow.watch()
    found = dict(rows("SELECT telegram_message_id, status FROM posts"))
    assert found == {i: "unparsed" if i == 6 else "ok" for i in range(1, 11)}
    assert one("SELECT text FROM posts WHERE telegram_message_id = 3") == "T\ufffdext number 3"
    assert rows("SELECT kind FROM post_media") == [("unknown",)] * 2
    assert rows("SELECT publication_id, error IS NOT NULL, raw->>'id' FROM posts WHERE status = 'unparsed'") == [
        (None, True, "6")
    ]
    server.faults = Faults()
    flow.run()
    assert one("SELECT count(*) FROM posts WHERE status = 'unparsed'") == 0, "a newer version can read it"
    assert one("SELECT count(*) FROM publications") == 10


def test_a_private_channel_says_so_and_stops_no_other(flow: Flow, server: LoopbackTelegram) -> None:
    """13: a channel that is silent for hours must show."""
    flow.post(*texts([1, 2]))
    flow.post(*texts([1]), channel=CITY)
    server.faults = Faults(private=frozenset({NEWS}))
    flow.watch("@news", "@city")
    found = dict(rows("SELECT reference, last_error FROM channels"))
    assert found["@city"] is None
    assert "private" in found["@news"]
    assert one("SELECT count(*) FROM posts") == 1
    server.faults = Faults()
    flow.run()
    patient(flow)
    assert one("SELECT count(*) FROM posts") == 3
    assert rows("SELECT count(last_error) FROM channels") == [(0,)]


def test_a_name_that_changed_hands_overwrites_nothing(flow: Flow, server: LoopbackTelegram) -> None:
    """After a new login the channel is resolved again, and by then another one publishes under its name."""
    flow.post(message(1, "Ours"), message(2, "Ours too"))
    flow.watch()
    old, new = server.world.channels
    old.username, new.username = None, "news"
    flow.post(message(1, "Somebody else's"), channel=CITY)
    change("UPDATE channels SET account = 'before the new login'")
    flow.run()
    assert [text for (text,) in rows("SELECT text FROM posts ORDER BY telegram_message_id")] == ["Ours", "Ours too"]
    assert rows("SELECT username, last_error FROM channels") == [(None, None)], "it is found by its number"


def test_a_channel_without_its_name_is_known_by_its_number(flow: Flow, server: LoopbackTelegram) -> None:
    flow.post(message(1, "First"))
    flow.watch()
    server.world.channels[0].username = None
    change("UPDATE channels SET account = 'before the new login'")
    flow.post(message(2, "Second"))
    flow.run()
    assert one("SELECT count(*) FROM posts") == 2
    assert one("SELECT last_error FROM channels") is None


def test_one_channel_under_two_references_is_read_once(flow: Flow) -> None:
    flow.post(message(1, "First"))
    flow.watch()
    flow.watch(f"-100{NEWS}")
    assert one("SELECT count(*) FROM posts") == 1
    assert one("SELECT last_error FROM channels WHERE cursor IS NULL") == "the same channel as @news"
