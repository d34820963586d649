"""Albums, end to end: whole, in order, with their caption, however they arrive."""

from __future__ import annotations

from dataclasses import replace

from app.demo.telegram import Faults, Strange
from app.demo.world import Delete, File
from tests.e2e.flow import Flow, TestChannel
from tests.factories.messages import drawn_photo


def test_order_kind_and_a_caption_on_the_third_item(channel: TestChannel) -> None:
    """The caption belongs to the album: every item resolves to the same text and tags."""
    channel.post(1, "Одинокий пост")
    channel.album([10, 11, 12, 13], -8_000_000_000_000_000_001, {12: "Ярмарка мёда на площади"})
    channel.watch()

    [album] = channel.albums()
    assert album["grouped_id"] == -8_000_000_000_000_000_001
    assert (album["album_kind"], album["items_count"], album["state"]) == ("photo", 4, "complete")
    assert (album["ids"], album["at"]) == ([10, 11, 12, 13], [0, 1, 2, 3])
    assert album["caption"] == "Ярмарка мёда на площади"
    assert channel.tags(10) == channel.tags(13)
    assert "ярмарка" in channel.tags(11)["tags"]


def test_kinds(channel: TestChannel) -> None:
    video = File(990_001, "video", b"\x00\x00\x00\x18ftypmp42 one", "video/mp4", "a.mp4", 320, 240, 2.0)
    for id in (1, 2):
        channel.post(id, file=replace(video, id=990_001 + id, data=video.read() + bytes([id])), grouped_id=5)
    channel.post(3, file=drawn_photo(), grouped_id=6)
    channel.post(4, file=replace(video, id=990_010, data=b"\x00\x00\x00\x18ftypmp42 two"), grouped_id=6)
    for id in (5, 6):
        paper = File(990_020 + id, "document", f"%PDF-1.4 {id}".encode(), "application/pdf", "a.pdf")
        channel.post(id, file=paper, grouped_id=7)
    channel.watch()

    kinds = {album["grouped_id"]: album["album_kind"] for album in channel.albums()}
    assert kinds == {5: "video", 6: "mixed", 7: "mixed"}
    assert {album["state"] for album in channel.albums()} == {"complete"}


def test_across_page_borders(channel: TestChannel) -> None:
    """A run reads four pages of 100: albums that a border cuts are whole, and no item is counted twice.

    Of 514 messages the newest run ends at 115. With fewer than ten items, no page shows that the cut album is whole.
    """
    for id in range(1, 515):
        if not 105 <= id <= 128:
            channel.post(id, f"Пост {id}" if id < 215 else "", service=id >= 215)
    channel.album(range(105, 112), 1)
    channel.album(range(112, 119), 2)
    channel.album(range(119, 129), 3)
    channel.watch()

    albums = channel.albums()
    assert [album["ids"] for album in albums] == [[*range(105, 112)], [*range(112, 119)], [*range(119, 129)]]
    assert [(album["items_count"], album["state"]) for album in albums] == [(n, "complete") for n in (7, 7, 10)]
    assert channel.one("SELECT count(*) FROM posts WHERE channel_id = %s") == 514
    assert channel.one("SELECT count(*) FROM publications WHERE channel_id = %s") == 214 - 24 + 3
    collected = channel.rows(
        "SELECT DISTINCT p.grouped_id FROM work w JOIN publications p ON p.id = w.subject_id"
        " WHERE w.step = 'collect' AND p.channel_id = %s ORDER BY 1"
    )
    # The next page may come before the answer about its siblings, and then needs none.
    assert 2 in [row["grouped_id"] for row in collected], "the page that cuts it makes its collection due"


def test_a_late_item_reopens_the_album(channel: TestChannel) -> None:
    channel.album([10, 11], 4, {10: "Открытие выставки"})
    channel.watch()
    [before] = channel.albums()
    old = channel.fetched()

    channel.post(12, file=drawn_photo(), grouped_id=4)
    channel.settle()

    [after] = channel.albums()
    assert (after["ids"], after["items_count"], after["state"]) == ([10, 11, 12], 3, "complete")
    assert after["publication_id"] == before["publication_id"]
    assert after["revision"] == before["revision"] + 1
    assert channel.fetched() == old + 1, "what was downloaded stays"
    vision = channel.one(
        "SELECT e.metadata FROM media_groups g JOIN publications p ON p.id = g.publication_id"
        " JOIN post_enrichment e ON e.post_id = p.lead_post_id AND e.kind = 'vision' WHERE g.channel_id = %s"
    )
    assert (len(vision["items"]), vision["revision"]) == (3, after["revision"])


def test_an_album_that_is_being_posted_waits(channel: TestChannel) -> None:
    """Its items come seconds apart: it is not closed over the first of them."""
    channel.post(1, "Начало")
    channel.watch()
    channel.post(10, file=drawn_photo(), grouped_id=9, age=0)
    flow = channel.flow
    flow.until(lambda: channel.rows("SELECT 1 FROM media_groups WHERE channel_id = %s"), "the first item is seen")
    assert channel.one("SELECT state FROM media_groups WHERE channel_id = %s") == "open"
    channel.post(11, "Подпись", drawn_photo(), grouped_id=9, age=0)
    channel.settle()
    [album] = channel.albums()
    assert (album["ids"], album["caption"], album["state"]) == ([10, 11], "Подпись", "complete")


def test_doubled_messages_double_nothing(channel: TestChannel) -> None:
    """Every message of the flow once more, and polls of two beats at once."""
    channel.album([1, 2, 3], 11, {1: "Дважды"})
    channel.watch()
    before = _state(channel)
    files = channel.fetched()
    flow = channel.flow
    poll = flow.rows("SELECT subject_id, revision FROM work WHERE step = 'poll' AND subject_id = %s", channel.id)
    work = flow.rows(
        "SELECT step, subject_id, revision FROM work WHERE step <> 'poll' AND (subject_id IN"
        " (SELECT id FROM publications WHERE channel_id = %s) OR step IN ('download', 'analyze', 'backfill'))",
        channel.id,
    )
    for row in work:
        name = next(task for task in TASKS if task.split(".")[2] == row["step"])
        for bulk in (False, True):
            flow.celery.send_task(name, [[[row["subject_id"], row["revision"]]], bulk], queue=TASKS[name])
    for _ in range(5):
        flow.celery.send_task("app.tasks.poll.poll_channels", queue="default")
        for row in poll:
            key = [[row["subject_id"], row["revision"]]]
            flow.celery.send_task("app.tasks.poll.poll_channel", [key, False], queue="telegram")
    channel.settle()

    assert _state(channel) == before
    assert channel.fetched() == files


TASKS = {
    "app.tasks.backfill.backfill_channel": "telegram",
    "app.tasks.collect.collect_album": "telegram",
    "app.tasks.download.download_media": "telegram",
    "app.tasks.persist.persist_publication": "default",
    "app.tasks.analyze.analyze_media": "media",
    "app.tasks.merge.merge_vision": "default",
    "app.tasks.tag.tag_publication": "default",
    "app.tasks.index.index_publication": "default",
}


def _state(channel: TestChannel) -> list[object]:
    """Everything that a doubled message might double."""
    posts = channel.one("SELECT count(*) FROM posts WHERE channel_id = %s")
    passages, events = (
        channel.one(
            f"SELECT count(*) FROM {table} JOIN publications p ON p.id = publication_id WHERE p.channel_id = %s"
        )
        for table in ("tag_changes", "outbox_events")
    )
    return [channel.albums(), posts, passages, events]


def test_one_dead_item_does_not_hold_the_album(channel: TestChannel) -> None:
    """A file that Telegram has lost, one above the limit: the album completes with what it has."""
    lost = drawn_photo()
    channel.post(1, "Альбом с потерей", drawn_photo(), grouped_id=21)
    channel.post(2, file=lost, grouped_id=21)
    channel.post(3, file=File(990_100, "video", bytes(300_000), "video/mp4", "big.mp4"), grouped_id=21)
    with channel.flow.faults(Faults(lost=frozenset({lost.id}))):
        channel.watch()

    [album] = channel.albums()
    assert (album["items_count"], album["state"], album["album_kind"]) == (3, "complete", "mixed")
    states = channel.rows(
        "SELECT o.telegram_message_id AS id, w.state FROM posts o JOIN post_media m ON m.post_id = o.id"
        " JOIN work w ON w.step = 'download' AND w.subject_id = m.id WHERE o.channel_id = %s ORDER BY 1"
    )
    assert [(row["id"], row["state"]) for row in states] == [(1, "done"), (2, "dead"), (3, "skipped")]
    assert channel.tags(1)["tags"]


def test_the_same_grouped_id_in_two_channels(flow: Flow) -> None:
    one, two = flow.channel(), flow.channel()
    one.album([1, 2], 31, {1: "Первый"})
    two.album([1, 2, 3], 31, {2: "Второй"})
    one.watch()
    two.watch()
    assert [(a["caption"], a["items_count"]) for a in (*one.albums(), *two.albums())] == [("Первый", 2), ("Второй", 3)]


def test_a_deleted_item_is_kept_and_marked(channel: TestChannel) -> None:
    channel.post(1, "Перед альбомом")
    channel.album([2, 3, 4], 41, {2: "Трое"})
    channel.watch()
    channel.flow.server.apply(Delete(channel.there.telegram_id, 3))
    channel.settle()

    [album] = channel.albums()
    assert (album["ids"], album["items_count"]) == ([2, 3, 4], 3)
    gone = channel.rows("SELECT telegram_message_id AS id FROM posts WHERE channel_id = %s AND deleted_at IS NOT NULL")
    assert [row["id"] for row in gone] == [3]
    assert channel.one("SELECT deleted_at FROM publications WHERE channel_id = %s AND grouped_id = 41") is None


def test_a_caption_edited_later_reaches_every_item(channel: TestChannel) -> None:
    channel.post(1, "Перед альбомом")
    channel.album([2, 3], 51, {2: "Старый рынок"})
    channel.watch()
    message = channel.there.messages[2]
    channel.post(2, "Новый вокзал", message.file, grouped_id=51, edit_date=message.date)
    channel.settle()

    [album] = channel.albums()
    assert (album["caption"], album["revision"]) == ("Новый вокзал", 2)
    assert "вокзал" in channel.tags(3)["tags"]
    assert [row["trigger"] for row in channel.lineage(3)][-1] == "edit"
    assert (
        channel.one("SELECT history FROM posts WHERE channel_id = %s AND telegram_message_id = 2")[0]["text"]
        == "Старый рынок"
    )


def test_a_strange_message_stops_nothing(channel: TestChannel) -> None:
    """One NUL in a text, one message that cannot be mapped: both are kept, the page goes on."""
    for id in range(1, 7):
        channel.post(id, f"Пост {id}", drawn_photo() if id == 3 else None)
    there = channel.there.telegram_id
    with channel.flow.faults(Faults(strange=(Strange(there, 2, "nul"), Strange(there, 4, "unknown")))):
        channel.watch()
    posts = channel.rows("SELECT telegram_message_id AS id, status, text FROM posts WHERE channel_id = %s ORDER BY 1")
    assert [row["id"] for row in posts] == [1, 2, 3, 4, 5, 6]
    assert [row["id"] for row in posts if row["status"] == "unparsed"] == [4]
    assert posts[1]["text"].replace("\ufffd", "") == "Пост 2"
