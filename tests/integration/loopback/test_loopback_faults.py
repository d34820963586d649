"""What goes wrong on purpose, seen by an unmodified client."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections import Counter
from typing import Any

import pytest
from telethon import errors
from telethon.tl import functions, types

from app.demo.telegram import Faults, LoopbackTelegram, Rule, Strange
from app.demo.world import World
from tests.factories.worlds import NEWS
from tests.integration.loopback.sample import CLOSED, DOCUMENT, PHOTO, connected, run

HISTORY = ("messages.getHistory",)


async def news(client: Any) -> list[Any]:
    return [message async for message in client.iter_messages("loopback_news", limit=30)]


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        (Faults(flood_seconds=90, flood=Rule(first=1, methods=HISTORY)), errors.FloodWaitError),
        (Faults(flood_seconds=90, flood_premium=Rule(first=1, methods=HISTORY)), errors.FloodPremiumWaitError),
    ],
)
def test_floods_name_their_seconds(server: LoopbackTelegram, faults: Faults, error: type[Any]) -> None:
    server.faults = faults

    async def work() -> int:
        async with connected(server.session()) as client:
            with pytest.raises(error) as caught:
                await news(client)
            assert caught.value.seconds == 90
            client._flood_waited_requests.clear()
            return len(await news(client))

    assert run(work()) == 30


def test_server_errors_come_in_turn(server: LoopbackTelegram) -> None:
    async def work() -> list[str]:
        async with connected(server.session()) as client:
            server.faults = Faults(server_error=Rule(first=3, methods=("users.getUsers",)))
            seen = []
            for _ in range(4):
                try:  # past the client's own repetitions, which sleep
                    await client._sender.send(functions.users.GetUsersRequest([types.InputUserSelf()]))
                except errors.RPCError as error:
                    seen.append(type(error).__name__)
            return seen

    assert sorted(run(work())) == ["RpcCallFailError", "ServerError", "TimeoutError"]


def test_an_expired_photo_reference_works_again_after_reading_the_message(server: LoopbackTelegram) -> None:
    server.faults = Faults(expired_photo=Rule(first=1))

    async def work() -> bytes:
        async with connected(server.session()) as client:
            old = await client.get_messages("loopback_news", ids=10)
            for _ in range(2):
                with pytest.raises(errors.FileReferenceExpiredError):
                    await old.download_media(bytes)
            fresh = await client.get_messages("loopback_news", ids=10)
            return bytes(await fresh.download_media(bytes))

    assert run(work()) == PHOTO.read()


def test_telethon_itself_renews_references_of_documents(server: LoopbackTelegram) -> None:
    server.faults = Faults(expired_document=Rule(every=3))

    async def work() -> bytes:
        async with connected(server.session()) as client:
            message = await client.get_messages("loopback_news", ids=12)
            server.expire_references()
            return bytes(await message.download_media(bytes))

    assert run(work()) == DOCUMENT.read()
    assert server.ledger.count("upload.getFile", "FILE_REFERENCE_EXPIRED") >= 2


def test_a_channel_can_become_private(server: LoopbackTelegram) -> None:
    async def work() -> None:
        async with connected(server.session()) as client:
            await news(client)
            server.faults = Faults(private=frozenset({NEWS}))
            with pytest.raises(errors.ChannelPrivateError):
                await news(client)
            assert [dialog.entity.id for dialog in await client.get_dialogs()] == [CLOSED]

    run(work())


@pytest.mark.parametrize(
    "faults", [Faults(drop=Rule(first=2, methods=HISTORY)), Faults(cut=Rule(first=2, methods=HISTORY))]
)
def test_a_lost_connection_is_taken_up_again(server: LoopbackTelegram, faults: Faults) -> None:
    server.faults = faults

    async def work() -> int:
        async with connected(server.session()) as client:
            return len(await news(client))

    assert run(work()) == 30
    assert server.connections == 3


def test_all_connections_can_be_dropped_at_once(server: LoopbackTelegram) -> None:
    async def work() -> int:
        async with connected(server.session()) as client:
            await news(client)
            server.drop_connections()
            return len(await news(client))

    assert run(work()) == 30


def test_an_answer_can_be_withheld(server: LoopbackTelegram) -> None:
    server.faults = Faults(hang=Rule(first=1, methods=HISTORY))

    async def work() -> int:
        async with connected(server.session()) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(news(client), timeout=0.3)
            return len(await news(client))

    assert run(work()) == 30
    assert server.ledger.count("messages.getHistory", "hung") == 1


def test_a_short_chunk_cuts_files_without_an_error(server: LoopbackTelegram) -> None:
    server.faults = Faults(short_chunk=Rule(first=1))

    async def work() -> tuple[bytes, bytes]:
        async with connected(server.session()) as client:
            message = await client.get_messages("loopback_news", ids=12)
            return await message.download_media(bytes), await message.download_media(bytes)

    cut, whole = run(work())
    assert whole == DOCUMENT.read()
    assert len(cut) < len(whole)
    assert whole.startswith(cut)


def test_strange_messages(server: LoopbackTelegram) -> None:
    server.faults = Faults(
        strange=(
            Strange(NEWS, 5, "nul"),
            Strange(NEWS, 6, "poll"),
            Strange(NEWS, 7, "no_photo"),
            Strange(NEWS, 8, "unknown"),
        )
    )

    async def work() -> None:
        async with connected(server.session()) as client:
            nul, poll, photo = await client.get_messages("loopback_news", ids=[5, 6, 7])
            assert nul.message == "t\x00ext 5"
            assert isinstance(poll.media, types.MessageMediaPoll)
            assert isinstance(photo.media.photo, types.PhotoEmpty)
            with pytest.raises(errors.TypeNotFoundError):
                await client.get_messages("loopback_news", ids=[7, 8, 9])

    run(work())


def test_the_same_requests_fail_in_each_run_and_the_seed_shifts_them(server: LoopbackTelegram) -> None:
    def outcomes(seed: int) -> list[str]:
        server.faults = Faults(seed=seed, short_chunk=Rule(every=4))
        server.ledger.clear()

        async def work() -> None:
            async with connected(server.session()) as client:
                message = await client.get_messages("loopback_news", ids=10)
                for _ in range(5):
                    await message.download_media(bytes)

        run(work())
        return [entry.outcome for entry in server.ledger.of("upload.getFile")]

    first = outcomes(0)
    assert first == outcomes(0)
    assert first != outcomes(1)
    assert Counter(first)["short"] >= 1


def test_a_server_that_ends_leaves_no_socket() -> None:
    """Nor those of clients that have just come; an open socket is an error here, as each warning is."""
    for _ in range(10):
        with LoopbackTelegram(World([]), second_dc=False) as server:
            clients = [socket.create_connection(server.address) for _ in range(5)]
        for client in clients:
            client.close()
    gc.collect()
