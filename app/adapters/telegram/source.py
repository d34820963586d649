"""The port TelegramSource over Telethon: resolves channels and reads their messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from telethon.errors import TypeNotFoundError
from telethon.tl import functions, types
from telethon.utils import get_input_peer, get_peer_id

from app.adapters.loop import LoopThread
from app.adapters.telegram import references
from app.adapters.telegram.account import TelegramAccount
from app.adapters.telegram.mapping import clean, map_message, unreadable
from app.domain.messages import ChannelInfo, ChannelRef, Incoming, Unparsed
from app.errors import Permanent, Transient

PAGE = 100  # messages, Telegram's limit for one request
WINDOWS = 200  # pages of ids to search around a message that cannot be parsed: 20,000 ids

Message = Incoming | Unparsed


class TelethonSource:
    """The TelegramSource port; safe to use from any thread."""

    def __init__(self, account: TelegramAccount, loop: LoopThread) -> None:
        """account: belongs to the loop."""
        self._account = account
        self._loop = loop

    def resolve(self, reference: str) -> ChannelInfo:
        """@name, a t.me link or a numeric id -> the channel. Permanent if there is none or it is private to us."""
        return self._loop.call(self._resolve(references.parse(reference)), None)

    def history(self, channel: ChannelRef, *, above: int = 0, below: int = 0, limit: int = PAGE) -> list[Message]:
        """Messages with above < id (< below), in ascending order; the port tells which ones."""
        return self._loop.call(self._history(channel, above, below, limit), None)

    def messages(self, channel: ChannelRef, ids: Sequence[int]) -> list[Message | None]:
        """One entry for each id, in order; None for a hole."""
        return self._loop.call(self.read(channel, list(ids)), None)

    async def read(self, channel: ChannelRef, ids: Sequence[int]) -> list[Message | None]:
        """The same as `messages`, for callers on the loop."""
        found: dict[int, Message] = {}
        for start in range(0, len(ids), PAGE):
            found.update(await self._by_id(channel, ids[start : start + PAGE]))
        return [found.get(message_id) for message_id in ids]

    async def _by_id(self, channel: ChannelRef, ids: Sequence[int]) -> dict[int, Message]:
        """Messages by id. Finds a message that breaks the whole answer by requests for halves."""
        wanted = [types.InputMessageID(i) for i in ids]
        try:
            answer = await self._account.request(functions.channels.GetMessagesRequest(_input(channel), wanted))
        except TypeNotFoundError as error:
            if len(ids) == 1:
                return {ids[0]: unreadable(ids[0], error)}
            middle = len(ids) // 2
            return await self._by_id(channel, ids[:middle]) | await self._by_id(channel, ids[middle:])
        return {m.id: m for m in _mapped(answer)}

    async def _history(self, channel: ChannelRef, above: int, below: int, limit: int) -> list[Message]:
        upwards = above > 0 and below <= 0
        found: dict[int, Message] = {}
        while len(found) < limit:
            page = await self._page(channel, above, below, min(PAGE, limit - len(found)), upwards=upwards)
            found |= {m.id: m for m in page}
            if len(page) < PAGE:
                break
            above, below = (max(found), below) if upwards else (above, min(found))
        return [found[i] for i in sorted(found)]

    async def _page(
        self, channel: ChannelRef, above: int, below: int, limit: int, *, upwards: bool
    ) -> Sequence[Message]:
        try:
            return _mapped(await self._account.request(_page_request(channel, above, below, limit, upwards=upwards)))
        except TypeNotFoundError:
            return await self._page_by_ids(channel, above, below, limit, upwards=upwards)

    async def _page_by_ids(
        self, channel: ChannelRef, above: int, below: int, limit: int, *, upwards: bool
    ) -> Sequence[Message]:
        """The same page by its ids, if one of its messages has a form that Telethon does not know."""
        head = await self._head(channel, 0)
        end = min(below, head + 1) if below > 0 else head + 1
        found: dict[int, Message] = {}
        for _ in range(WINDOWS):
            ids = range(above + 1, end)[:PAGE] if upwards else range(above + 1, end)[-PAGE:]
            if not ids or len(found) >= limit:
                break
            found |= await self._by_id(channel, ids)
            above, end = (ids[-1], end) if upwards else (above, ids[0])
        chosen = sorted(found)[:limit] if upwards else sorted(found)[-limit:]
        return [found[i] for i in chosen]

    async def _head(self, channel: ChannelRef, skip: int) -> int:
        """The newest id, or an upper bound of it if the newest messages cannot be parsed.

        Skips up to PAGE such messages, so the bound is the newest readable id plus PAGE.
        """
        if skip > PAGE:
            raise Transient("no message of the channel can be read")
        request = _page_request(channel, 0, 0, 1, upwards=False, skip=skip)
        try:
            page = _mapped(await self._account.request(request))
        except TypeNotFoundError:
            return await self._head(channel, skip + 1)
        newest = page[0].id if page else 0
        return newest + PAGE if skip else newest

    async def _resolve(self, wanted: references.Reference) -> ChannelInfo:
        if wanted.invite:
            raise Permanent("an invitation link names no channel: give the number of the channel that it opened")
        chat = await (self._named(wanted.username) if wanted.username else self._joined(wanted.telegram_id or 0))
        if isinstance(chat, types.ChannelForbidden):
            raise Permanent("the channel is private or has banned this account: join it with the account first")
        if not isinstance(chat, types.Channel):
            raise Permanent("this is a person or a private group, not a channel or public group")
        if chat.access_hash is None:
            raise Permanent("the channel is private to this account: join it first")
        ref = ChannelRef(chat.id, chat.access_hash)
        full = await self._account.request(functions.channels.GetFullChannelRequest(_input(ref)))
        return ChannelInfo(ref, _username(chat), clean(chat.title), clean(full.full_chat.about))

    async def _named(self, username: str) -> Any:
        found = await self._account.request(functions.contacts.ResolveUsernameRequest(username))
        return next((chat for chat in found.chats if chat.id == getattr(found.peer, "channel_id", None)), None)

    async def _joined(self, telegram_id: int) -> Any:
        """A channel by its number, which needs an access hash that only the account's own dialogs contain."""
        async for chat in self._dialogs():
            if isinstance(chat, types.Channel) and chat.id == telegram_id:
                return chat
        raise Permanent(f"channel {telegram_id} is not among the account's dialogs: join it, or give its @name")

    async def _dialogs(self) -> AsyncIterator[Any]:
        """The chats of all dialogs, page by page (https://core.telegram.org/api/offsets)."""
        date, last, peer = None, 0, types.InputPeerEmpty()
        while True:
            answer = await self._account.request(functions.messages.GetDialogsRequest(date, last, peer, PAGE, hash=0))
            for chat in answer.chats:
                yield chat
            if not isinstance(answer, types.messages.DialogsSlice) or not answer.messages:
                return
            oldest = answer.messages[-1]
            entities = {get_peer_id(entity): entity for entity in (*answer.chats, *answer.users)}
            date, last, peer = oldest.date, oldest.id, get_input_peer(entities[get_peer_id(oldest.peer_id)])


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


def _mapped(answer: Any) -> list[Message]:
    return [m for m in map(map_message, answer.messages) if m is not None]


def _input(channel: ChannelRef) -> Any:
    return types.InputChannel(channel.telegram_id, channel.access_hash)


def _username(chat: Any) -> str | None:
    """The public name; collectible names are in a separate list."""
    return chat.username or next((u.username for u in chat.usernames or () if u.active), None)
