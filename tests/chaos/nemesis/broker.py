"""Somebody between all processes and Redis: task messages are dropped, doubled, delayed and put out of order here."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

from tests.chaos.nemesis.resp import Command, Commands, TaskMessage, packed

HELD = b"nemesis:held"  # where a message goes instead: its sender gets the answer that he expects
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Mischief:
    """What happens to task messages: the share of them that is dropped, comes twice or comes later."""

    drop: float = 0.0
    double: float = 0.0
    delay: float = 0.0
    fan_ins: bool = False  # every message that a chord publishes at its end is dropped

    def choose(self, message: TaskMessage, random: Random) -> str:
        """pass, drop, double or delay."""
        if self.fan_ins and not message.bulk and message.task.endswith((".persist_publication", ".merge_vision")):
            return "drop"
        draw = random.random()
        for name in ("drop", "double", "delay"):
            draw -= getattr(self, name)
            if draw < 0:
                return name
        return "pass"


class Broker:
    """A proxy in front of Redis, while the context lasts. Delayed messages overtake each other."""

    def __init__(self, url: str, seed: int) -> None:
        self._target = urlsplit(url)
        self._random = Random(f"broker {seed}")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="nemesis-broker", daemon=True)
        self._ready = threading.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._late: set[asyncio.Task[None]] = set()
        self.mischief = Mischief()
        self.done: Counter[str] = Counter()  # what became of task messages

    @property
    def url(self) -> str:
        """The address for everybody else."""
        secret = self._target.netloc.rpartition("@")[0]
        return urlunsplit(self._target._replace(netloc=f"{secret}@{LOOPBACK}:{self._port}"))

    def cut(self) -> None:
        """Closes all connections."""
        self._loop.call_soon_threadsafe(self._cut)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._connected, LOOPBACK, 0)
        self._port: int = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        self._cut()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream, up = await asyncio.open_connection(LOOPBACK, self._target.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, up}
        commands = Commands()
        ways = (
            _pump(reader, up, lambda data: b"".join(map(self._meddled, commands.feed(data)))),
            _pump(upstream, writer, lambda data: data),
        )
        with suppress(asyncio.CancelledError):
            await _first(*ways)
        for end in (writer, up):
            end.transport.abort()
            self._writers.discard(end)

    def _meddled(self, command: Command) -> bytes:
        message = TaskMessage.of(command)
        if message is None:
            return packed(command)
        what = self.mischief.choose(message, self._random)
        self.done[what] += 1
        if what in ("double", "delay"):
            task = self._loop.create_task(self._later(message, self._random.uniform(0.1, 4.0)))
            self._late.add(task)
            task.add_done_callback(self._late.discard)
        elsewhere = what in ("drop", "delay")
        return packed([command[0], HELD, command[2]] if elsewhere else command)

    async def _later(self, message: TaskMessage, seconds: float) -> None:
        await asyncio.sleep(seconds)
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(LOOPBACK, self._target.port)
            secret = (self._target.password or "").encode()
            number = self._target.path.strip("/").encode()
            for command in ([b"AUTH", secret], [b"SELECT", number], [b"LPUSH", message.queue, message.body]):
                writer.write(packed(command))
                await reader.readline()
            writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, change: Callable[[bytes], bytes]) -> None:
    with suppress(OSError):
        while (data := await reader.read(65_536)) and not writer.is_closing():
            writer.write(change(data))
            await writer.drain()


async def _first(*ways: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
