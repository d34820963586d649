"""The port TelegramSource over Telethon: resolves channels and reads their messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

import structlog
from telethon.tl import functions, types
from telethon.utils import get_input_peer, get_peer_id

from app.adapters.loop import LoopThread
from app.adapters.telegram.account import TelegramAccount
from app.adapters.telegram.answers import failure_of
from app.adapters.telegram.description import described, told_in
from app.adapters.telegram.errors import translate
from app.adapters.telegram.mapping import map_message, unreadable
from app.adapters.telegram.redaction import frames, words
from app.adapters.telegram.refusals import PRIVATE, ChannelRefused, Unreadable
from app.adapters.telegram.rich_messages import completed
from app.domain import links
from app.domain.deletions import Hole, View, judge, lowest_of, needs_look
from app.domain.messages import ChannelInfo, ChannelRef, Incoming, Page, Unparsed
from app.errors import MediaAuditError, Permanent

log = structlog.get_logger()

PAGE = 100  # messages, Telegram's limit for one request
PAUSE = 900.0  # seconds until a channel without a readable message is read again
WINDOWS = 200  # pages of ids to search around a message that cannot be parsed: 20,000 ids

Message = Incoming | Unparsed
T = TypeVar("T")


class TelethonSource:
    """The TelegramSource port; safe to use from any thread."""

    def __init__(self, account: TelegramAccount, loop: LoopThread) -> None:
        """account: belongs to the loop."""
        self._account = account
        self._loop = loop
        self._met: dict[int, Any] = {}  # channels that a name led to, by number, whatever channel was looked for

    def resolve(self, reference: str) -> ChannelInfo:
        """@name, a t.me link or a numeric id -> the channel. Permanent if there is none or it is private to us."""
        return self._call(self._resolve(links.channel(reference)))

    def history(self, channel: ChannelRef, *, above: int = 0, below: int = 0, limit: int = PAGE) -> list[Message]:
        """Messages with above < id (< below), in ascending order; the port tells which ones."""
        return self._call(self._history(channel, above, below, limit))

    def messages(self, channel: ChannelRef, ids: Sequence[int]) -> list[Message | None]:
        """One entry for each id, in order; None for a hole."""
        return self._call(self.read(channel, list(ids)))

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of the work. Shows nothing of an answer that breaks our own code: neither in rows nor in logs."""
        try:
            return self._loop.call(work, None)
        except MediaAuditError:
            raise
        except Exception as error:
            log.error("an answer of Telegram was not understood", error=words(error), at=frames(error))
            raise translate(error) from None

    def describe(self, channel: ChannelRef) -> ChannelInfo | None:
        """The channel with the border of what this account may see."""
        return self._call(self._describe(channel))

    async def is_deleted(self, channel: ChannelRef, hole: int, seen_from: int | None, told: ChannelInfo | None) -> bool:
        """Whether a message that was stored once, and is a hole now, was deleted; for callers on the loop.

        False where it may just be hidden from this account. seen_from: the lowest id that this login ever saw.
        told: the channel as the answer with the hole describes it.
        """
        below = await self._history(channel, 0, hole, 1)
        restriction = told.restriction if told else ""
        view = View(lowest_of([m.id for m in below]), seen_from, restriction=restriction)
        if needs_look([hole], view):
            view = view.with_look(await self._describe(channel))
        return judge(hole, view) is Hole.DELETED

    async def read(self, channel: ChannelRef, ids: Sequence[int]) -> Page[Message | None]:
        """The same as `messages`, for callers on the loop."""
        found: dict[int, Message] = {}
        told: ChannelInfo | None = None
        for start in range(0, len(ids), PAGE):
            part = await self._by_id(channel, ids[start : start + PAGE])
            found.update({m.id: m for m in part})
            told = part.channel or told
        return Page((found.get(message_id) for message_id in ids), told)

    async def _by_id(self, channel: ChannelRef, ids: Sequence[int]) -> Page[Message]:
        """Messages by id. A message that cannot be read hides those behind it, which are asked for anew."""
        wanted = [types.InputMessageID(i) for i in ids]
        try:
            answer = await self._account.request(functions.channels.GetMessagesRequest(_input(channel), wanted))
        except Unreadable as error:
            if len(ids) == 1:
                await self._account.check_readable()
                return Page([unreadable(ids[0], error)])
            return await self._around(channel, ids, error)
        return await self._page_of(answer, channel)

    async def _around(self, channel: ChannelRef, ids: Sequence[int], error: Unreadable) -> Page[Message]:
        """The messages of a broken answer: those that were read, and the rest by more requests.

        Answers are in the order of the ids, so the first one that is missing is the one that cannot be read. In another
        order halves find it.
        """
        seen = {getattr(m, "id", None) for m in error.messages}
        rest = [i for i in ids if i not in seen]
        first = await self._by_id(channel, rest[:1]) if rest else Page[Message]([])
        culprit = any(isinstance(message, Unparsed) for message in first)
        middle = 1 if culprit else 1 + len(rest) // 2
        parts = [await self._by_id(channel, part) for part in (rest[1:middle], rest[middle:]) if part]
        told = next((page.channel for page in (*parts, first) if page.channel is not None), None)
        return Page([*_map_all(error.messages), *first, *(m for part in parts for m in part)], told)

    async def _history(self, channel: ChannelRef, above: int, below: int, limit: int) -> list[Message]:
        upwards = above > 0 and below <= 0
        found: dict[int, Message] = {}
        told: ChannelInfo | None = None
        while len(found) < limit:
            page = await self._page(channel, above, below, min(PAGE, limit - len(found)), upwards=upwards)
            found |= {m.id: m for m in page}
            told = page.channel or told
            if len(page) < PAGE:
                break
            above, below = (max(found), below) if upwards else (above, min(found))
        return Page((found[i] for i in sorted(found)), told)

    async def _page(self, channel: ChannelRef, above: int, below: int, limit: int, *, upwards: bool) -> Page[Message]:
        try:
            answer = await self._account.request(_page_request(channel, above, below, limit, upwards=upwards))
        except Unreadable:
            return await self._page_by_ids(channel, above, below, limit, upwards=upwards)
        return await self._page_of(answer, channel)

    async def _page_of(self, answer: Any, channel: ChannelRef) -> Page[Message]:
        messages = await completed(self._account, channel, answer.messages)
        return Page(_map_all(messages), told_in(answer, channel))

    async def _page_by_ids(
        self, channel: ChannelRef, above: int, below: int, limit: int, *, upwards: bool
    ) -> Page[Message]:
        """The same page by its ids, if one of its messages has a form that Telethon does not know."""
        head = await self._head(channel, 0)
        end = min(below, head + 1) if below > 0 else head + 1
        found: dict[int, Message] = {}
        told: ChannelInfo | None = None
        for _ in range(WINDOWS):
            ids = range(above + 1, end)[:PAGE] if upwards else range(above + 1, end)[-PAGE:]
            if not ids or len(found) >= limit:
                break
            part = await self._by_id(channel, ids)
            found |= {m.id: m for m in part}
            told = part.channel or told
            above, end = (ids[-1], end) if upwards else (above, ids[0])
        chosen = sorted(found)[:limit] if upwards else sorted(found)[-limit:]
        return Page((found[i] for i in chosen), told)

    async def _head(self, channel: ChannelRef, skip: int) -> int:
        """The newest id, or an upper bound of it if the newest messages cannot be parsed.

        Skips up to PAGE such messages, so the bound is the newest readable id plus PAGE.
        """
        if skip > PAGE:
            raise Unreadable("no message of the channel can be read", retry_after=PAUSE)
        request = _page_request(channel, 0, 0, 1, upwards=False, skip=skip)
        try:
            page = _map_all((await self._account.request(request)).messages)
        except Unreadable:
            await self._account.check_readable()  # else each poll of an outage would skip a whole page
            return await self._head(channel, skip + 1)
        newest = page[0].id if page else 0
        return newest + PAGE if skip else newest

    async def _resolve(self, wanted: links.Reference) -> ChannelInfo:
        if wanted.invite:
            raise Permanent("an invitation link names no channel: give the number of the channel that it opened")
        chat = await (self._named(wanted.username) if wanted.username else self._joined(wanted.telegram_id or 0))
        if isinstance(chat, types.ChannelForbidden):
            raise ChannelRefused(PRIVATE)
        if not isinstance(chat, types.Channel):
            raise Permanent("this is a person or a private group, not a channel or public group")
        if chat.access_hash is None:
            raise Permanent("the channel is private to this account: join it first")
        ref = ChannelRef(chat.id, chat.access_hash)
        full = await self._account.request(functions.channels.GetFullChannelRequest(_input(ref)))
        return told_in(full, ref, full.full_chat) or described(chat, ref, full.full_chat)

    async def _describe(self, channel: ChannelRef) -> ChannelInfo | None:
        try:
            full = await self._account.request(functions.channels.GetFullChannelRequest(_input(channel)))
        except Unreadable:
            return None
        return told_in(full, channel, full.full_chat)

    async def _named(self, username: str) -> Any:
        found = await self._account.request(functions.contacts.ResolveUsernameRequest(username))
        wanted = getattr(found.peer, "channel_id", None)
        chat = next((chat for chat in found.chats if chat.id == wanted), None)
        if chat is None and wanted is not None and (failure := failure_of(found)):
            raise failure
        if isinstance(chat, types.Channel) and chat.access_hash is not None:
            self._met[chat.id] = chat
        return chat

    async def _joined(self, telegram_id: int) -> Any:
        """A channel by its number, which needs an access hash: of an earlier look-up, or from the account's dialogs."""
        if (met := self._met.get(telegram_id)) is not None:
            return met
        failures: list[Unreadable] = []
        async for chat in self._dialogs(failures):
            if isinstance(chat, types.Channel) and chat.id == telegram_id:
                return chat
        if failures:
            raise failures[0]
        raise Permanent(f"channel {telegram_id} is not among the account's dialogs: join it, or give its @name")

    async def _dialogs(self, failures: list[Unreadable]) -> AsyncIterator[Any]:
        """The chats of all dialogs, page by page (https://core.telegram.org/api/offsets).

        Adds to `failures` if a page cannot be read as a whole: then chats may be missing.
        """
        date, last, peer = None, 0, types.InputPeerEmpty()
        while True:
            answer = await self._account.request(functions.messages.GetDialogsRequest(date, last, peer, PAGE, hash=0))
            for chat in answer.chats:
                yield chat
            failures += filter(None, [failure_of(answer)])
            before = (date, last)
            if not isinstance(answer, types.messages.DialogsSlice) or not (oldest := _oldest(answer)):
                return
            date, last, peer = oldest
            if (date, last) == before:
                return


def _oldest(answer: Any) -> tuple[Any, int, Any] | None:
    """Date, id and peer of the last message of a page of dialogs; None if no message and its peer can be read."""
    entities = {get_peer_id(entity): entity for entity in (*answer.chats, *answer.users)}
    for message in reversed(answer.messages):
        entity = entities.get(get_peer_id(message.peer_id)) if message.peer_id else None
        if entity is not None and getattr(message, "date", None):
            return message.date, message.id, get_input_peer(entity)
    return None


def _page_request(channel: ChannelRef, above: int, below: int, limit: int, *, upwards: bool, skip: int = 0) -> Any:
    """A page next to an id (https://core.telegram.org/api/offsets): below it, or with a negative shift above it."""
    return functions.messages.GetHistoryRequest(
        peer=types.InputPeerChannel(channel.telegram_id, channel.access_hash),
        offset_id=above + 1 if upwards else max(below, 0),
        offset_date=None,
        add_offset=-limit if upwards else skip,
        limit=limit,
        max_id=0,
        min_id=above,
        hash=0,
    )


def _map_all(messages: Iterable[Any]) -> list[Message]:
    return [m for m in map(map_message, messages) if m is not None]


def _input(channel: ChannelRef) -> Any:
    return types.InputChannel(channel.telegram_id, channel.access_hash)
