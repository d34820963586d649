"""Tasks that hang, for workers of tests: loaded with --include."""

from __future__ import annotations

import asyncio
import time

from app.adapters.loop import LoopThread
from app.worker import app

HOURS = 7200.0


@app.task(name="tests.stuck.hang")  # type: ignore[untyped-decorator]
def hang() -> None:
    """A thread that comes back no more."""
    time.sleep(HOURS)


async def _blocks() -> None:
    time.sleep(HOURS)  # noqa: ASYNC251 - that is the fault


@app.task(name="tests.stuck.block_a_loop")  # type: ignore[untyped-decorator]
def block_a_loop() -> None:
    """An event loop that does not turn any more; whoever called it has given up and gone on."""
    loop = LoopThread("telegram")
    asyncio.run_coroutine_threadsafe(_blocks(), loop._loop)
    KEPT.append(loop)


KEPT: list[LoopThread] = []
