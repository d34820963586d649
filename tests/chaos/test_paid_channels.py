"""Whole channels read for money: exactly once each in quiet times, never twice and never beyond the cap in bad ones."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import redis

from app import db
from app.demo.channels import SampleWorld, sample_world
from app.demo.llm import Fault
from tests.chaos.channels import Town, slowly, town
from tests.rows import until
from tests.services import TestServices


@pytest.fixture(scope="module")
def world(samples: Path) -> SampleWorld:
    """The two smaller of the sample channels: each picture costs a call, and each call its time."""
    world = sample_world(samples)
    world.channels = world.channels[1:]
    ids = {channel.telegram_id for channel in world.channels}
    world.later = [tuple(action for action in batch if action.channel in ids) for batch in world.later]
    return world


@pytest.fixture(autouse=True)
def _fresh_connections() -> Iterator[None]:
    yield
    if db.engine.cache_info().currsize:
        db.engine().dispose()
    db.engine.cache_clear()


def test_calls_equal_the_distinct_readable_files_exactly(
    world: SampleWorld, services: TestServices, tmp_path: Path
) -> None:
    with town(world, services, tmp_path / "home", TAGGER="gigachat", GIGACHAT_CALLS_AT_ONCE="4") as quiet:
        quiet.read()
        readable = quiet.readable()
        taggings = quiet.server.ledger.taggings()
        assert len(readable) > 80
        assert len(quiet.server.ledger.readings()) == len(readable)
        asked_once = [call for call in quiet.server.ledger.calls("chat") if not call.repair]
        assert len(asked_once) == len(readable) + len(taggings)
        asked = quiet.one("SELECT count(*) FROM tag_changes WHERE called_tagger AND tokens > 0")
        assert len(taggings) == asked > 100
        assert len({call.question for call in quiet.server.ledger.readings()}) == len(readable)
        assert quiet.one("SELECT count(*) FROM media_vision WHERE reading IS NOT NULL") == len(readable)
        assert quiet.rows("SELECT step, state FROM work WHERE state IN ('unknown', 'dead', 'waiting')") == []
        assert quiet.spent() == quiet.server.ledger.tokens
        until(lambda: not quiet.server.files, "uploads are deleted", 15)
        assert quiet.one("SELECT count(*) FROM post_enrichment WHERE kind = 'tags'") == quiet.one(
            "SELECT count(*) FROM publications"
        )


def test_kills_doubles_and_faults_pay_nothing_twice_and_lose_nothing_unseen(
    world: SampleWorld, services: TestServices, tmp_path: Path
) -> None:
    """Workers killed in the middle of calls, messages doubled, the broker emptied, 429, 5xx and bad answers."""
    cap = 265_000  # less than all pictures cost in the share of history, so that the cap is met as well
    changes = {
        "VISION_TIMEOUT": "4",
        "DECODE_TIMEOUT": "5",
        "GIGACHAT_DAILY_TOKENS": str(cap),
        "GIGACHAT_CALLS_AT_ONCE": "4",
    }
    with town(world, services, tmp_path / "home", slowly(0.15), **changes) as bad:
        bad.server.faults.add(
            Fault("rate_limit", times=2, after=10, retry_after="1"),
            Fault("error", times=3, after=25),
            Fault("bad_fields", times=4, after=40),
            Fault("rate_limit", times=1, after=60, retry_after="1"),
            Fault("echo", after=65),
        )
        trouble = threading.Thread(target=_trouble, args=(bad,))
        trouble.start()
        try:
            bad.read(280.0)
        finally:
            trouble.join()
        _nothing_twice(bad)
        _nothing_unseen(bad)
        _tells_no_secret(bad)
        assert bad.spent() <= cap
        assert bad.server.ledger.tokens <= bad.spent(), "what may have been charged is counted as spent"
        assert bad.one("SELECT count(*) FROM token_ledger WHERE ended_at IS NULL") == 0
        outcomes = bad.server.ledger.count()
        assert outcomes["chat", "rate_limit"] == 3
        errors = Counter(call.status for call in bad.server.ledger.calls("chat", outcome="error"))
        # A call that a slow machine gives up deletes its upload, and the server may come to that call only then.
        assert errors[500] == 3
        assert errors.keys() <= {500, 404}
        assert [call.repair for call in bad.server.ledger.calls("chat")].count(True) >= 1
        waiting = bad.rows("SELECT DISTINCT reason FROM work WHERE state = 'waiting'")
        assert [row["reason"] for row in waiting] == [
            f"the share of history and re-reading of GIGACHAT_DAILY_TOKENS={cap} is spent"
        ]


def _trouble(bad: Town) -> None:
    """Three kills in the middle of calls; after each of them messages come twice, or the broker forgets everything."""
    for number in range(3):
        done = len(bad.server.ledger.calls("chat"))
        until(partial(_more_chats, bad, done + 15), "readings go on", 90)
        until(lambda: bad.one("SELECT count(*) FROM token_ledger WHERE ended_at IS NULL") > 1, "calls under way")
        os.kill(bad.processes.alive()["worker-llm"] or 0, signal.SIGKILL)
        if number == 1:
            with redis.Redis.from_url(bad.settings.broker()) as client:
                client.flushdb()
        keys = [[row["subject_id"], row["revision"]] for row in bad.rows(READINGS)]
        for part in (keys, keys[::-1]):
            for key in part:
                bad.celery.send_task("app.tasks.analyze.analyze_media", args=([key], True), queue="llm")
        time.sleep(1.0)


def _more_chats(bad: Town, than: int) -> bool:
    return len(bad.server.ledger.calls("chat")) > than


READINGS = "SELECT subject_id, revision FROM work WHERE step = 'analyze'"


def _nothing_twice(bad: Town) -> None:
    """At most one successful call for each file; the recipe is one."""
    asked = Counter(call.question for call in bad.server.ledger.readings())
    assert set(asked.values()) == {1}, [question for question, count in asked.items() if count > 1]
    assert bad.one("SELECT count(DISTINCT revision) FROM work WHERE step = 'analyze'") == 1


def _nothing_unseen(bad: Town) -> None:
    """Every file has a reading, or is listed as unknown, dead or waiting with its reason."""
    read = {row["media_file_id"] for row in bad.rows("SELECT media_file_id FROM media_vision")}
    listed = {
        row["subject_id"]: row["state"]
        for row in bad.rows(
            "SELECT subject_id, state FROM work WHERE step = 'analyze' AND state IN ('unknown', 'dead', 'waiting')"
            " AND coalesce(reason, last_error) IS NOT NULL"
        )
    }
    assert bad.readable().keys() - read == listed.keys()
    assert "unknown" in listed.values(), "the kills struck in the middle of calls"


def _tells_no_secret(bad: Town) -> None:
    """Neither the logs of any process nor any row, though the server has repeated the header in an error."""
    texts = {path.name: path.read_text(errors="replace") for path in bad.home.glob("logs/*.log")}
    for table in ("work", "token_ledger", "paid_providers", "raw_answers", "media_vision", "outbox_events"):
        texts[table] = "\n".join(row["line"] for row in bad.rows(f"SELECT row_to_json(t)::text AS line FROM {table} t"))
    assert "echo: Bearer ***" in texts["token_ledger"]
    assert [name for name, text in texts.items() if bad.server.credentials in text] == []
    assert [name for name, text in texts.items() if re.search(r"Bearer (?!\*\*\*)\S", text)] == []
