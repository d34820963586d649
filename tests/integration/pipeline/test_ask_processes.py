"""A command and a worker with a paid model, each a process of its own: nothing is lost without a worker, or told."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any

import pytest
import redis

from app.ask.questions import stop
from app.cli.output import INTERRUPTED, OK, TIMED_OUT
from app.db import transaction
from app.demo.llm import LoopbackLLM, plausible
from app.demo.llm.answers import Asked
from app.settings import get_settings
from tests.asking import asked, begun
from tests.celery_app import waiting
from tests.factories.messages import message
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.rows import until

POST = "Паром «Север» отходит в 10:30 от третьего причала."
QUESTION = "Когда отходит паром «Север»?"
STATE = "SELECT state FROM work WHERE step = 'ask'"
WORKER = ("worker", "--without-gossip", "--without-mingle", "-n", "llm@%h", "-Q", "llm", "-P", "threads", "-c", "2")


@pytest.fixture
def thinking() -> Event:
    """While it is clear, the model thinks and says nothing."""
    found = Event()
    found.set()
    return found


@pytest.fixture
def model(flow: Flow, thinking: Event, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackLLM]:
    """An archive with one ferry, and the model that the settings name."""

    def answer(given: Asked) -> Any:
        thinking.wait(60)
        return plausible(given)

    flow.watch()
    flow.post(message(1, POST), message(2, "Библиотека закрыта на ремонт."))
    flow.run()
    with LoopbackLLM(answer=answer) as server:
        environment = server.environment("openai", answers=True)
        for name, value in {**environment, "VISION_PROVIDER": "local", "EMBEDDER": "none"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("VISION_MODEL")
        get_settings.cache_clear()
        yield server
        thinking.set()


@contextmanager
def worker(log: Path) -> Iterator[None]:
    """A worker of the queue llm."""
    argv = (sys.executable, "-m", "celery", "-A", "app.worker", "--quiet", *WORKER)
    with log.open("ab") as file, subprocess.Popen(argv, env=dict(os.environ), stdout=file, stderr=file) as process:
        yield
        process.terminate()
        process.wait(30)


def test_without_a_worker_the_question_is_kept_and_answered_when_one_comes(model: LoopbackLLM, tmp_path: Path) -> None:
    told = asked(QUESTION, "--yes")
    assert (told.code, "https://t.me/news/1" in told.out) == (TIMED_OUT, True), told
    assert "media-audit up" in told.err
    assert "openai may charge up to" in told.err
    number = one("SELECT id FROM questions")
    assert f"--show {number}" in told.err
    with redis.Redis.from_url(get_settings().broker()) as client:
        assert [sent.args for sent in waiting(client, "llm")] == [[[[number, 0]], False]], "a number, and no word"
        texts = {"broker": str([client.dump(key) for key in client.scan_iter()])}
    with worker(tmp_path / "worker.log"):
        done = asked(QUESTION, "--json")
        assert (done.code, done.json["outcome"], done.json["repeated"]) == (OK, "answered", True), done
        assert done.json["sentences"][0]["text"] == POST
        again = asked(QUESTION, "--json")
    assert again.json == done.json, "answered from its rows, without --yes: it costs nothing"
    assert [call.purpose for call in model.ledger.calls("chat")] == ["ask"]
    assert done.json["tokens"] == model.ledger.tokens == one("SELECT sum(settled) FROM token_ledger")
    texts |= {"command": f"{told} {done} {again}", "log": (tmp_path / "worker.log").read_text()}
    texts |= {name: str(rows(f"SELECT t::text FROM {name} t")) for name in TABLES}
    assert "answer_question" in texts["log"]
    assert [name for name, text in texts.items() if model.api_key in text or "Bearer" in text] == []


OTHERS = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
TABLES = ("questions", "question_spans", "answer_sentences", "work", "token_ledger", "raw_answers", "paid_providers")


def test_a_command_that_waits_outlives_a_database_that_comes_back(model: LoopbackLLM) -> None:
    change(
        "INSERT INTO worker_heartbeats (worker, pid, queues, started_at, seen_at)"
        " VALUES ('llm@far', 1, 'llm', now(), now() + interval '1 hour')"
    )
    waits = begun(QUESTION, "--json", "--yes")
    until(lambda: rows(STATE), "the question is written")
    until(lambda: one(f"SELECT count(*) FROM {OTHERS} AND query LIKE '%FROM work%'"), "the command looks")
    for _ in range(3):
        change(f"SELECT pg_terminate_backend(pid) FROM {OTHERS}")
        sleep(0.3)
    assert waits.process.poll() is None
    with transaction() as session:
        stop(session, one("SELECT id FROM questions"))
    done = waits.ended()
    assert (done.code, done.json["outcome"]) == (OK, "stopped"), done


def test_ctrl_c_leaves_a_paid_call_to_its_worker_or_stops_a_question_before_it(
    model: LoopbackLLM, thinking: Event, tmp_path: Path
) -> None:
    stopped = begun(QUESTION, "--json", "--yes", "--on-interrupt", "stop")
    until(lambda: rows(STATE), "the question is written")
    stopped.interrupt()
    done = stopped.ended()
    assert (done.code, done.json["outcome"]) == (INTERRUPTED, "stopped"), done
    thinking.clear()
    with worker(tmp_path / "worker.log"):
        until(lambda: rows("SELECT 1 FROM worker_heartbeats"), "the worker is there")
        assert rows(STATE) == [("skipped",)]
        assert "agree with --yes" in asked(QUESTION).err, "it has cost nothing yet, and would now"
        left = begun(QUESTION, "--json", "--yes")
        until(lambda: rows("SELECT 1 FROM token_ledger"), "the model is asked")
        left.interrupt()
        done = left.ended()
        assert (done.code, "goes on: media-audit ask --show" in done.err) == (INTERRUPTED, True), done
        thinking.set()
        until(lambda: rows(STATE) == [("done",)], "the question is answered")
    shown = asked("--show", str(one("SELECT id FROM questions")), "--json").json
    assert (shown["outcome"], shown["sentences"][0]["text"]) == ("answered", POST)
    assert len(model.ledger.calls("chat")) == 1, "none for the question that was stopped"
