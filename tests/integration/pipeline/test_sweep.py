"""The sweeper alone brings all work to its end, and floods nobody on the way."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import text

from app import db
from app.db import transaction
from app.demo.telegram import Faults, Rule
from app.domain.advisory_locks import AdvisoryLock
from app.domain.flow import Call, Next
from app.domain.kinds import Step
from app.domain.retries import backoff
from app.errors import Transient
from app.pipeline.engine import sweep as sweep_module
from app.pipeline.engine import work
from app.pipeline.engine.reschedule import postpone
from app.pipeline.engine.sweep import BOUND, PORTION, sweep
from app.pipeline.steps.analyze import wake
from app.settings import Settings, get_settings
from tests.factories.messages import album, message, photo, sha256
from tests.factories.rows import due, keys, leased
from tests.integration.pipeline.database import albums, change, enrichment, one, rows
from tests.integration.pipeline.database import work as work_rows
from tests.integration.pipeline.flow import Flow


def published(step: Step) -> list[int]:
    """The subjects of one step that a pass publishes."""
    return [subject for call in sweep() if isinstance(call, Call) and call.step is step for subject, _ in call.keys]


def test_only_what_is_silent_is_published_and_then_let_be(settings: Settings) -> None:
    due(Step.TAG, keys(3), hint=0.0)
    due(Step.TAG, keys(5), hint=60.0)  # rows 3 and 4 are under way
    assert sorted(published(Step.TAG)) == [0, 1, 2]
    assert published(Step.TAG) == [], "their messages are under way now"
    change("UPDATE work SET hint_at = now()")
    assert sorted(published(Step.TAG)) == [0, 1, 2, 3, 4]


def test_a_long_outage_is_worked_off_in_portions(settings: Settings) -> None:
    due(Step.TAG, keys(BOUND + 10), hint=0.0)
    first, second = published(Step.TAG), published(Step.TAG)
    assert (len(first), len(second)) == (BOUND, 10)
    assert not set(first) & set(second)


def test_what_is_not_due_yet_is_not_published(settings: Settings) -> None:
    with transaction() as session:
        work.enqueue(session, Step.TAG, [(1, 1)], hint=0.0, delay=60.0)
    assert published(Step.TAG) == []


def test_a_long_queue_is_late_and_not_lost(settings: Settings) -> None:
    due(Step.TAG, keys(3), hint=0.0)
    assert sweep({Step.TAG}) == []
    assert len(published(Step.TAG)) == 3


def test_whoever_had_no_room_gives_back_at_once(settings: Settings) -> None:
    due(Step.TAG, keys(2), hint=60.0)
    postpone(Step.TAG, [(1, 1)])
    assert published(Step.TAG) == [1]


def test_what_waits_for_its_time_takes_no_room_of_what_was_lost(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a paid tagger, tags wait TAG_WAIT for their pictures: no message of theirs is under way."""
    monkeypatch.setenv("TAGGER", "openai")
    get_settings.cache_clear()
    due(Step.TAG, keys(PORTION), hint=60.0, delay=300.0)
    due(Step.TAG, [(9_999, 1)])  # its message was lost
    try:
        assert published(Step.TAG) == [9_999]
        change("UPDATE work SET next_attempt_at = now() WHERE subject_id < 9999")
        change("UPDATE work SET hint_at = now() WHERE subject_id = 9999")
        assert published(Step.TAG) == [], "their messages are under way now, and take all the room there is"
    finally:
        get_settings.cache_clear()


def test_two_sweepers_publish_nothing_twice(settings: Settings) -> None:
    due(Step.TAG, keys(3), hint=0.0)
    with transaction() as session:
        work.mark_hinted(session, [1], 0.0)  # somebody is writing this row now
        assert len(published(Step.TAG)) == 2
    with transaction() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.SWEEP.value})
        change("UPDATE work SET hint_at = now()")
        assert sweep() == []


def test_sweepers_side_by_side_publish_each_row_once(settings: Settings) -> None:
    """Two beats, or a person beside beat: one pass at a time, and whoever comes meanwhile does nothing."""
    due(Step.TAG, keys(BOUND + 100), hint=0.0)
    start = Barrier(4)

    def some() -> list[int]:
        start.wait()
        return [subject for _ in range(3) for subject in published(Step.TAG)]

    with ThreadPoolExecutor(4) as pool:
        found = [subject for each in [pool.submit(some) for _ in range(4)] for subject in each.result()]
    assert sorted(found) == list(range(BOUND + 100))


def test_expired_leases_are_freed_in_portions_and_published_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_module, "BOUND", 2)
    due(Step.TAG, keys(3), hint=60.0)
    assert len(leased(Step.TAG, keys(3))) == 3
    assert published(Step.TAG) == [], "they are at work"
    change("UPDATE work SET lease_until = now() - subject_id * interval '1 s' - interval '1 s'")
    assert sorted(published(Step.TAG)) == [1, 2], "the oldest first"
    assert published(Step.TAG) == [0]


def test_failures_of_one_moment_come_back_at_different_ones(settings: Settings) -> None:
    """Jitter only adds: a hundred rows that failed with one outage must not be the next one."""
    due(Step.TAG, keys(100), hint=0.0)
    failed: dict[int, tuple[datetime, datetime]] = {}  # around each failure, by the database's clock
    with transaction() as session:
        for held in work.claim(session, Step.TAG, keys(100), 600.0):
            before = db.now(session)
            work.fail(session, held, Transient("busy"), settings.max_attempts)
            failed[held.id] = before, db.now(session)
    due_at = dict(rows("SELECT id, next_attempt_at FROM work"))
    waits = [(due_at[id_] - before).total_seconds() for id_, (before, _) in failed.items()]
    assert backoff(1) <= min(waits)
    assert all((due_at[id_] - after).total_seconds() <= backoff(1) * 1.25 for id_, (_, after) in failed.items())
    assert len({round(wait, 2) for wait in waits}) > 20
    assert published(Step.TAG) == []


class Lossy:
    """A broker that loses all messages of some steps."""

    def __init__(self, flow: Flow, *steps: Step) -> None:
        self.steps = steps
        self._do = flow.drive.do
        flow.drive.do = self.do  # type: ignore[method-assign]

    def do(self, call: Call) -> Sequence[Next]:
        return [] if call.step in self.steps else self._do(call)


@pytest.mark.parametrize("lost", [Step.PERSIST, Step.MERGE])
def test_a_lost_chord_body_is_found(flow: Flow, lost: Step) -> None:
    """8: vision finished before the album row: the event was acknowledged and lost."""
    broker = Lossy(flow, lost)
    flow.post(message(1, "First of all"))
    flow.watch() if lost is Step.MERGE else flow.drive.watch("@news")
    flow.post(*album(range(10, 13), 5), message(30, "A cat", photo("cat")))
    flow.drive.poll()
    broker.steps = ()
    flow.run()
    assert albums() == [(5, "photo", 3, "complete", [10, 11, 12])]
    found = enrichment(30, "tags")
    assert found is not None
    assert "cat" in found["tags"]


def test_a_fan_in_waits_for_its_last_child(flow: Flow) -> None:
    broker = Lossy(flow, Step.ANALYZE)
    flow.post(message(1, "Both", photo("cat"), grouped_id=5), message(2, file=photo("dog"), grouped_id=5))
    flow.drive.watch("@news")
    flow.drive.poll()
    assert published(Step.MERGE) == [], "its files have not been read"
    [first, second] = [(subject, revision) for subject, revision, _, _ in work_rows(Step.ANALYZE)]
    broker.steps = ()
    flow.drive.do(Call(Step.ANALYZE, (first,)))
    assert published(Step.MERGE) == []
    flow.drive.do(Call(Step.ANALYZE, (second,)))
    assert published(Step.MERGE) == [one("SELECT id FROM publications")]


def test_behind_many_that_wait_everybody_is_asked_in_turn(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one question a pass, and rows that are silent again at once, the one that is ready is still found."""
    monkeypatch.setattr(sweep_module, "WINDOW", 1)
    Lossy(flow, Step.ANALYZE)
    flow.post(*(message(n, file=photo(name)) for n, name in enumerate(("cat", "dog", "tree", "car"), 1)))
    flow.drive.watch("@news")
    flow.drive.poll()
    change("UPDATE work SET hint_at = now() WHERE step = 'merge'")
    *_, last = [subject for subject, _, _, _ in work_rows(Step.ANALYZE)]
    change(f"UPDATE work SET state = 'done' WHERE step = 'analyze' AND subject_id = {last}")
    found = [published(Step.MERGE) for _ in range(5)]
    ready = one(
        "SELECT publication_id FROM posts JOIN post_media ON post_id = posts.id "
        f"JOIN media_files USING (sha256) WHERE media_files.id = {last}"
    )
    assert [ready] in found
    assert all(subjects in ([], [ready]) for subjects in found)


def test_who_waits_for_its_children_is_asked_again_after_a_while(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    Lossy(flow, Step.ANALYZE)
    flow.post(message(1, file=photo("cat")))
    flow.drive.watch("@news")
    flow.drive.poll()
    monkeypatch.setenv("REPUBLISH_AFTER", "30")
    get_settings.cache_clear()
    assert published(Step.MERGE) == []
    assert 25 < one("SELECT extract(epoch FROM hint_at - now())::int FROM work WHERE step = 'merge'") <= 30


def test_without_any_message_at_all_the_sweeper_does_everything(flow: Flow) -> None:
    """10: publish errors were swallowed and the work was gone."""
    flow.post(*album(range(10, 13), 5, {11: "All by sweeping"}), message(30, "A cat", photo("cat")))
    flow.drive.watch("@news")
    flow.drive.poll()
    change("UPDATE work SET state = 'due', lease_token = NULL, lease_until = NULL WHERE step <> 'poll'")
    for _ in range(40):
        for call in sweep():
            assert isinstance(call, Call)
            flow.drive.do(call)
    assert one("SELECT count(*) FROM work WHERE state IN ('due', 'leased')") == 0
    assert albums() == [(5, "photo", 3, "complete", [10, 11, 12])]
    assert one("SELECT count(*) FROM search_documents") == 2


def test_vision_switched_off_holds_nobody_and_loses_nothing(flow: Flow) -> None:
    """The publication goes on without the reading; when vision is back, the file is read and the tags follow."""
    broker = Lossy(flow, Step.ANALYZE)
    flow.post(message(1, "A cat", photo("cat")))
    flow.drive.watch("@news")
    flow.drive.poll()
    vision, flow.drive.vision = flow.drive.vision, None
    broker.steps = ()
    flow.run()
    assert one("SELECT state || ': ' || reason FROM work WHERE step = 'analyze'") == "waiting: vision is switched off"
    assert enrichment(1, "tags") is not None
    assert flow.vision.calls == []

    flow.drive.vision = vision
    with transaction() as session:
        wake(session)
    flow.run()
    assert len(flow.vision.calls) == 1
    tags = enrichment(1, "tags")
    assert tags is not None
    assert tags["tags_version"] is not None


DOOMED = ("download", "analyze")


@pytest.mark.parametrize("step", DOOMED)
@pytest.mark.parametrize("end", ["failed", "vanished"])
def test_a_publication_completes_without_its_dead_child(flow: Flow, step: str, end: str) -> None:
    """One file of three cannot be had, or read, however often: the album is whole, tagged and found with the others.

    No chord tells of its end: the sweeper finds the fan-in by its rows.
    """
    doomed = photo("cat")
    pictures = [message(10, "Three of them", photo("dog"), grouped_id=5), message(11, "", doomed, grouped_id=5)]
    flow.post(*pictures, message(12, "", photo("tree"), grouped_id=5))
    flow.drive.watch("@news")
    broker = Lossy(flow, Step(step))
    flow.drive.poll()
    subject = one(
        "SELECT m.id FROM post_media m JOIN posts p ON p.id = m.post_id WHERE p.telegram_message_id = 11"
        if step == "download"
        else "SELECT f.id FROM media_files f WHERE f.sha256 = :name",
        **({} if step == "download" else {"name": sha256(doomed)}),
    )
    of = f"step = '{step}' AND subject_id = {subject}"
    if end == "failed":
        fail_for_good(Step(step), subject)
    else:
        change(
            f"UPDATE work SET state = 'leased', attempts = 3, lease_token = gen_random_uuid(),"
            f" lease_until = now() - interval '1 s' WHERE {of}"
        )
    broker.steps = ()
    flow.drive.settle()
    reason = "gave up after 3 attempts: no answer" if end == "failed" else "its worker vanished every time"
    assert rows(f"SELECT state, reason FROM work WHERE {of}") == [("dead", reason)]
    assert albums() == [(5, "photo", 3, "complete", [10, 11, 12])]
    tags, vision = enrichment(10, "tags"), enrichment(10, "vision")
    assert tags is not None
    assert vision is not None
    assert len(vision["items"]) == 2
    assert {"dog", "tree"} <= set(tags["tags"])
    assert one("SELECT count(*) FROM search_documents") == 1
    assert one("SELECT count(*) FROM work WHERE state IN ('due', 'leased')") == 0


def fail_for_good(step: Step, subject: int) -> None:
    """As many attempts as a row has, each of them in vain."""
    for _ in range(get_settings().max_attempts):
        change("UPDATE work SET next_attempt_at = now() WHERE state = 'due'")
        revision = one(f"SELECT revision FROM work WHERE step = '{step}' AND subject_id = {subject}")
        with transaction() as session:
            [held] = work.claim(session, step, [(subject, revision)], 600.0)
            work.fail(session, held, Transient("no answer"), get_settings().max_attempts)


def test_a_recipe_that_changes_over_a_backlog_loses_no_reading(flow: Flow) -> None:
    broker = Lossy(flow, Step.ANALYZE)
    flow.post(message(1, "A cat", photo("cat")))
    flow.drive.watch("@news")
    flow.drive.poll()
    flow.vision.prompt = "1" * 64
    broker.steps = ()
    flow.run()
    states = work_rows(Step.ANALYZE)
    assert sorted(row[2] for row in states) == ["done", "skipped"]
    assert len(flow.vision.calls) == 1
    assert enrichment(1, "vision") is not None


def test_failures_that_are_scattered_over_a_history_end_nothing(flow: Flow) -> None:
    """Three attempts are three in a row, however many pages there are."""
    flow.post(*(message(n, f"Post {n}") for n in range(1, 1001)))
    flow.server.faults = Faults(server_error=Rule(every=3, methods=("messages.getHistory",)))
    flow.drive.watch("@news")
    flow.run()
    flow.run()
    assert one("SELECT count(*) FROM posts") == 1000
