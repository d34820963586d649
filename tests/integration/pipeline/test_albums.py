"""Albums come together whatever the borders, and are never counted twice nor kept open for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.db import transaction
from app.demo.telegram import Faults, LoopbackTelegram, Rule
from app.demo.world import File
from app.domain.kinds import Step
from app.pipeline.steps.poll import enqueue_polls
from app.settings import get_settings
from tests.factories.messages import BROKEN, START, album, document, message, now, photo, picture, texts
from tests.factories.worlds import CITY, GROUP, NEWS
from tests.integration.pipeline.database import albums, change, enrichment, lineage, one, revision, rows, work
from tests.integration.pipeline.flow import Flow


def test_an_album_in_the_middle_of_a_page(flow: Flow) -> None:
    """2, 5: siblings of the same second are found, and need nothing that does not exist yet."""
    items = album(range(12, 17), GROUP, {14: "Five views of the old harbour"})
    flow.post(*texts([1]), *items, *texts(range(30, 40)))
    flow.watch()
    assert albums() == [(GROUP, "photo", 5, "complete", [12, 13, 14, 15, 16])]
    assert one("SELECT caption FROM media_groups") == "Five views of the old harbour"
    assert one("SELECT text FROM publications WHERE grouped_id IS NOT NULL") == "Five views of the old harbour"
    assert not flow.done(Step.COLLECT), "the page held every possible sibling"
    tags = enrichment(16, "tags")
    assert tags is not None
    assert tags == enrichment(12, "tags"), "every item resolves to the album's tags"
    assert one("SELECT count(*) FROM search_documents WHERE text LIKE 'Five views%'") == 1


@pytest.mark.parametrize("newest", [140, 440])
def test_an_album_across_a_page_border_of_history(newest: int, flow: Flow) -> None:
    """4: an album that spanned two batches was dropped. The newest page ends at 41, or the newest run of pages."""
    service = [message(i, service=True) for i in range(1, newest + 1)]
    items = album(range(38, 45), GROUP, {38: "Across the border"})
    for item in items:
        service[item.id - 1] = item
    flow.post(*service)
    flow.watch()
    assert albums() == [(GROUP, "photo", 7, "complete", list(range(38, 45)))]
    assert bool(flow.done(Step.COLLECT)) is (newest == 440), "only another run has to ask for its siblings"
    assert one("SELECT count(*) FROM tag_changes WHERE trigger = 'initial'") == 1


def test_an_album_across_a_page_border_of_live_messages(flow: Flow) -> None:
    """4: the same, among new messages: the first page above the cursor ends within the album."""
    flow.post(*texts([1]))
    flow.watch()
    new = {i: message(i, service=True) for i in range(2, 220)}
    new |= {item.id: item for item in album(range(97, 106), 42)}
    flow.post(*new.values())
    flow.run()
    assert albums() == [(42, "photo", 9, "complete", list(range(97, 106)))]
    asked = flow.done(Step.COLLECT)[0]
    assert str(asked.dedup).startswith(f"album:{one('SELECT id FROM channels')}:42:"), "a second message is none"


def test_the_same_number_in_two_channels_is_two_albums(flow: Flow) -> None:
    flow.post(*album(range(1, 4), GROUP))
    flow.post(*album(range(1, 3), GROUP), channel=CITY)
    flow.watch("@news", "@city")
    assert albums() == [(GROUP, "photo", 3, "complete", [1, 2, 3]), (GROUP, "photo", 2, "complete", [1, 2])]
    assert one("SELECT count(*) FROM publications") == 2


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ([photo(), photo()], "photo"),
        ([document(b"\0" * 40, "video", "video/mp4"), document(b"\1" * 40, "video", "video/mp4")], "video"),
        ([photo(), document(b"\2" * 40, "video", "video/mp4")], "mixed"),
        ([document(b"one", mime="text/plain"), document(b"two", mime="text/plain")], "mixed"),
        ([document(b"\3" * 40, "audio", "audio/mpeg"), document(b"\4" * 40, "audio", "audio/mpeg")], "mixed"),
    ],
)
def test_kinds(flow: Flow, files: list[File], kind: str) -> None:
    flow.post(*(message(i, file=file, grouped_id=GROUP) for i, file in enumerate(files, 1)))
    flow.watch()
    assert albums() == [(GROUP, kind, 2, "complete", [1, 2])]


def test_a_late_item_joins_and_nothing_is_counted_twice(flow: Flow) -> None:
    """4, 7: late items never joined; counts doubled when they did."""
    items = album(range(10, 14), GROUP, {10: "Market day"})
    flow.post(*items[:3])
    flow.watch()
    assert albums() == [(GROUP, "photo", 3, "complete", [10, 11, 12])]
    flow.post(replace(items[3], file=photo("elephant", "words on a sign")))
    flow.run()
    assert albums() == [(GROUP, "photo", 4, "complete", [10, 11, 12, 13])]
    assert revision(10) == 2
    assert [change[:2] for change in lineage(10)] == [
        ("initial", "initial"),
        ("vision_retag", "higher_version"),
        ("vision_retag", "features_changed"),
    ]
    tags = enrichment(10, "tags")
    assert tags is not None
    assert "elephant" in tags["tags"]
    assert one("SELECT ocr FROM search_documents") == "words on a sign"
    assert len(flow.vision.calls) == 4, "no file was read twice"
    flow.run()
    assert rows("SELECT items_count, (SELECT count(*) FROM media_group_items) FROM media_groups") == [(4, 4)]


def test_a_lower_id_becomes_lead_and_enrichments_move(flow: Flow) -> None:
    items = album(range(10, 13), GROUP, {11: "Who leads here"})
    flow.post(*items[1:])
    flow.watch()
    before = enrichment(12, "vision")
    flow.post(items[0])
    flow.run()
    assert albums() == [(GROUP, "photo", 3, "complete", [10, 11, 12])]
    lead = one("SELECT telegram_message_id FROM publications b JOIN posts p ON p.id = lead_post_id")
    assert lead == 10
    assert rows("SELECT count(*), count(DISTINCT post_id) FROM post_enrichment") == [(2, 1)]
    assert before is not None
    assert enrichment(12, "vision") != before, "it is about three pictures now"
    assert [change[0] for change in lineage(12)].count("initial") == 1, "its tags came along"


def test_a_fresh_album_waits_and_then_closes(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    wait(monkeypatch, 3600.0)
    items = album(range(10, 13), GROUP, date=now())
    flow.post(*texts([1]))
    flow.watch()
    flow.post(*items[:2])
    flow.drive.poll()
    assert [row[3] for row in albums()] == ["open"]
    assert one("SELECT count(*) FROM tag_changes") == 1
    flow.post(items[2])
    flow.drive.poll()
    assert [row[3] for row in albums()] == ["open"]
    wait(monkeypatch, 0.0)
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE step = 'collect' AND state = 'due'")
    flow.run()
    assert albums() == [(GROUP, "photo", 3, "complete", [10, 11, 12])]
    assert [one_change[0] for one_change in lineage(11)] == ["initial", "vision_retag"]


def wait(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """How long an album may grow from now on; no clock of a busy machine decides."""
    monkeypatch.setenv("ALBUM_WAIT", str(seconds))
    get_settings.cache_clear()


def test_an_album_asked_about_in_vain_closes_by_itself(flow: Flow) -> None:
    """However wrong the clocks: after so many questions without a new item it is complete."""
    flow.post(*album(range(10, 12), GROUP, date=now() + timedelta(hours=5)))
    flow.watch()
    assert albums() == [(GROUP, "photo", 2, "complete", [10, 11])]
    assert one("SELECT collects FROM media_groups") == get_settings().album_polls


@pytest.mark.parametrize("case", ["deleted", "video", "too large", "gone", "broken", "no file"])
def test_no_item_keeps_an_album_open(flow: Flow, server: LoopbackTelegram, case: str) -> None:
    """8: skipped or video items kept an album open for ever, and only the first picture's reading was kept."""
    odd = {
        "video": document(b"\0\0\0\x18ftypmp42" + b"\0" * 60, "video", "video/mp4"),
        "too large": document(b"\0" * 300_000),
        "broken": photo(data=BROKEN),
    }.get(case, photo())
    flow.post(
        message(10, file=photo("lion"), grouped_id=GROUP),
        message(11, file=odd, grouped_id=GROUP),
        message(12, "The rest of them", photo("tiger"), grouped_id=GROUP),
    )
    if case == "no file":
        flow.post(message(11, grouped_id=GROUP))
    flow.drive.watch("@news")
    if case == "gone":
        _read_page(flow)
        flow.delete(11)  # after it was read, before its file is fetched
        server.expire_references()
    flow.run()
    if case == "deleted":
        flow.delete(11)
        flow.run()
    assert albums() == [(GROUP, albums()[0][1], 3, "complete", [10, 11, 12])]
    tags = enrichment(11, "tags")
    assert tags is not None
    assert {"lion", "tiger"} <= set(tags["tags"]), "every other item was read"
    final = {"too large": ("skipped", "300000"), "gone": ("dead", "deleted")}
    if case in final:
        state, reason = final[case]
        [found] = [row for row in work(Step.DOWNLOAD) if row[2] != "done"]
        assert found[2] == state
        assert reason in found[3]


def _read_page(flow: Flow) -> None:
    """Reads the history, without what follows from it."""
    with transaction() as session:
        (poll,) = enqueue_polls(session)
    (backfill,) = flow.drive.do(poll)  # type: ignore[arg-type]
    flow.drive.do(backfill)  # type: ignore[arg-type]


def test_an_album_that_cannot_be_asked_about_goes_on(flow: Flow, server: LoopbackTelegram) -> None:
    """3: one failure hid an album for six hours."""
    flow.post(*texts([1]))
    flow.watch()
    flow.post(*album(range(10, 13), GROUP, {10: "All that we could get"}))
    server.faults = Faults(server_error=Rule(first=999, methods=("channels.getMessages",)))
    flow.drive.poll()
    assert [row[2] for row in work(Step.COLLECT)] == ["due"]
    rows_before = one("SELECT count(*) FROM posts")
    server.faults = Faults()
    flow.run()
    assert rows_before == 4, "posts are written before anybody asks for siblings"
    assert albums() == [(GROUP, "photo", 3, "complete", [10, 11, 12])]


def test_one_album_has_one_row_for_each_kind_of_enrichment(flow: Flow) -> None:
    """8, 12: several writers overwrote each other's row, and texts inside pictures were lost."""
    words = ["first sign", "second sign", "third sign"]
    flow.post(
        *(message(i, file=photo("sign", words[i - 1]), grouped_id=GROUP) for i in range(1, 4)),
        message(9, "Another", photo(data=picture("street", "a fourth sign"))),
    )
    flow.watch()
    vision = enrichment(2, "vision")
    assert vision is not None
    assert [item["ocr_text"] for item in vision["items"]] == words
    assert one("SELECT ocr FROM search_documents WHERE text = ''") == "\n".join(words)
    assert rows("SELECT post_id, kind, count(*) FROM post_enrichment GROUP BY 1, 2 HAVING count(*) > 1") == []
    assert sorted(kind for (kind,) in rows("SELECT kind FROM post_enrichment")) == ["tags", "tags", "vision", "vision"]


def test_dates_decide_nothing(flow: Flow) -> None:
    """2, 11: two albums and a text of one and the same second are told apart by ids and groups alone."""
    flow.post(*album([1, 2], 7, date=START), message(3, "Between", date=START), *album([4, 5], 8, date=START))
    flow.watch()
    assert [(row[0], row[4]) for row in albums()] == [(7, [1, 2]), (8, [4, 5])]
    assert one("SELECT telegram_id FROM channels") == NEWS
