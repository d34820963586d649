"""Keys, logins and transports of the loopback server, seen by an unmodified client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telethon import TelegramClient, errors
from telethon.network import (
    Connection,
    ConnectionTcpAbridged,
    ConnectionTcpFull,
    ConnectionTcpIntermediate,
)
from telethon.sessions import StringSession

from app.demo.telegram import Account, Faults, LoopbackTelegram
from tests.integration.loopback.sample import connected, make_world, run


def test_a_given_session_is_logged_in_without_key_exchange(server: LoopbackTelegram) -> None:
    async def work() -> str:
        async with connected(server.session()) as client:
            return str((await client.get_me()).first_name)

    assert run(work()) == "Loopback"


@pytest.mark.parametrize("transport", [ConnectionTcpFull, ConnectionTcpIntermediate, ConnectionTcpAbridged])
def test_every_framing_works(server: LoopbackTelegram, transport: type[Connection]) -> None:
    async def work() -> int:
        async with connected(server.session(), connection=transport) as client:
            return len(await client.get_messages("loopback_news", limit=100))

    assert run(work()) == 100


@pytest.mark.usefixtures("trusted")
def test_a_client_without_session_agrees_on_a_key_and_logs_in_with_a_code(server: LoopbackTelegram) -> None:
    async def work() -> tuple[bool, str]:
        client = TelegramClient(StringSession(), 1, "hash")
        client.session.set_dc(2, *server.address)
        await client.connect()
        before = await client.is_user_authorized()
        await client.send_code_request("+10000000000")
        with pytest.raises(errors.PhoneCodeInvalidError):
            await client.sign_in("+10000000000", "00000")
        await client.sign_in("+10000000000", "12345")
        saved = client.session.save()
        await client.disconnect()
        return before, saved

    before, saved = run(work())
    assert not before

    async def again() -> bool:
        async with connected(saved) as client:
            return bool(await client.is_user_authorized())

    assert run(again())


def test_a_client_that_does_not_know_the_rsa_key_gets_no_key(server: LoopbackTelegram) -> None:
    async def work() -> None:
        client = TelegramClient(StringSession(), 1, "hash", connection_retries=1, retry_delay=0)
        client.session.set_dc(2, *server.address)
        with pytest.raises(ConnectionError, match="auth_key"):
            await client.connect()

    run(work())


def test_a_password_is_asked_and_checked() -> None:
    with LoopbackTelegram(make_world(), account=Account(password="correct horse")) as server:

        async def work() -> Any:
            async with connected(server.session(authorised=False)) as client:
                await client.send_code_request("+10000000000")
                with pytest.raises(errors.SessionPasswordNeededError):
                    await client.sign_in("+10000000000", "12345")
                with pytest.raises(errors.PasswordHashInvalidError):
                    await client.sign_in(password="wrong")
                return await client.sign_in(password="correct horse")

        assert run(work()).is_self


def test_nothing_is_readable_before_login_or_after_logout(server: LoopbackTelegram) -> None:
    async def work() -> None:
        async with connected(server.session(authorised=False)) as client:
            with pytest.raises(errors.AuthKeyUnregisteredError):
                await client.get_messages("loopback_news")
        session = server.session()
        async with connected(session) as client:
            await client.log_out()
        async with connected(session) as client:
            assert not await client.is_user_authorized()

    run(work())


def test_a_key_of_another_server_is_unknown(server: LoopbackTelegram) -> None:
    foreign = server.session()
    with LoopbackTelegram(make_world()) as other:
        stranger = StringSession(foreign)
        stranger.set_dc(2, *other.address)

        async def work() -> None:
            with pytest.raises(errors.AuthKeyNotFound):
                async with connected(stranger.save()):
                    pass

        run(work())


def test_a_second_main_connection_kills_the_key_where_that_is_switched_on(server: LoopbackTelegram) -> None:
    async def work() -> None:
        session = server.session()
        async with connected(session) as first, connected(session) as second:
            assert await first.get_me()
            assert await second.get_me()
            server.faults = Faults(auth_key_duplicated=True)
            with pytest.raises(errors.AuthKeyDuplicatedError):
                await second.get_messages("loopback_news")
            with pytest.raises(errors.AuthKeyDuplicatedError):
                await first.get_messages("loopback_news")

    run(work())


def test_noise_and_forged_packets_close_their_connection_only(server: LoopbackTelegram) -> None:
    session = server.session()
    key_id = StringSession(session).auth_key.key_id.to_bytes(8, "little")
    forged = b"\xee\xee\xee\xee" + (88).to_bytes(4, "little") + key_id + bytes(80)

    async def send(data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*server.address)
        writer.write(data)
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def work() -> None:
        async with connected(session) as client:
            for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x10\x00\x00\x00" + bytes(12), forged):
                assert await asyncio.wait_for(send(data), timeout=5) == b""
            assert await client.get_me()

    run(work())


def test_a_skewed_clock_is_noticed_by_the_client() -> None:
    with LoopbackTelegram(make_world(), Faults(clock_skew=1000)) as server:

        async def work() -> float:
            async with connected(server.session()) as client:
                assert await client.get_me()
                return float(client._sender._state.time_offset)

        assert 990 <= run(work()) <= 1010
