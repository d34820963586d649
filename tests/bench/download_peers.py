"""One way to download, in a process of its own: prints seconds, bytes and the peak of its memory as JSON.

Usage: TELEGRAM_SESSION=... python -m tests.bench.download_peers WAY FIRST LAST FOLDER

Fetches the files of the messages FIRST to LAST. The message WARM comes before the clock starts: connecting counts for
no way.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from telethon import TelegramClient, utils
from telethon.sessions import StringSession
from telethon.tl.functions.upload import GetFileRequest

from app.adapters.telegram import connect_telegram
from app.domain.messages import Incoming, MediaRequest
from app.settings import get_settings
from tests.bench.processes import peak

USERNAME = "bench_download"
WARM = 1  # the message of a small file
PART = 512 * 1024
WINDOW = 16  # parts in flight: more of them bring nothing more over one connection
Measured = tuple[float, int]  # seconds, bytes


@asynccontextmanager
async def _client() -> AsyncIterator[Any]:
    session = StringSession(os.environ["TELEGRAM_SESSION"])
    async with TelegramClient(session, 1, "hash") as client:
        yield client


async def _one_by_one(ids: Sequence[int], folder: Path) -> Measured:
    """As most scripts do: download_media, message after message."""
    async with _client() as client:
        warm, *messages = await client.get_messages(USERNAME, ids=[WARM, *ids])
        await client.download_media(warm, file=str(folder / "warm"))
        began, paths = time.perf_counter(), []
        for message in messages:
            paths.append(await client.download_media(message, file=str(folder / str(message.id))))
        seconds = time.perf_counter() - began
    return seconds, _on_disk(paths)


def _on_disk(paths: Sequence[str]) -> int:
    return sum(os.path.getsize(path) for path in paths)


async def _window(ids: Sequence[int], folder: Path) -> Measured:
    """The limit of the connection: requests for parts alone, WINDOW of them in flight; no hash, no disk."""
    async with _client() as client:
        warm, *messages = await client.get_messages(USERNAME, ids=[WARM, *ids])
        await client.download_media(warm, file=str(folder / "warm"))
        requests = iter([request for message in messages for request in _parts(message)])
        began, size, flying = time.perf_counter(), 0, deque[Any]()
        while True:
            while len(flying) < WINDOW and (request := next(requests, None)) is not None:
                flying.append(client._sender.send(request))
            if not flying:
                return time.perf_counter() - began, size
            size += len((await flying.popleft()).bytes)


def _parts(message: Any) -> list[GetFileRequest]:
    _, location = utils.get_input_location(message.media)
    return [GetFileRequest(location, offset, PART) for offset in range(0, message.file.size, PART)]


async def _ours(ids: Sequence[int], folder: Path) -> Measured:
    """The port that the worker calls: every file hashed, written and synced."""
    return await asyncio.to_thread(_fetch, ids)


def _fetch(ids: Sequence[int]) -> Measured:
    telegram = connect_telegram(get_settings())
    try:
        channel = telegram.source.resolve(f"@{USERNAME}").ref
        warm, *messages = telegram.source.messages(channel, [WARM, *ids])
        _stored(telegram.media.fetch([_request(channel, warm)]))
        requests = [_request(channel, message) for message in messages]
        began = time.perf_counter()
        found = telegram.media.fetch(requests)
        return time.perf_counter() - began, _stored(found)
    finally:
        telegram.close()


def _request(channel: Any, message: Any) -> MediaRequest:
    assert isinstance(message, Incoming)
    return MediaRequest(channel, message.id, message.media[0])


def _stored(found: Sequence[Any]) -> int:
    for one in found:
        if isinstance(one, Exception):
            raise one
    return sum(one.size for one in found)


WAYS: dict[str, Callable[[Sequence[int], Path], Awaitable[Measured]]] = {
    "download_media": _one_by_one,
    "window": _window,
    "ours": _ours,
}


async def _main(way: str, first: str, last: str, folder: str) -> None:
    seconds, size = await WAYS[way](range(int(first), int(last) + 1), Path(folder))
    print(json.dumps({"seconds": seconds, "bytes": size, "peak": peak(os.getpid())}))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
