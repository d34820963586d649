"""Whatever order, doubling and losing a broker is capable of: the rows at the end are the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db import transaction
from app.domain.flow import Call, FanOut, Next, batches
from app.domain.kinds import Step
from app.pipeline.engine.sweep import sweep
from app.pipeline.steps.poll import enqueue_polls
from tests.factories.messages import album, message, photo, picture, texts
from tests.integration.pipeline.database import change, rows
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.profiles import PHASES, examples, patient

SHARED = photo(data=picture("cat", "a word on it"))
TWIN = photo(data=SHARED.read())
HISTORY = [
    *texts([1]),
    *album(range(3, 6), -7, {5: "Caption on the third"}),
    message(20, "Shared", SHARED),
    message(21, "The same bytes under another id", TWIN),
]
LATER = [
    message(1, "Text number 1, edited"),
    album([2], -7)[0],  # a lower id: it becomes the lead
    *album(range(40, 43), 9, {41: "New album"}),
    message(50, "And once more", SHARED),
]

FINAL = {
    "posts": "SELECT channel_id, telegram_message_id, text, status, deleted_at IS NULL, jsonb_array_length(history)"
    " FROM posts ORDER BY 1, 2",
    "publications": "SELECT p.telegram_message_id, b.grouped_id, b.text, b.persisted_revision = b.revision"
    " FROM publications b JOIN posts p ON p.id = b.lead_post_id ORDER BY 1",
    "albums": "SELECT g.grouped_id, g.album_kind, g.items_count, g.state, g.caption, i.position, p.telegram_message_id"
    " FROM media_groups g JOIN media_group_items i ON i.group_id = g.id JOIN posts p ON p.id = i.post_id ORDER BY 7",
    "media": "SELECT p.telegram_message_id, m.sha256 FROM post_media m JOIN posts p ON p.id = m.post_id ORDER BY 1",
    "vision": "SELECT p.telegram_message_id, e.metadata->>'features_hash', e.metadata->'items'"
    " FROM post_enrichment e JOIN posts p ON p.id = e.post_id WHERE e.kind = 'vision' ORDER BY 1",
    "tags": "SELECT p.telegram_message_id, e.metadata->'tags', e.metadata->>'features_hash'"
    " FROM post_enrichment e JOIN posts p ON p.id = e.post_id WHERE e.kind = 'tags' ORDER BY 1",
    "search": "SELECT text, tag_list, ocr, labels FROM search_documents ORDER BY 1, 2",
    "work": "SELECT step, count(*) FROM work WHERE state NOT IN ('done', 'skipped') GROUP BY 1 ORDER BY 1",
    "ends": "SELECT p.telegram_message_id, w.step, w.state FROM work w JOIN publications b ON b.id = w.subject_id"
    " AND b.revision = w.revision JOIN posts p ON p.id = b.lead_post_id"
    " WHERE w.step IN ('persist', 'merge', 'tag', 'index') ORDER BY 1, 2",
    "files": "SELECT sha256, size, mime FROM media_files ORDER BY 1",
    "readings": "SELECT f.sha256, v.model, m.status, m.reading FROM media_vision m"
    " JOIN media_files f ON f.id = m.media_file_id JOIN vision_versions v ON v.id = m.vision_version_id ORDER BY 1, 2",
    # Earlier ones tell of the way that led here.
    "last passages": "SELECT DISTINCT ON (p.telegram_message_id) p.telegram_message_id, t.to_version, t.to_features,"
    " t.tagger_input_hash FROM tag_changes t JOIN publications b ON b.id = t.publication_id"
    " JOIN posts p ON p.id = b.lead_post_id ORDER BY 1, t.id DESC",
    "last events": "SELECT DISTINCT ON (p.telegram_message_id, e.routing_key) p.telegram_message_id, e.routing_key,"
    " e.payload->'media_sha256_list', e.payload->'features_hash', e.payload->'tags', e.payload->'content_hash'"
    " FROM outbox_events e JOIN publications b ON b.id = e.publication_id JOIN posts p ON p.id = b.lead_post_id"
    " ORDER BY 1, 2, e.id DESC",
    "tagged twice alike": "SELECT publication_id, tagger_input_hash FROM tag_changes WHERE called_tagger"
    " GROUP BY 1, 2 HAVING count(*) > 1",
    "told twice": "SELECT idempotency_key FROM outbox_events GROUP BY 1 HAVING count(*) > 1",
}


FATES = ("once", "once", "once", "once", "twice", "never", "sweep")
# Drawn beforehand: how many messages wait may differ from run to run, and Hypothesis could repeat no failure then.
CHOICES = st.lists(st.tuples(st.integers(0, 999), st.sampled_from(FATES)), min_size=100, max_size=200)


class Broker:
    """Chooses the next message: any of those that wait, some of them twice, some never, and the sweeper in between.

    After the last choice everything comes once, in order.
    """

    def __init__(self, choices: Iterable[tuple[int, str]]) -> None:
        self._choices = iter(choices)

    def __call__(self, waiting: deque[Next]) -> Next:
        which, fate = next(self._choices, (0, "once"))
        waiting.rotate(-which % len(waiting))
        if fate == "sweep":  # with QUICK everything is believed lost at once
            waiting.extend(sweep())
        if fate == "never":
            waiting.popleft()
            return Call(Step.TAG, ())  # nothing is delivered in its place
        return waiting[0] if fate == "twice" else waiting.popleft()


Deliver = Callable[[Iterable[Next]], None]


def crowd(flow: Flow) -> Deliver:
    """Delivers every message twice, to four workers at once."""

    def deliver(nexts: Iterable[Next]) -> None:
        with ThreadPoolExecutor(4) as pool:

            def submit(items: Iterable[Next]) -> set[Future[Sequence[Next]]]:
                calls = [
                    c for item in items for c in ([*item.headers, item.body] if isinstance(item, FanOut) else [item])
                ]
                return {pool.submit(flow.drive.do, call) for call in calls for _ in range(2)}

            waiting = submit(nexts)
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    waiting |= submit(batches(future.result(), lambda _: 50))

    return deliver


def play(flow: Flow, deliver: Deliver) -> dict[str, list[tuple[Any, ...]]]:
    """The whole story in an empty database, delivered by that broker; the rows at the end."""
    change(
        "TRUNCATE channels, publications, media_files, work, outbox_events, vision_versions RESTART IDENTITY CASCADE"
    )
    change("TRUNCATE vision_chain")
    flow.drive.vision = PictureReader()
    news = flow.server.world.channels[0]
    news.messages.clear()
    flow.post(*HISTORY)
    flow.drive.watch("@news")
    for chapter in (HISTORY, LATER):
        flow.post(*chapter)
        with transaction() as session:
            nexts = enqueue_polls(session)
        deliver(nexts)
        flow.drive.settle()
    flow.drive.poll()  # whatever of the last chapter was lost with a poll
    flow.drive.settle()
    assert len(flow.drive.vision.calls) == len(set(flow.drive.vision.calls)), "no file is read twice"
    return {name: rows(query) for name, query in FINAL.items()}


@pytest.fixture
def expected(flow: Flow) -> dict[str, Any]:
    """What delivery in order leads to."""
    rows = play(flow, flow.drive.follow)
    assert len(rows["posts"]) == 11
    assert [row[2] for row in rows["albums"]] == [4] * 4 + [3] * 3
    assert rows["work"] == rows["tagged twice alike"] == rows["told twice"] == []
    assert all(rows[name] for name in FINAL if name not in ("work", "tagged twice alike", "told twice"))
    return rows


@patient
@settings(
    max_examples=examples(6),
    phases=PHASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(choices=CHOICES)
def test_the_end_is_always_the_same(flow: Flow, expected: dict[str, Any], choices: list[tuple[int, str]]) -> None:
    broker = Broker(choices)
    assert play(flow, lambda nexts: flow.drive.follow(nexts, broker)) == expected


def test_workers_side_by_side_never_wait_crosswise(
    flow: Flow, expected: dict[str, Any], log: list[MutableMapping[str, Any]]
) -> None:
    """No deadlock, no lost update: PostgreSQL would end one of the two, and the runner would log it."""
    for _ in range(3):
        assert play(flow, crowd(flow)) == expected
    assert [entry for entry in log if entry["log_level"] == "error"] == []
