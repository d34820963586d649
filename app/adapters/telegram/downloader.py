"""The port MediaSource: downloads many files at once, and several parts of a large file at once."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from app.adapters.loop import LoopThread
from app.adapters.store import FileStore, Incomplete
from app.adapters.telegram.account import TelegramAccount
from app.adapters.telegram.errors import translate
from app.adapters.telegram.parts import GRANULE, RemoteFile
from app.adapters.telegram.redaction import frames, words
from app.adapters.telegram.sizes import check_beyond, check_end, check_file, check_served, is_proven
from app.adapters.telegram.source import TelethonSource
from app.adapters.telegram.transfer import Partials, Progress
from app.domain.messages import MediaRequest, StoredFile
from app.errors import MediaAuditError, Transient

log = structlog.get_logger()

T = TypeVar("T")

DISK_THREADS = 4  # hashing and writing release the GIL; more threads only wait for the disk
KEPT_A_FILE = 4  # partial files kept for each file in flight: other files may have their turn before one continues


@dataclass(frozen=True)
class Limits:
    """The limits of downloads. part_bytes: divides 1 MiB and is a multiple of 4 KiB."""

    max_bytes: int
    files: int  # in flight across all callers
    parts: int  # of one file in flight
    part_bytes: int
    seconds: float  # for one call of fetch: shorter than the lease of its work
    stall: float  # seconds without a byte, at the deadline, after which the attempt is charged
    large_bytes: int  # files above this size go large_files at a time
    large_files: int


class Downloader:
    """The MediaSource port; safe to use from any thread.

    A file that runs out of time continues where it stopped at its next attempt: its temporary file and running hash
    stay for half an hour, in this process and for about four times as many files as may be in flight. So every attempt
    makes progress, however slow the line; only an attempt that stalls is charged.
    """

    def __init__(
        self, account: TelegramAccount, source: TelethonSource, loop: LoopThread, store: FileStore, limits: Limits
    ) -> None:
        self._account = account
        self._source = source
        self._loop = loop
        self._store = store
        self._limits = limits
        self._files = asyncio.Semaphore(limits.files)
        self._large = asyncio.Semaphore(limits.large_files)
        self._partials = Partials(KEPT_A_FILE * limits.files)
        # Limits memory and, on a slow line, a part's wait behind others; twice the number, as parts are also hashed.
        self._parts = asyncio.Semaphore(2 * max(limits.files, limits.parts))
        self._disk = ThreadPoolExecutor(DISK_THREADS, thread_name_prefix="media-store")

    def fetch(self, requests: Sequence[MediaRequest]) -> list[StoredFile | MediaAuditError]:
        """One entry for each request, in order; a failure is returned, not raised."""
        deadline = time.monotonic() + self._limits.seconds
        # Each by itself: if the process has to end, files that have arrived count.
        return self._loop.side_by_side([self._settle(request, deadline) for request in requests])

    def close(self) -> None:
        """Ends the disk threads and removes unfinished files; the loop has ended before."""
        self._disk.shutdown(wait=True)
        for incoming in self._partials.clear():
            incoming.discard()

    async def _settle(self, request: MediaRequest, deadline: float) -> StoredFile | MediaAuditError:
        remote: RemoteFile | None = None
        try:
            check_file(request)
            remote = RemoteFile(self._account, self._source, request)
            stored = await self._in_time(remote, request, deadline - time.monotonic())
            return replace(stored, location=remote.location)
        except MediaAuditError as error:
            error.location = remote.location if remote else None
            return error
        except Exception as error:
            where = {"channel": request.channel.telegram_id, "message": request.message_id}
            log.error("download failed", error=words(error), at=frames(error), **where)
            return translate(error)

    async def _in_time(self, remote: RemoteFile, request: MediaRequest, seconds: float) -> StoredFile:
        progress = Progress()
        async with AsyncExitStack() as turns:
            try:
                async with asyncio.timeout(seconds):
                    for turn in self._turns(request.media.size or 0):
                        await turns.enter_async_context(turn)
                    rest = await self._bring(remote, request, progress)
            except TimeoutError:
                # Charges only a file that Telegram does not send, not one that shares the line or waits for it.
                stalled = progress.stalled(self._limits.stall)
                reason = "nothing comes any more" if stalled else "it goes on where it stopped"
                raise Transient(f"not downloaded within {max(0.0, seconds):.0f} s: {reason}", charge=stalled) from None
            return await self._on_disk(rest)  # beyond the deadline, too: it is short compared with the download

    def _turns(self, size: int) -> list[asyncio.Semaphore]:
        """The turns of a file. Large files wait for each other first, so that they take no turn from small ones."""
        return [self._large, self._files] if size > self._limits.large_bytes else [self._files]

    async def _bring(self, remote: RemoteFile, request: MediaRequest, progress: Progress) -> Callable[[], StoredFile]:
        """Downloads all bytes of a file; returns the remaining disk work. After a deadline, keeps the partial file."""
        size, data = max(0, request.media.size or 0), b""
        await self._within_limit(remote, size)
        key = (request.media.key, size)
        kept = self._partials.take(key)
        if kept is None and 0 < size <= self._limits.part_bytes:
            data = await self._part(remote, 0, size, progress)
            if is_proven(len(data), size):
                return lambda: _store_whole(self._store, data)  # one call on the disk, not four
        incoming = await self._incoming() if kept is None else kept
        try:
            await self._write(incoming, data, size)
            if not 0 < len(data) < size:  # a small file that is shorter than announced has ended
                await self._stream(remote, size, incoming, progress)
            check_end(incoming.size, size)
        except asyncio.CancelledError:
            await self._discard(self._partials.keep(key, incoming))
            raise
        except BaseException:
            await self._discard([incoming])
            raise
        return lambda: _finish(incoming)

    async def _incoming(self) -> Incomplete:
        """A new file. A deadline that comes while the disk opens it leaves nothing of it behind."""
        opened: list[Incomplete] = []
        try:
            await self._on_disk(lambda: opened.append(self._store.incoming()))
        except asyncio.CancelledError:
            await self._discard(opened)
            raise
        return opened[0]

    async def _within_limit(self, remote: RemoteFile, size: int) -> None:
        """Skip if a file that is announced above the limit has a byte there. The announcement alone proves nothing."""
        most = self._limits.max_bytes
        if size > most:
            start = most // GRANULE * GRANULE
            check_beyond(await remote.peek(start, GRANULE), most - start, size, most)

    async def _write(self, incoming: Incomplete, data: bytes, announced: int) -> None:
        check_served(incoming.size + len(data), announced, self._limits.max_bytes)
        if data:
            await self._on_disk(lambda: incoming.write(data))

    async def _stream(self, remote: RemoteFile, size: int, incoming: Incomplete, progress: Progress) -> None:
        """Fetches the announced parts, and then goes on to the real end. Begins after the bytes already there."""
        if not await self._announced(remote, size, incoming, progress) or is_proven(incoming.size, size):
            return
        step = self._limits.part_bytes
        while True:
            data = await self._part(remote, incoming.size, incoming.size + step, progress)
            await self._write(incoming, data, size)
            if len(data) < step:
                return

    async def _announced(self, remote: RemoteFile, size: int, incoming: Incomplete, progress: Progress) -> bool:
        """Fetches parts in any order within a window, and writes them in their order; False if the file ends early.

        Asks for the next part before it writes one: the line must not wait for the disk.
        """
        offsets = iter(range(incoming.size, size, self._limits.part_bytes))
        window: deque[tuple[int, asyncio.Task[bytes]]] = deque()

        def ask() -> None:
            while len(window) < self._limits.parts and (offset := next(offsets, None)) is not None:
                window.append((offset, asyncio.create_task(self._part(remote, offset, size, progress))))

        try:
            ask()
            while window:
                offset, task = window[0]
                data = await task
                window.popleft()
                ask()
                await self._write(incoming, data, size)
                if incoming.size < min(offset + self._limits.part_bytes, size):
                    return False
            return True
        finally:
            for _, task in window:
                task.cancel()
            await asyncio.gather(*(task for _, task in window), return_exceptions=True)

    async def _part(self, remote: RemoteFile, offset: int, size: int, progress: Progress) -> bytes:
        length = min(self._limits.part_bytes, size - offset)
        async with self._parts:
            progress.ask()
            data = await remote.read(offset, length, self._limits.part_bytes)
            progress.arrive()
            return data

    async def _on_disk(self, action: Callable[[], T]) -> T:
        """Runs the action in a thread. A deadline waits for its end, because no other code may touch the file before.

        Its error then replaces the deadline's: a half-written part is no base for the next attempt.
        """
        acting = asyncio.get_running_loop().run_in_executor(self._disk, action)
        try:
            return await asyncio.shield(acting)
        except asyncio.CancelledError:
            await asyncio.wait({acting})
            acting.result()
            raise

    async def _discard(self, files: Sequence[Incomplete]) -> None:
        for incoming in files:
            await self._on_disk(incoming.discard)


def _store_whole(store: FileStore, data: bytes) -> StoredFile:
    incoming = store.incoming()
    try:
        incoming.write(data)
    except BaseException:
        incoming.discard()
        raise
    return _finish(incoming)


def _finish(incoming: Incomplete) -> StoredFile:
    try:
        return incoming.finish()
    finally:
        incoming.discard()
