"""`status` and the gauges read as little of an archive of 20,000 posts as of one of 20, with statistics and without."""

from __future__ import annotations

from functools import partial

import pytest

from app.db import transaction
from app.observe import gauges
from app.operations.progress import count_final, progress
from app.pipeline.engine import counters
from app.settings import Settings
from app.status.overview import Status, status
from tests.integration.pipeline.database import change, one
from tests.integration.pipeline.test_growth import _analyze, _deeper, _forget, _use_of
from tests.services import TestServices

# A history that was read to its end: all work is final, every event is sent, every call was answered in another month.
FILL = (
    "INSERT INTO channels (reference, backfill_cursor) SELECT '@c' || n, 0 FROM generate_series(1, 20) n",
    "INSERT INTO publications (channel_id, revision) SELECT 1 + mod(n, 20), 1 FROM generate_series(1, {count}) n",
    "INSERT INTO posts (channel_id, telegram_message_id, publication_id) SELECT channel_id, id, id FROM publications",
    "INSERT INTO media_files (sha256, size, mime)"
    " SELECT encode(sha256(n::text::bytea), 'hex'), 9, 'image/jpeg' FROM generate_series(1, {count}) n",
    "INSERT INTO left_out_media (media_id, channel_id, rule, bytes)"
    " SELECT n, 1 + mod(n, 20), 'size', 2 FROM generate_series(1, {count}) n",
    "INSERT INTO work (step, subject_id, revision, state)"
    " SELECT step, n, 1, CASE WHEN mod(n, 20) > 0 THEN 'done' WHEN mod(n, 4000) > 0 THEN 'skipped' ELSE 'dead' END"
    " FROM generate_series(1, {count}) n, unnest(ARRAY['download', 'analyze', 'merge', 'tag', 'index']) step",
    "INSERT INTO outbox_events (routing_key, idempotency_key, publication_id, payload, published_at)"
    " SELECT 'posts.tagged', n, n, '{{}}', now() FROM generate_series(1, {count}) n",
    "INSERT INTO token_ledger (provider, model, purpose, reserved, settled, outcome, created_at, ended_at)"
    " SELECT 'openai', 'm', 'tags', 9, 9, 'answered', now() - interval '70 days', now()"
    " FROM generate_series(1, {count}) n",
)
COUNT = 20_000
# Buffers of 8 KiB of one statement beyond those of a small archive: the levels of its indexes. The smallest of the
# large archive's tables has 150.
DEEPER = 40


def _fill(count: int) -> None:
    for statement in FILL:
        change(statement.format(count=count))
    counters.fold()


def _look(settings: Settings) -> Status:
    gauges.read(settings)
    with transaction() as session:
        count_final(session)
        found = status(session)
        progress(session, found.at)
    return found


@pytest.mark.parametrize("known", [False, True], ids=["never analysed", "analysed"])
def test_looking_costs_the_same_however_much_there_is(settings: Settings, services: TestServices, known: bool) -> None:
    _fill(20)
    small = _use_of(services, partial(_look, settings))
    change(
        "TRUNCATE channels, publications, media_files, left_out_media, work, outbox_events, token_ledger"
        " RESTART IDENTITY CASCADE"
    )
    _fill(COUNT)
    if known:
        _analyze()
    else:
        _forget()
    large = _use_of(services, partial(_look, settings))
    gauges.engine(settings.database()).dispose()
    assert len(large) >= 20, "statements are counted"
    assert _deeper(small, large, DEEPER) == []
    shown = _look(settings)
    assert [one.posts for one in shown.channels] == [COUNT // 20] * 20
    assert [(one.left_out.files, one.left_out.bytes) for one in shown.channels] == [(COUNT // 20, COUNT // 10)] * 20
    assert {(stage.done, stage.skipped, stage.dead) for stage in shown.stages.values()} == {(19_000, 995, 5)}
    assert one("SELECT count(*) FROM posts") == COUNT
