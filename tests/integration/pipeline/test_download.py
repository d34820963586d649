"""Downloads: each Telegram file once, each content once, whatever Telegram answers."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from app.db import transaction
from app.demo.telegram import Faults, LoopbackTelegram, Rule
from app.demo.world import File
from app.domain.flow import Call
from app.domain.kinds import State, Step
from app.domain.messages import MediaRequest
from app.errors import Transient
from app.operations.retry import given_up, retry_rows
from app.pipeline.engine.work import claim, finish
from app.pipeline.steps.download import Download
from app.pipeline.steps.poll import enqueue_polls
from app.ports import MediaSource
from tests.drive import ACCOUNT
from tests.factories.messages import START, document, message, photo, picture, sha256
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, enrichment, one, rows, work
from tests.integration.pipeline.flow import Flow, elsewhere

STORED = "SELECT count(*), sum(size) FROM media_files"


def fetched(server: LoopbackTelegram, *files: File) -> Counter[int]:
    """Requests for each file so far, by its id."""
    ids = {file.id for file in files}
    return Counter(entry.args["file"] for entry in server.ledger.of("upload.getFile") if entry.args["file"] in ids)


def ingest_only(flow: Flow) -> list[tuple[int, int]]:
    """Reads the whole history; the downloads that are due then."""
    with transaction() as session:
        (poll,) = enqueue_polls(session)
    (backfill,) = flow.drive.do(poll)  # type: ignore[arg-type]
    flow.drive.do(backfill)  # type: ignore[arg-type]
    return [(subject, revision) for subject, revision, state, _ in work(Step.DOWNLOAD) if state == "due"]


def test_the_same_telegram_file_is_fetched_once(flow: Flow, server: LoopbackTelegram) -> None:
    """In one batch, in an album, in another channel, and again much later."""
    shared, other = photo("cat"), photo("dog")
    flow.post(message(1, "One", shared), message(2, "Two", shared), message(3, "Three", other, grouped_id=5))
    flow.post(message(4, "", shared, grouped_id=5))
    flow.post(message(1, "In town", shared), channel=CITY)
    flow.watch("@news", "@city")
    flow.post(message(50, "Once more", shared))
    flow.run()
    assert fetched(server, shared, other) == {shared.id: 1, other.id: 1}
    assert one("SELECT count(*) FROM post_media WHERE sha256 = :sha", sha=sha256(shared)) == 5
    assert Counter(flow.vision.calls) == {sha256(shared): 1, sha256(other): 1}, "and read once"


def test_two_workers_at_once_fetch_a_file_once(flow: Flow, server: LoopbackTelegram) -> None:
    shared = photo("cat")
    flow.post(*(message(i, f"Number {i}", shared) for i in range(1, 7)))
    flow.drive.watch("@news")
    keys = ingest_only(flow)
    start = Barrier(6)

    def work_at(key: tuple[int, int]) -> None:
        start.wait()
        flow.drive.do(Call(Step.DOWNLOAD, (key,)))

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work_at, key) for key in reversed(keys)]:
            done.result()
    change("UPDATE work SET next_attempt_at = now() WHERE state = 'due'")
    flow.run()
    assert fetched(server, shared) == {shared.id: 1}
    assert one("SELECT count(*) FROM post_media WHERE sha256 IS NULL") == 0


def test_a_younger_lease_is_waited_for_too(flow: Flow, server: LoopbackTelegram) -> None:
    """The second post's download began first: the first one waits for it all the same."""
    shared = photo("cat")
    flow.post(message(1, "One", shared), message(2, "Two", shared))
    flow.drive.watch("@news")
    first, second = ingest_only(flow)
    source = flow.drive.media

    class Meanwhile:
        """While the second is fetched, somebody does the first."""

        def fetch(self, requests: list[MediaRequest]) -> list[object]:
            flow.drive.media = source
            elsewhere(lambda: flow.drive.do(Call(Step.DOWNLOAD, (first,))))
            return list(source.fetch(requests))

    flow.drive.media = Meanwhile()  # type: ignore[assignment]
    flow.drive.do(Call(Step.DOWNLOAD, (second,)))
    assert fetched(server, shared) == {shared.id: 1}
    change("UPDATE work SET next_attempt_at = now() WHERE state = 'due'")
    flow.run()
    assert fetched(server, shared) == {shared.id: 1}
    assert [row[2] for row in work(Step.DOWNLOAD)] == ["done", "done"]


def test_a_lease_that_nobody_can_see_yet_is_waited_for_too(flow: Flow, server: LoopbackTelegram) -> None:
    """Another worker is leasing the same file at this very moment: its transaction has not been committed."""
    shared = photo("cat")
    flow.post(message(1, "One", shared), message(2, "Two", shared))
    flow.drive.watch("@news")
    first, second = ingest_only(flow)
    with transaction() as other:
        held = claim(other, Step.DOWNLOAD, [first], 600)
        Download(flow.drive.media, ACCOUNT).load_all(other, held)
        flow.drive.do(Call(Step.DOWNLOAD, (second,)))
        assert fetched(server, shared) == {}
        finish(other, held, State.DUE)
    change("UPDATE work SET next_attempt_at = now() WHERE state = 'due'")
    flow.run()
    assert fetched(server, shared) == {shared.id: 1}


def test_equal_bytes_under_two_ids_are_stored_and_read_once(flow: Flow) -> None:
    data = picture("cat")
    flow.post(message(1, "One", photo(data=data)), message(2, "Two", photo(data=data)))
    flow.watch()
    assert rows(STORED) == [(1, len(data))]
    assert len(flow.vision.calls) == 1
    assert one("SELECT count(DISTINCT telegram_key) FROM post_media") == 2


def test_expired_references_are_fetched_again(flow: Flow, server: LoopbackTelegram) -> None:
    """Photos too: Telethon itself refetches those of documents only."""
    files = [photo("cat"), document(b"A long report", mime="text/plain")]
    flow.post(*(message(i, "With a file", file) for i, file in enumerate(files, 1)))
    flow.drive.watch("@news")
    ingest_only(flow)
    server.expire_references()
    flow.run()
    assert {sha for (sha,) in rows("SELECT sha256 FROM post_media")} == {sha256(file) for file in files}
    assert server.ledger.count("upload.getFile", "FILE_REFERENCE_EXPIRED") == 2


def test_a_flood_wait_becomes_a_time_and_charges_nobody(flow: Flow, server: LoopbackTelegram) -> None:
    flow.post(message(1, "A cat", photo("cat")), message(2, "Text goes on"))
    server.faults = Faults(flood=Rule(first=1, methods=("upload.getFile",)), flood_seconds=600)
    flow.drive.watch("@news")
    flow.drive.poll()
    [(state, attempts, wait, error)] = rows(
        "SELECT state, attempts, extract(epoch FROM next_attempt_at - clock_timestamp()), last_error"
        " FROM work WHERE step = 'download'"
    )
    assert (state, attempts) == ("due", 0)
    assert 590 < wait <= 750
    assert "600" in error
    assert one("SELECT count(*) FROM search_documents") == 1, "the text did not wait"


def test_what_cannot_be_had_dies_with_its_reason_and_the_rest_goes_on(flow: Flow, server: LoopbackTelegram) -> None:
    lost, kept = photo("cat"), photo("dog")
    flow.post(message(1, "Two of them", lost, grouped_id=5), message(2, "", kept, grouped_id=5))
    flow.drive.watch("@news")
    ingest_only(flow)

    class Half:
        """Telegram has lost one file."""

        def fetch(self, requests: list[MediaRequest]) -> list[object]:
            keys = [request.media.key for request in requests]
            error = Transient("Telegram did not answer", 0.0)
            return [error if k == f"photo:{lost.id}" else f for k, f in zip(keys, source.fetch(requests), strict=True)]

    source: MediaSource = flow.drive.media
    flow.drive.media = Half()  # type: ignore[assignment]
    flow.run()
    states = {row[2]: row[3] for row in work(Step.DOWNLOAD)}
    assert states["dead"] == "gave up after 3 attempts: Telegram did not answer"
    assert rows("SELECT state, items_count FROM media_groups") == [("complete", 2)]
    assert [sha for (sha,) in rows("SELECT sha256 FROM post_media ORDER BY id")] == [None, sha256(kept)]
    assert one("SELECT payload->'media_sha256_list' FROM outbox_events WHERE routing_key = 'posts.parsed'") == [
        sha256(kept)
    ]


def test_a_dead_download_that_is_retried_completes_its_album(flow: Flow, server: LoopbackTelegram) -> None:
    """Also the reading, the tags and the event: subscribers hear of the file that came late."""
    lost, kept = photo("cat"), photo("dog")
    flow.post(message(1, "Two of them", lost, grouped_id=5), message(2, "", kept, grouped_id=5))
    server.faults = Faults(lost=frozenset({lost.id}))
    flow.watch()
    assert one("SELECT state FROM work WHERE step = 'download' AND state <> 'done'") == "dead"
    server.faults = Faults()
    with transaction() as session:
        retry_rows(session, given_up(session, State.DEAD))
    flow.run()
    vision = enrichment(1, "vision")
    assert vision is not None
    assert len(vision["items"]) == 2
    events = rows(
        "SELECT payload->'media_sha256_list' FROM outbox_events WHERE routing_key = 'posts.parsed' ORDER BY id"
    )
    assert [len(files) for (files,) in events] == [1, 2]


def test_the_media_of_a_removed_channel_are_let_go(flow: Flow) -> None:
    """They wait for no poll that will never come."""
    flow.post(message(1, "A cat", photo("cat")))
    flow.drive.watch("@news")
    ingest_only(flow)
    change("UPDATE channels SET enabled = false, account = 'before the new login'")
    flow.drive.settle()
    assert one("SELECT reason FROM work WHERE step = 'download'") == "the channel is not watched any more"


def test_a_medium_replaced_before_its_download_is_let_go(flow: Flow, server: LoopbackTelegram) -> None:
    old, new = photo("cat"), photo("dog")
    flow.post(message(1, "Look", old))
    flow.drive.watch("@news")
    ingest_only(flow)
    flow.post(message(1, "Look", new, edit_date=START))
    flow.drive.poll()
    flow.drive.settle()
    assert [row[2:] for row in work(Step.DOWNLOAD)] == [
        ("skipped", "replaced by an edit before it was downloaded"),
        ("done", None),
    ]
    assert fetched(server, old) == {}


def test_a_file_missing_from_the_store_is_found_out(flow: Flow) -> None:
    """Bytes that an operator removed: their reading dies with the reason, and the text is tagged all the same."""
    flow.post(message(1, "A cat", photo("cat")))
    store = flow.drive.store
    original = store.path

    def missing(name: str) -> object:
        original(name).unlink(missing_ok=True)
        return original(name)

    store.path = missing  # type: ignore[method-assign, assignment]
    flow.watch()
    [(_, _, state, reason)] = work(Step.ANALYZE)
    assert state == "dead"
    assert "not in the media store" in reason
    assert one("SELECT count(*) FROM search_documents") == 1
