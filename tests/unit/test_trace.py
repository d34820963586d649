"""Lines of a log carry the work at hand, whoever writes them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from app import trace
from app.adapters.loop import LoopThread
from app.pipeline.engine.external_step import each

A, B = "a" * 32, "b" * 32
LINES = """
import logging, structlog
from app import trace
from app.log import configure_logging
from app.settings import Settings
configure_logging(Settings())
log = structlog.get_logger()
trace.begin_task("app.tasks.tag.tag_publication", "id-1", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
log.info("ours", tags=["ярмарка"])
logging.getLogger("celery.x").warning("a %s", "word", extra={"data": {"name": "app.tasks.other", "id": "id-2"}})
try:
    raise ValueError("wrong")
except ValueError:
    logging.getLogger("telethon").exception("theirs")
trace.end_task("id-1")
logging.getLogger("celery.y").error("of another", extra={"data": {"name": "app.tasks.poll.poll_channel", "id": "id-3"}})
raise ValueError("nobody catches it")
"""


def test_all_lines_are_json_with_trace_and_task() -> None:
    env = {**os.environ, "LOG_FORMAT": "json"}
    done = subprocess.run([sys.executable, "-c", LINES], stderr=subprocess.PIPE, text=True, check=False, env=env)
    ours, word, theirs, another, crash = (json.loads(line) for line in done.stderr.splitlines())
    for line in (ours, word, theirs):
        assert (line["trace_id"], line["task"], line["task_id"]) == (A, "tag.tag_publication", "id-1")
    assert (ours["event"], ours["tags"]) == ("ours", ["ярмарка"])
    assert (word["event"], word["logger"], word["level"]) == ("a word", "celery.x", "warning")
    assert theirs["exception"].endswith("ValueError: wrong")
    assert (another["task"], another["task_id"]) == ("poll.poll_channel", "id-3")
    assert "trace_id" not in another
    assert crash["event"] == "not caught"
    assert "nobody catches it" in crash["exception"]


def line() -> dict[str, Any]:
    """What a line of now would say."""
    return dict(trace.into_line(None, "info", {"event": "x"}))


def current() -> object:
    """The trace that it would name."""
    return line().get("trace_id")


@pytest.mark.parametrize("header", [None, 7, "A" * 32, "a" * 31, "a" * 33, "a" * 31 + "\n", ["a" * 32]])
def test_a_header_of_strangers_is_no_trace(header: object) -> None:
    trace.begin_task("app.tasks.x", "1", header)
    try:
        assert (current(), line()["task_id"]) == (None, "1")
    finally:
        trace.end_task("1")
    assert line() == {"event": "x"}


def test_a_batch_says_how_many_and_each_of_its_items_its_own() -> None:
    seen: list[object] = []

    def look(_: int) -> int:
        seen.append(current())
        return 1 // _

    with trace.at_work([A, B, None]):
        assert (line()["traces"], "trace_id" in line()) == (2, False)
        assert len(each(look, [1, 0, 1])) == 3
        assert line()["traces"] == 2
    with trace.at_work([A, A]):
        assert line()["trace_id"] == A
    assert seen[:2] == [A, B]
    assert current() is None


def test_an_event_loop_takes_the_trace_along() -> None:
    loop = LoopThread("traced")

    async def ask() -> object:
        return current()

    try:
        with trace.at_work([A]):
            assert loop.call(ask(), 5.0) == A
        assert loop.call(ask(), 5.0) is None
    finally:
        loop.stop()
