"""Events that were sent long ago go; nothing is told twice for that, and no replay hides the gap."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from pydantic import ValidationError
from sqlalchemy import select, text

from app.cli import events as events_module
from app.cli.events import events as events_command
from app.cli.main import main
from app.daemons import relay
from app.db import transaction
from app.errors import UserError
from app.events import outbox, retention
from app.events.retention import drop_old, gone
from app.models import OutboxEvent, WorkerHeartbeat
from app.settings import Settings, get_settings
from tests.factories.events import parsed
from tests.integration.pipeline.database import change, one, rows

DAYS = 90


@pytest.fixture(autouse=True)
def _database(settings: Settings) -> Iterator[None]:
    yield
    get_settings.cache_clear()


def tell(*publications: int) -> None:
    with transaction() as session:
        outbox.add(session, *map(parsed, publications))


def sent(days_ago: float, *publications: int) -> None:
    """Events that were sent so long ago."""
    tell(*publications)
    ids = ", ".join(map(str, publications))
    change(
        f"UPDATE outbox_events SET published_at = now() - interval '{days_ago} d' WHERE publication_id IN ({ids})"
        " AND published_at IS NULL"
    )


def an_hour_later() -> None:
    change("UPDATE outbox_dropped SET decided_at = decided_at - interval '61 min'")


def drop(days: int | None = DAYS) -> int:
    """Two looks, an hour apart."""
    first = drop_old(days)
    an_hour_later()
    return first + drop_old(days)


def kept() -> list[int]:
    """The publications whose events are there."""
    return [publication for (publication,) in rows("SELECT publication_id FROM outbox_events ORDER BY id")]


def test_only_what_was_sent_long_ago_goes() -> None:
    sent(91, 1, 2)
    sent(89, 3)
    tell(4)
    change("UPDATE outbox_events SET created_at = now() - interval '400 d'")  # 4 waits for its broker ever since
    assert drop_old(DAYS) == 0, "nothing goes in the look that decides"
    assert kept() == [1, 2, 3, 4]
    an_hour_later()
    assert drop_old(DAYS) == 2
    assert kept() == [3, 4]


@pytest.mark.parametrize("setting", ["0", "unlimited"])
def test_whoever_wants_all_of_them_has_them_for_ever(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTS_KEPT_DAYS", setting)
    get_settings.cache_clear()
    sent(4000, 1)
    assert drop(get_settings().kept_days()) == 0
    assert kept() == [1]


def test_the_setting_names_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().kept_days() == DAYS
    monkeypatch.setenv("EVENTS_KEPT_DAYS", "a quarter")
    with pytest.raises(ValidationError, match="write a number of days, or unlimited"):
        Settings()


def test_what_was_told_is_never_told_again() -> None:
    """A download that is retried after months persists the same revision once more, and says what it said."""
    sent(91, 1)
    drop_old(DAYS)
    tell(1)  # the decision is made, the row is there
    an_hour_later()
    drop_old(DAYS)
    assert kept() == []
    tell(1, 2)
    assert kept() == [2]


def test_a_look_that_is_repeated_at_once_deletes_nothing_sooner() -> None:
    """A relay that restarts again and again: whoever began to add an event before the decision is done by then."""
    sent(91, 1)
    assert [drop_old(DAYS) for _ in range(3)] == [0, 0, 0]
    assert kept() == [1]


def test_a_look_is_bounded_and_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    monkeypatch.setattr(retention, "ROUNDS", 2)
    sent(91, *range(1, 9))
    drop_old(DAYS)
    assert one("SELECT count(*) FROM outbox_dropped") == 6
    an_hour_later()
    with transaction() as session:
        session.execute(select(OutboxEvent).where(OutboxEvent.publication_id == 1).with_for_update())
        assert drop_old(DAYS) == 5
    an_hour_later()
    assert drop_old(DAYS) + drop_old(DAYS) == 3
    assert kept() == []


def test_a_replay_with_a_gap_is_refused_and_says_how_to_go_on() -> None:
    sent(91, 1, 2, 3)
    tell(4)
    [first, *_, gone, last] = [id_ for (id_,) in rows("SELECT id FROM outbox_events ORDER BY id")]
    drop()
    with transaction() as session:
        with pytest.raises(UserError, match=f"then go on with --after {gone}$"):
            outbox.after(session, first, 10)
        assert [row.id for row in outbox.after(session, gone, 10)] == [last]
        assert [row.id for row in outbox.after(session, 0, 10)] == [last], "whoever has none begins with what there is"


def test_the_command_tells_of_the_gap(capsys: pytest.CaptureFixture[str]) -> None:
    tell(1)
    assert CliRunner().invoke(events_command, []).stderr == ""
    sent(91, 2, 3)
    drop()
    result = CliRunner().invoke(events_command, [])
    assert result.stderr == "events up to 3 are kept no longer (EVENTS_KEPT_DAYS): these are the others\n"
    assert len(result.stdout.splitlines()) == 1
    with pytest.raises(SystemExit) as ended:
        main(["events", "--after", "2"])
    assert ended.value.code == 2
    assert "--after 3" in capsys.readouterr().err


def replayed(*arguments: str) -> list[int]:
    """The publications that `events` tells of, to the end."""
    found = CliRunner().invoke(events_command, list(arguments))
    assert found.exit_code == 0, found.output
    return [json.loads(line)["publication_id"] for line in found.stdout.splitlines()]


def test_what_is_decided_upon_is_there_for_an_hour_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is missing in the hour between decision and deletion, and a look decides up to 50,000 events."""
    monkeypatch.setattr(events_module, "PAGE", 2)
    sent(91, 1, 2, 3, 4, 5)
    tell(6, 7)
    assert drop_old(DAYS) == 0
    assert replayed() == [1, 2, 3, 4, 5, 6, 7]
    first = one("SELECT min(id) FROM outbox_events")
    assert replayed("--after", str(first)) == [2, 3, 4, 5, 6, 7]


def test_an_old_event_that_could_not_be_sent_is_no_end_of_a_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever begins at the beginning was told that 2 is gone; whoever has 1 misses it."""
    monkeypatch.setattr(events_module, "PAGE", 1)
    tell(1)  # the relay cannot send this one
    sent(91, 2)
    tell(3)
    assert drop() == 1
    assert replayed() == [1, 3]
    first = one("SELECT min(id) FROM outbox_events")
    with pytest.raises(UserError, match="kept no longer"):
        events_module.page(first, 10)


@pytest.mark.parametrize("went", [3, 5], ids=["below what was known to be gone", "above it"])
def test_what_goes_in_the_middle_of_a_replay_is_told(went: int) -> None:
    tell(1)
    sent(91, 2)
    tell(3)
    sent(91, 4)
    tell(5, 6)
    drop()
    with transaction() as session:
        known = gone(session)
    [row] = events_module.page(0, 1, known)
    known = known.after([row.id])
    assert [row.publication_id for row in events_module.page(row.id, 9, known)] == [3, 5, 6]
    change("UPDATE outbox_events SET published_at = now() - interval '91 d' WHERE publication_id = :went", went=went)
    drop()
    with pytest.raises(UserError, match="kept no longer"):
        events_module.page(row.id, 9, known)


def test_the_relay_tidies_up(redis_url: str) -> None:
    """Old events and the signs of life of processes that are long gone; whoever fell silent today is still seen."""
    sent(91, 1)
    drop_old(DAYS)
    an_hour_later()
    beat = "INSERT INTO worker_heartbeats (worker, pid, queues, seen_at) VALUES (:name, 1, 'media', now() - :age)"
    change(beat.replace(":age", "interval '25 h'"), name="media@gone")
    change(beat.replace(":age", "interval '23 h'"), name="media@silent")
    stop = threading.Event()
    loop = threading.Thread(target=relay.run, args=(stop, redis_url))
    loop.start()
    for _ in range(100):
        if not kept() and one("SELECT count(*) FROM worker_heartbeats WHERE worker = 'media@gone'") == 0:
            break
        stop.wait(0.05)
    stop.set()
    loop.join(10)
    assert kept() == []
    with transaction() as session:
        workers = sorted(session.scalars(select(WorkerHeartbeat.worker)))
    assert workers[0] == "media@silent"
    assert len(workers) == 2, "and the relay itself"


def test_retention_reads_what_is_old_and_nothing_else() -> None:
    change(
        "INSERT INTO outbox_events (routing_key, idempotency_key, publication_id, payload, published_at)"
        " SELECT 'posts.parsed', 'k' || n, n, '{}', now() - n * interval '1 h' FROM generate_series(1, 5000) n"
    )
    change("ANALYZE outbox_events")
    with transaction() as session:
        query = (
            "SELECT id FROM outbox_events WHERE published_at < now() - interval '90 d' ORDER BY published_at LIMIT 9"
        )
        plan = "\n".join(session.scalars(text(f"EXPLAIN {query}")))
    assert "Index Scan using idx_outbox_events_published" in plan
