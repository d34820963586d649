"""A cancellation ends work that drops one, as Telethon does where it connects."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from app.adapters.loop import LoopThread, cancellable

DROPPED = 2  # cancellations that the work below goes on after


async def _stubborn(begun: asyncio.Event | threading.Event, ended: list[int]) -> None:
    """Waits for ever, drops two cancellations, and notes the third."""
    for _ in range(DROPPED):
        try:
            begun.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    try:
        await asyncio.Event().wait()
    finally:
        ended.append(1)


@pytest.mark.timeout(30)
def test_ctrl_c_ends_work_that_drops_cancellations() -> None:
    ended: list[int] = []

    async def interrupted() -> None:
        begun = asyncio.Event()
        interrupt = asyncio.ensure_future(_after(begun))
        await cancellable(_stubborn(begun, ended))
        await interrupt

    async def _after(begun: asyncio.Event) -> None:
        await begun.wait()
        signal.raise_signal(signal.SIGINT)

    # A shell that runs the tests in the background has switched the signal off for all of its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(interrupted())
    finally:
        signal.signal(signal.SIGINT, before)
    assert ended == [1]


async def _three() -> int:
    return 3


async def _broken() -> int:
    raise ValueError("of the work")


def test_it_returns_the_result_or_the_error_of_the_work() -> None:
    assert asyncio.run(cancellable(_three())) == 3
    with pytest.raises(ValueError, match="of the work"):
        asyncio.run(cancellable(_broken()))


@pytest.mark.timeout(30)
def test_a_loop_stops_although_its_work_drops_cancellations() -> None:
    ended: list[int] = []
    begun, loop = threading.Event(), LoopThread("stubborn")
    caller = threading.Thread(target=_call, args=(loop, begun, ended))
    caller.start()
    assert begun.wait(10)
    loop.interrupt()
    loop.stop()
    caller.join()
    assert not loop.running
    assert ended == [1]


def _call(loop: LoopThread, begun: threading.Event, ended: list[int]) -> None:
    with pytest.raises(Exception, match="the process was told to end"):
        loop.call(_stubborn(begun, ended), 20.0)
