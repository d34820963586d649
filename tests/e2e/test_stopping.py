"""SIGTERM: what is under way ends or is handed back within the stated time, and nothing waits afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path
from threading import Event
from typing import Any

from app.demo.llm import LoopbackLLM, plausible
from app.demo.llm.answers import Asked
from app.demo.telegram import Faults, Rule
from tests.e2e.own import at_work, child, gone, own_fleet, pid, posted, under_way, watched
from tests.services import TestServices

WORKERS = ("worker-telegram", "worker-media", "worker-default", "worker-llm")
STOP = 1.0  # STOP_SECONDS
LAST = 3.0 + 2.0  # what follows, and some patience for a busy machine
HANGS = Rule(every=1, methods=("upload.getFile",))


def test_what_is_under_way_is_handed_back_and_goes_on_at_once(services: TestServices, tmp_path: Path) -> None:
    """Downloads that hang, a picture that takes for ever, a model that thinks; leases of ten minutes."""
    answer = Event()

    def thinks(asked: Asked) -> Any:
        answer.wait(60)
        return plausible(asked)

    env = {
        "STOP_SECONDS": str(STOP),
        "LEASE_SECONDS": "600",
        "MAX_ATTEMPTS": "5",
        "REPUBLISH_AFTER": "60",
        "DATABASE_URL": "",
        "REDIS_URL": services.redis_url(keep=True),
        "TAG_WAIT": "0",
    }
    with services.database(services.template) as database, LoopbackLLM(answer=thinks) as model:
        env |= {**model.environment("openai", tags=True), "VISION_PROVIDER": "local", "DATABASE_URL": database}
        with own_fleet(tmp_path / "home", env) as (flow, processes):
            at_work(flow, 6)
            channel = watched(flow)
            posted(channel, 1)
            under_way(flow, "analyze")
            os.kill(child(pid(processes, "worker-media")), signal.SIGSTOP)
            under_way(flow, "tag")
            flow.server.faults = Faults(hang=HANGS)
            posted(channel, 2, 3)
            under_way(flow, "download", 2)
            stopped = [pid(processes, name) for name in WORKERS]
            for one in stopped:
                os.kill(one, signal.SIGTERM)
            began = time.monotonic()
            for one in stopped:
                gone(one, STOP + LAST - (time.monotonic() - began))
            left = flow.rows("SELECT step, state, attempts, last_error FROM work WHERE state <> 'done'")
            assert [row for row in left if row["state"] == "leased"] == []
            assert [row["attempts"] for row in left if row["state"] == "due"].count(0) == len(left) - 1
            assert [row["step"] for row in left if row["state"] == "unknown"] == ["tag"], "it may have been charged"
            assert Counter(row["step"] for row in left)["download"] == 2
            answer.set()
            flow.server.faults = Faults()
            done = "SELECT count(*) FROM search_documents d WHERE channel_id = %s"
            flow.until(
                lambda: channel.one(done) == 3, "everything findable, a minute before any message counts as lost", 40
            )
            flow.until(flow.idle, "idle", 40)
