"""Channels of the loopback server as Telegram shows them to different accounts, and under changing names."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from telethon import errors
from telethon.tl import functions, types

from app.demo.telegram import Faults, Hidden, LoopbackTelegram, Restricted
from app.demo.telegram.state import USER_ID
from app.demo.telegram.wire import decode, encode
from app.demo.world import Rename
from tests.factories.worlds import NEWS
from tests.integration.loopback.sample import connected, run

OTHER = 555
GET = functions.channels.GetFullChannelRequest


def ask(server: LoopbackTelegram, work: Callable[[Any], Coroutine[Any, Any, Any]], user: int = USER_ID) -> Any:
    async def asking() -> Any:
        async with connected(server.session(user=user)) as client:
            return await work(client)

    return run(asking())


def test_each_account_has_its_own_access_hash(server: LoopbackTelegram) -> None:
    async def peer(client: Any) -> Any:
        return await client.get_input_entity("loopback_news")

    first, again, other = ask(server, peer), ask(server, peer), ask(server, peer, user=OTHER)
    assert first.access_hash == again.access_hash != other.access_hash

    async def read(client: Any) -> Any:
        return await client.get_messages(types.InputPeerChannel(NEWS, first.access_hash), limit=1)

    with pytest.raises(errors.ChannelInvalidError):
        ask(server, read, user=OTHER)

    async def me(client: Any) -> int:
        return int((await client.get_me()).id)

    assert ask(server, me, user=OTHER) == OTHER


def test_an_account_that_joined_late_sees_no_older_message(server: LoopbackTelegram) -> None:
    server.faults = Faults(hidden=(Hidden(NEWS, 245, OTHER),))

    async def seen(client: Any) -> Any:
        found = [m.id async for m in client.iter_messages("loopback_news", limit=10)]
        by_id = await client.get_messages("loopback_news", ids=[245, 246])
        full = await client(GET("loopback_news"))
        return found, [m is None for m in by_id], full.full_chat.available_min_id

    assert ask(server, seen, user=OTHER) == ([250, 249, 248, 247, 246], [True, False], 245)
    found, missing, border = ask(server, seen)
    assert (len(found), missing, border) == (10, [False, False], None)


def test_a_restricted_channel_says_so_and_looks_empty(server: LoopbackTelegram) -> None:
    server.faults = Faults(restricted=(Restricted(NEWS),))

    async def seen(client: Any) -> Any:
        return await client.get_messages("loopback_news", limit=5), await client.get_entity("loopback_news")

    found, chat = ask(server, seen)
    assert list(found) == []
    assert (chat.restricted, chat.restriction_reason[0].platform) == (True, "all")


def test_names_move_between_channels_and_several_lead_to_one(server: LoopbackTelegram) -> None:
    action = Rename(NEWS, "fresh_news", "Fresh", ("bought", "rented"))
    assert decode(encode(action)) == action
    server.apply(action)

    async def seen(client: Any) -> Any:
        with pytest.raises(ValueError, match="loopback_news"):
            await client.get_entity("loopback_news")
        return [await client.get_entity(name) for name in ("fresh_news", "BOUGHT", "rented")]

    found = ask(server, seen)
    assert {chat.id for chat in found} == {NEWS}
    assert (found[0].username, [one.username for one in found[0].usernames]) == (
        None,
        ["fresh_news", "bought", "rented"],
    )
