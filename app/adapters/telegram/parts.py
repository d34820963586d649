"""Reads pieces of one Telegram file, with retries for every behaviour of the server."""

from __future__ import annotations

import asyncio
from typing import Any

from telethon import errors
from telethon.tl import types

from app.adapters.telegram.account import TelegramAccount
from app.adapters.telegram.answers import GetFile
from app.adapters.telegram.errors import (
    DEAD_KEYS,
    FLOODS,
    SERVER_TROUBLE,
    Flooded,
    stale_location,
    stale_reference,
    translate,
)
from app.adapters.telegram.holds import Key, channel_key
from app.adapters.telegram.invoke import invoke
from app.adapters.telegram.media import location_of
from app.adapters.telegram.redaction import words
from app.adapters.telegram.refusals import Unreadable
from app.adapters.telegram.source import TelethonSource
from app.domain.messages import Incoming, MediaRequest, Unparsed
from app.errors import Permanent, Skip, Transient, Withheld

TRIES = 8  # for one piece: about 6 s of pauses in all, enough for a reconnection
PAUSE = 0.05  # seconds before the second try, doubling
LONGEST_PAUSE = 2.0
PATIENCE = 15.0  # seconds for a piece at the first try, doubling up to the account's own timeout
GRANULE = 1024  # bytes: a precise request may begin and end at any multiple (https://core.telegram.org/api/files)
SHORT_FLOOD = 5.0  # seconds; a longer flood wait goes back into the work table instead of a sleep
FLOODS_IN_ALL = 60.0  # seconds of sleep for one file
REFRESHES = 8  # of a file's reference without a byte in between: a few in a row may be bad luck
END = 2  # answers in a row without a new byte after which the file has ended
MIB = 1024 * 1024  # no request may cross a multiple of it
UNREADABLE_PAUSE = 900.0  # seconds until the message of a stale reference is read again, if its form is unknown
NO_ANSWER = (*SERVER_TROUBLE, OSError, EOFError)

_METHOD = "GetFile"
SILENT = "its message shows a part of itself now: the file waits until it shows the rest"
UNSEEN = "its message is not shown to this account now: the file waits until it is"


class RemoteFile:
    """One file in Telegram. Several pieces may be requested at once."""

    def __init__(self, account: TelegramAccount, source: TelethonSource, request: MediaRequest) -> None:
        self._account = account
        self._source = source
        self._request = request
        self._size = request.media.size
        self._location = location_of(request.media)
        self._dc = int(request.media.location.get("dc_id", 0))
        self._refreshing = asyncio.Lock()
        self._generation = 0  # of the reference
        self._fruitless = 0  # refreshes since the last bytes
        self._slept = 0.0
        self._stale: tuple[int, Any] | None = None  # generation and address that had no file, until bytes come
        self.location: dict[str, Any] | None = None  # of a message that was read again
        files = channel_key(request.channel.telegram_id, request.channel.access_hash, "files")
        self._subject: tuple[Key, ...] = (("file", request.media.key), files)

    async def read(self, offset: int, length: int, limit: int) -> bytes:
        """`length` bytes from `offset`; fewer only at the file's end. limit: the size of parts, a divisor of 1 MiB.

        A short answer is not the end of the file: the missing bytes are asked for again until END answers bring none.
        Returns more than `length` bytes if the part ends at the announced size and the file goes on: its requests ask
        for a little more than that, so a right size costs no request of its own, unless it is a multiple of 1 MiB.
        """
        found = await self._first(offset, length, limit)
        barren = int(not found)
        while len(found) < length and barren < END:
            more = await self._from(offset + len(found), offset + length)
            barren = 0 if more else barren + 1
            found += more
        return found

    async def peek(self, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`, both multiples of GRANULE; none only if END answers bring none."""
        found = b""
        for _ in range(END):
            found = found or await self._ask(offset, length, precise=True)
        return found

    async def _first(self, offset: int, length: int, limit: int) -> bytes:
        whole = offset % limit == 0 and (length < limit or offset + length != self._size or limit == MIB)
        return await (self._ask(offset, limit, precise=False) if whole else self._from(offset, offset + length))

    async def _from(self, offset: int, end: int) -> bytes:
        """One answer with the bytes from `offset` to `end`, or to the next multiple of 1 MiB."""
        start = offset // GRANULE * GRANULE
        beyond = GRANULE if end == self._size else 0
        limit = min(_granules(end - start) + beyond, MIB - start % MIB)
        return (await self._ask(start, limit, precise=True))[offset - start :]

    async def _ask(self, offset: int, limit: int, *, precise: bool) -> bytes:
        """One answer to upload.getFile, with retries while they may help."""
        reason: Exception = TimeoutError()
        for attempt in range(TRIES):
            generation = self._generation
            try:
                data = await self._get(offset, limit, attempt, precise=precise)
                self._fruitless, self._stale = 0, None
                self._account.answered(_METHOD, *self._subject)
                return data
            except (errors.RPCError, errors.AuthKeyNotFound, Unreadable, Flooded, *NO_ANSWER) as error:
                await self._recover(error, attempt, generation)
                reason = error
        if isinstance(reason, (Flooded, *NO_ANSWER)):
            raise translate(reason) from reason
        raise Transient(f"{TRIES} attempts in vain: {words(reason)}") from reason

    async def _recover(self, error: Any, attempt: int, generation: int) -> None:
        """Prepares for the next attempt by the error; raises if no attempt can help."""
        if isinstance(error, errors.FileMigrateError):
            self._dc = error.new_dc
        elif stale_reference(error):
            await self._renew(generation, error)
        elif stale_location(error):
            await self._relocate(generation, error)
        elif isinstance(error, Flooded):
            await self._sleep(error)
        elif isinstance(error, NO_ANSWER):
            if isinstance(error, TimeoutError) and attempt:
                await self._account.drop_sender(self._dc)  # without pings it may have been cut off long ago
            await asyncio.sleep(min(LONGEST_PAUSE, PAUSE * 2**attempt))
        elif not isinstance(error, DEAD_KEYS) or not await self._account.drop_sender(self._dc):
            raise self._account.refused(_METHOD, error, *self._subject) from error

    async def _get(self, offset: int, limit: int, attempt: int, *, precise: bool) -> bytes:
        self._account.admit(_METHOD, *self._subject)
        sender = await self._account.sender(self._dc)
        request = GetFile(self._location, offset, limit, precise=precise or None)
        try:
            answer = await invoke(sender, request, min(self._account.timeout, PATIENCE * 2**attempt))
        except FLOODS as error:
            if error.seconds > SHORT_FLOOD:
                raise self._account.refused(_METHOD, error) from error
            raise Flooded(max(1.0, error.seconds)) from error  # other files go on, as in Telegram's own clients
        if not isinstance(answer, types.upload.File):
            raise Permanent("Telegram serves this file through a CDN, which was not asked for")
        data: bytes = answer.bytes
        return data[:limit]  # more would be taken for the bytes of the next part

    async def _sleep(self, flood: Flooded) -> None:
        seconds = flood.retry_after or 0.0
        self._slept += seconds
        if seconds > SHORT_FLOOD or self._slept > FLOODS_IN_ALL:
            raise flood
        await asyncio.sleep(seconds)

    async def _renew(self, generation: int, error: Exception) -> None:
        try:
            await self._refresh(generation, error)
        except Flooded as flood:
            await self._sleep(flood)

    async def _relocate(self, generation: int, error: Exception) -> None:
        """Reads the message again for a fresh address; Permanent if it names the same one twice, and no file is there.

        A file may move while it is read again: another address is asked, too.
        """
        if generation == self._generation:
            address = (self._location.access_hash, self._location.thumb_size)
            before, refused = self._stale or (generation, None)
            if before < generation and refused == address:
                told = f"Telegram finds no file where its message says, read twice ({words(error)})"
                raise Permanent(told) from error
            self._stale = (generation, address)
        await self._renew(generation, error)

    async def _refresh(self, generation: int, error: Exception) -> None:
        """Reads the message again for a fresh reference, once for all pieces with the same stale one."""
        async with self._refreshing:
            if self._generation > generation:
                return
            if self._fruitless >= REFRESHES:
                raise Transient("fresh file references keep expiring") from error
            self._location, self._dc = self._fresh(await self._message())
            self._fruitless += 1
            self._generation += 1

    async def _message(self) -> object:
        """The message as it is now. Permanent if it was deleted, Withheld if this account may just not see it."""
        asked = (self._request.channel, self._request.message_id)
        page = await self._source.read(asked[0], [asked[1]])
        if page[0] is not None:
            return page[0]
        if not await self._source.is_deleted(*asked, self._request.seen_from, page.channel):
            raise self._account.held_back(_METHOD, Withheld(UNSEEN), *self._subject)
        [again] = await self._source.read(asked[0], [asked[1]])  # it may have been hidden until the second look
        if again is None:
            raise Permanent("the message was deleted before its file was downloaded")
        return again

    def _fresh(self, message: object) -> tuple[Any, int]:
        if isinstance(message, Unparsed):
            raise Withheld("its message cannot be read now: the file waits until it can", UNREADABLE_PAUSE)
        media = (
            next((m for m in message.media if m.key == self._request.media.key), None)
            if isinstance(message, Incoming)
            else None
        )
        if media is None and isinstance(message, Incoming) and self._request.media.role in message.silent:
            raise self._account.held_back(_METHOD, Withheld(SILENT), *self._subject)
        if media is None:
            raise Skip("replaced by an edit before it was downloaded")
        self.location = media.location
        return location_of(media), int(media.location["dc_id"])


def _granules(length: int) -> int:
    return -(-length // GRANULE) * GRANULE
