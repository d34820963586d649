"""MediaSource: many files side by side, several parts of a large one in flight, every byte accounted for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import structlog

from app.adapters.loop import LoopThread
from app.adapters.store import FileStore, Incomplete
from app.adapters.telegram.account import TelegramAccount
from app.adapters.telegram.errors import translate
from app.adapters.telegram.parts import RemoteFile
from app.adapters.telegram.source import TelethonSource
from app.domain.messages import MediaRequest, StoredFile
from app.errors import MediaAuditError, Skip, Transient

log = structlog.get_logger()

T = TypeVar("T")

DISK_THREADS = 4  # hashing and writing release the GIL; more threads only queue for the disk


@dataclass(frozen=True)
class Limits:
    """What a download may take. part_bytes: divides 1 MiB and is a multiple of 4 KiB."""

    max_bytes: int
    files: int  # in flight across all callers
    parts: int  # of one file in flight
    part_bytes: int
    seconds: float  # for one call of fetch: shorter than the lease of its work


class Downloader:
    """The MediaSource port; safe to use from any thread."""

    def __init__(
        self, account: TelegramAccount, source: TelethonSource, loop: LoopThread, store: FileStore, limits: Limits
    ) -> None:
        self._account = account
        self._source = source
        self._loop = loop
        self._store = store
        self._limits = limits
        self._files = asyncio.Semaphore(limits.files)
        # Bounds memory and, on a slow line, the time that a part waits behind others; twice, as parts are also hashed.
        self._parts = asyncio.Semaphore(2 * max(limits.files, limits.parts))
        self._disk = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="media-store")

    def fetch(self, requests: Sequence[MediaRequest]) -> list[StoredFile | MediaAuditError]:
        """One entry for each request, in order; a failure is returned, not raised."""
        return self._loop.call(self._fetch(requests), None)

    def close(self) -> None:
        """Ends the disk's threads."""
        self._disk.shutdown(wait=True)

    async def _fetch(self, requests: Sequence[MediaRequest]) -> list[StoredFile | MediaAuditError]:
        deadline = time.monotonic() + self._limits.seconds
        return await asyncio.gather(*(self._settle(request, deadline) for request in requests))

    async def _settle(self, request: MediaRequest, deadline: float) -> StoredFile | MediaAuditError:
        try:
            self._check(request)
            async with self._files:
                return await self._in_time(request, deadline - time.monotonic())
        except MediaAuditError as error:
            return error
        except Exception as error:
            log.exception("download failed", channel=request.channel.telegram_id, message=request.message_id)
            return translate(error)

    def _check(self, request: MediaRequest) -> None:
        media = request.media
        if not media.key or media.size is None:
            raise Skip("there is no file behind this medium")
        if media.size > self._limits.max_bytes:
            raise Skip(f"{media.size} bytes are above the limit of MEDIA_MAX_BYTES={self._limits.max_bytes}")

    async def _in_time(self, request: MediaRequest, seconds: float) -> StoredFile:
        try:
            async with asyncio.timeout(seconds):
                return await self._download(request)
        except TimeoutError:
            # A file that had to wait for its neighbours is not to blame.
            fair = seconds > self._limits.seconds / 2
            raise Transient(f"not downloaded within {max(0.0, seconds):.0f} s", charge=fair) from None

    async def _download(self, request: MediaRequest) -> StoredFile:
        remote = RemoteFile(self._account, self._source, request)
        size = request.media.size or 0
        if size <= self._limits.part_bytes:
            data = await self._part(remote, 0, size) if size else b""
            return await self._on_disk(lambda: _store_whole(self._store, data))  # one visit to the disk, not four
        incoming = await self._on_disk(self._store.incoming)
        try:
            await self._stream(remote, size, incoming)
            return await self._on_disk(incoming.finish)
        finally:
            await self._on_disk(incoming.discard)

    async def _stream(self, remote: RemoteFile, size: int, incoming: Incomplete) -> None:
        """Parts arrive in any order within a window and are written in theirs."""
        offsets = iter(range(0, size, self._limits.part_bytes))
        window: deque[asyncio.Task[bytes]] = deque()
        try:
            while True:
                while len(window) < self._limits.parts and (offset := next(offsets, None)) is not None:
                    window.append(asyncio.create_task(self._part(remote, offset, size)))
                if not window:
                    return
                data = await window[0]
                window.popleft()
                await self._on_disk(lambda data=data: incoming.write(data))  # type: ignore[misc]
        finally:
            for task in window:
                task.cancel()
            await asyncio.gather(*window, return_exceptions=True)

    async def _part(self, remote: RemoteFile, offset: int, size: int) -> bytes:
        length = min(self._limits.part_bytes, size - offset)
        async with self._parts:
            return await remote.read(offset, length, self._limits.part_bytes)

    async def _on_disk(self, action: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, action)


def _store_whole(store: FileStore, data: bytes) -> StoredFile:
    incoming = store.incoming()
    try:
        incoming.write(data)
        return incoming.finish()
    finally:
        incoming.discard()
