"""Corners of paid reading that a review found: short outages, long limits, settings that change, places and budgets."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from app.adapters.llm.chat import Completion, Question
from app.adapters.llm.openai import OpenAIModel
from app.db import transaction
from app.demo.llm import Fault
from app.demo.llm.faults import Kind
from app.domain.flow import Call
from app.domain.kinds import State, Step, Turn
from app.pipeline.engine import work as rows_of_work
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.sweep import sweep
from app.pipeline.steps.analyze import wake
from tests.drive import open_work
from tests.factories.messages import message, photo, picture
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import PictureReader
from tests.integration.pipeline.paid import (
    Bought,
    Overslept,
    crash,
    due_step,
    readings,
    reasons,
    states,
)

BUSY = {Step.ANALYZE, Step.TAG}  # days of history wait in the queue


def restart(bill: Bought) -> None:
    """The workers start anew, with the settings of now."""
    with transaction() as session:
        wake(session)
    bill.flow.drive.settle()


def test_a_chain_that_is_switched_away_and_back_loses_no_file(bill: Bought) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS=0)
    same = picture()
    bill.flow.post(message(1, "one", photo(data=same)))
    bill.flow.run()
    for tokens in (700, 512):
        bill.connect("openai", VISION_MAX_TOKENS=tokens)
        restart(bill)
    bill.connect("openai", OPENAI_DAILY_TOKENS="unlimited")
    restart(bill)
    assert [status for status, *_ in readings()] == ["ok"]


@contextmanager
def strange_server(body: object) -> Iterator[tuple[str, list[str]]]:
    """(address, requests so far) of a server that answers everything with this."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.path)
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1", asked
        server.shutdown()


def test_a_server_that_tells_no_price_is_counted_as_reserved(bill: Bought) -> None:
    text = json.dumps({"classification": "photo", "is_meme": False, "description": "A thing"})
    body = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "model": "m"}
    with strange_server(body) as (address, asked):
        bill.connect("openai", OPENAI_BASE_URL=address, OPENAI_DAILY_TOKENS=10_000)
        bill.photos(8)
        assert 0 < len(asked) <= 4
        assert bill.spent() <= 10_000
        bill.open[-1].close()


def test_calls_that_cost_nothing_do_not_make_forget_what_a_picture_costs(bill: Bought) -> None:
    bill.photos(1)
    change("UPDATE token_ledger SET settled = 12 * estimate")
    change(
        "INSERT INTO token_ledger (provider, model, purpose, estimate, reserved, settled, outcome, ended_at)"
        " SELECT provider, model, purpose, estimate, reserved, 0, 'free', now()"
        " FROM token_ledger, generate_series(1, 50)"
    )
    bill.connect("openai", OPENAI_DAILY_TOKENS=70_000)
    bill.photos(1, first=2)
    assert bill.chats == 1


def test_a_limit_for_a_day_is_reported_and_the_next_provider_reads(bill: Bought) -> None:
    second = PictureReader()
    bill.connect("openai", fallback=(second,))
    bill.server.faults.add(Fault("rate_limit", retry_after="86400", times=0))
    bill.photos(2)
    assert states() == {"done": 2, "waiting": 2}
    assert bill.chats == 1
    assert len(second.calls) == 2


def test_a_key_that_was_put_right_is_tried_when_the_workers_start_again(bill: Bought) -> None:
    bill.connect("openai", OPENAI_API_KEY="sk-wrong")
    bill.photos(1)
    assert states() == {"waiting": 1}
    bill.connect("openai")
    restart(bill)
    assert states() == {"done": 1}


@pytest.mark.parametrize("kind", ["rate_limit", "error", "no_credit"])
def test_a_call_that_ended_late_but_for_nothing_is_not_unknown(kind: Kind, bill: Bought) -> None:
    _, key = due_step(bill)
    bill.server.faults.add(Fault(kind))
    run_external(Overslept(bill), [key])
    bill.later()
    assert states() == {"done": 1}


@pytest.mark.parametrize(("block", "lifted"), [("setting", True), ("credit", True), ("outage", True), ("rate", False)])
def test_a_start_lifts_the_blocks_that_an_operator_may_have_mended(block: str, lifted: bool, bill: Bought) -> None:
    """A limit of calls ends by its own time alone."""
    bill.photos(1)
    later = "now() + interval '1 h'"
    change(f"UPDATE paid_providers SET block = '{block}', blocked_until = {later}, blocked_reason = 'why'")
    with transaction() as session:
        wake(session)
    assert (
        one("SELECT block IS NULL AND blocked_until IS NULL AND blocked_reason IS NULL FROM paid_providers") is lifted
    )


def test_a_damaged_file_says_nothing_about_the_provider(bill: Bought) -> None:
    bill.photos(1)
    change(
        "UPDATE paid_providers SET failures = 9, failing_since = now() - interval '1 h', block = 'outage',"
        " blocked_until = now() - interval '1 s', blocked_reason = 'down'"
    )
    bill.flow.post(message(2, "", photo(data=picture()[:300])))
    bill.flow.drive.poll()
    assert bill.chats == 1
    assert one("SELECT failures FROM paid_providers") == 9


def test_a_repair_that_finds_nobody_leaves_what_was_valid(bill: Bought) -> None:
    bill.server.faults.add(Fault("bad_fields"), Fault("error", times=0, after=1))
    bill.photos(1)
    assert [status for status, *_ in readings()] == ["partial"]


def test_a_crash_with_the_last_attempt_is_unknown_not_dead(bill: Bought) -> None:
    step, key = due_step(bill)
    change("UPDATE work SET attempts = 2 WHERE step = 'analyze'")  # of 3
    crash(step, key)
    bill.later()
    assert states() == {"unknown": 1}


def test_yesterdays_overflow_leaves_todays_budget_to_live_posts(bill: Bought) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS=0)
    bill.photos(8)
    assert states() == {"waiting": 8}
    bill.connect("openai", OPENAI_DAILY_TOKENS=15_000)
    restart(bill)
    assert reasons(State.WAITING) == {"the share of history and re-reading of OPENAI_DAILY_TOKENS=15000 is spent"}
    done = states()["done"]
    bill.photos(1, first=9)
    assert states()["done"] == done + 1
    assert bill.spent() <= 15_000


def test_a_live_picture_gets_a_place_behind_days_of_history(bill: Bought) -> None:
    """Refused because all places were taken, it comes back as what it is, whatever waits in the queue."""
    change(
        "INSERT INTO token_ledger (provider, model, purpose, reserved)"
        " SELECT 'openai', 'm', 'vision', 1 FROM generate_series(1, 3)"
    )
    bill.flow.post(message(1, "live", photo()))
    bill.flow.drive.poll()
    assert (bill.chats, states()) == (0, {"due": 1})
    change("UPDATE token_ledger SET ended_at = now(), settled = 1, outcome = 'answered'")
    time.sleep(1.2)
    calls = [call for call in sweep(BUSY) if isinstance(call, Call) and call.step is Step.ANALYZE]
    assert [call.bulk for call in calls] == [False]
    bill.flow.drive.follow(calls)
    assert states() == {"done": 1}


def test_wake_and_others_lock_in_one_order(bill: Bought) -> None:
    """Rows that were updated lie behind the others in the table: in that order one would meet the others crosswise."""
    change(
        "INSERT INTO work (step, subject_id, revision, state)"
        " SELECT 'tag', g, 1, 'waiting' FROM generate_series(1, 2000) g"
    )
    for low in range(1901, 0, -100):
        change(
            "UPDATE work SET updated_at = now() WHERE step = 'tag' AND subject_id BETWEEN :a AND :b", a=low, b=low + 99
        )
    errors: list[str] = []

    def again(action: Callable[[], None], times: int) -> None:
        for _ in range(times):
            try:
                action()
            except Exception as error:
                errors.append(str(error).split("\n")[0])

    def waking() -> None:
        with transaction() as session:
            wake(session)
        change(
            "UPDATE work SET state = 'waiting' WHERE id IN"
            " (SELECT id FROM work WHERE step = 'tag' ORDER BY id FOR UPDATE)"
        )

    def merging() -> None:
        with transaction() as session:
            rows_of_work.requeue(session, Step.TAG, [(n, 1) for n in range(1, 2001, 7)], hint=0.0)

    threads = [Thread(target=again, args=(action, times)) for action, times in ((waking, 10), (merging, 25))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_thousands_of_rows_are_made_due_at_once(bill: Bought) -> None:
    with transaction() as session:
        rows_of_work.requeue(session, Step.MERGE, [(number, 1) for number in range(1, 9_001)], hint=0.0)
    assert one("SELECT count(*) FROM work WHERE step = 'merge'") == 9_000


def test_nothing_of_a_waiting_picture_keeps_a_run_from_its_end(bill: Bought) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS=0)
    bill.photos(2)
    assert open_work() == []


def test_what_waits_for_another_day_is_no_news_by_then(bill: Bought) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS=0)
    same = picture()
    bill.flow.post(message(1, "one", photo(data=same)))
    bill.flow.run()
    assert rows("SELECT turn FROM work WHERE step = 'analyze'") == [(Turn.HISTORY,)]
    bill.connect("openai", OPENAI_DAILY_TOKENS="unlimited")
    bill.flow.post(message(2, "again", photo(data=same)))
    bill.flow.run()
    assert states() == {"done": 1}, "who posts it anew wants it now"


def test_an_answer_that_we_stumble_over_is_not_paid_again(bill: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong once the question is out, in our code or in a library's, may have been charged."""
    real = OpenAIModel.complete

    async def stumbles(self: OpenAIModel, question: Question) -> Completion:
        await real(self, question)
        raise KeyError("usage")

    monkeypatch.setattr(OpenAIModel, "complete", stumbles)
    bill.photos(1)
    for _ in range(3):
        bill.later()
    assert bill.chats == 1
    assert rows("SELECT outcome FROM token_ledger") == [("unknown",)]
    assert bill.spent() > 0


def test_an_answer_with_strange_surroundings_is_an_answer(bill: Bought, monkeypatch: pytest.MonkeyPatch) -> None:
    nested = json.loads("[" * 600 + "]" * 600)  # valid JSON, read without complaint
    real = OpenAIModel.complete

    async def strange(self: OpenAIModel, question: Question) -> Completion:
        done = await real(self, question)
        return replace(done, body={**done.body, "timings": nested})

    monkeypatch.setattr(OpenAIModel, "complete", strange)
    bill.photos(1)
    bill.later()
    assert rows("SELECT outcome FROM token_ledger") == [("answered",)]
    assert one("SELECT count(*) FROM media_vision WHERE reading IS NOT NULL") == 1
