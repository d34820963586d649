"""One owner for an account: Telegram kills a session that is used twice, so nobody connects without the lock."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url
from telethon import TelegramClient
from telethon.errors import AuthKeyDuplicatedError
from telethon.sessions import StringSession

from app.adapters.telegram import AccountBusy, SessionLost, connect_telegram, login
from app.demo.telegram import Faults, LoopbackTelegram
from app.demo.telegram.state import MAIN_DC, Account
from app.errors import Transient, UserError
from app.settings import Settings
from tests.factories.settings import telegram_settings
from tests.telegram import NEWS, connected, make_world

OWNERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
END_OWNERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'media-audit telegram owner' AND datname = current_database()"
)


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    with LoopbackTelegram(make_world(), Faults(auth_key_duplicated=True)) as running:
        yield running


@pytest.fixture
def ours(server: LoopbackTelegram, database_url: str, tmp_path: Path) -> Settings:
    return telegram_settings(server, database_url, tmp_path)


@pytest.fixture
def database(database_url: str) -> Iterator[psycopg.Connection]:
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def wait_for(condition: Callable[[], bool]) -> float:
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < 60
        time.sleep(0.01)
    return time.monotonic() - started


def mains(server: LoopbackTelegram) -> int:
    return sum(connection.main for connection in list(server._state.connections))


def test_the_second_is_refused_and_the_first_goes_on(server: LoopbackTelegram, ours: Settings) -> None:
    with connected(ours) as first, connected(ours) as second:
        first.connect()
        with pytest.raises(AccountBusy, match="another process") as caught:
            second.source.history(NEWS)
        assert isinstance(caught.value, UserError)
        assert isinstance(caught.value, Transient)
        assert not caught.value.charge
        with pytest.raises(AccountBusy):
            second.connect()
        assert first.source.history(NEWS, limit=1)[0].id == 250
        assert mains(server) == 1


def test_the_second_takes_over_when_the_first_closes(server: LoopbackTelegram, ours: Settings) -> None:
    with connected(ours) as first, connected(ours) as second:
        first.connect()
        first.close()
        wait_for(lambda: mains(server) == 0)
        assert second.source.history(NEWS, limit=1)[0].id == 250


def test_two_accounts_side_by_side(server: LoopbackTelegram, ours: Settings) -> None:
    other = ours.model_copy(update={"telegram_session": SecretStr(server.session())})
    with connected(ours) as first, connected(other) as second:
        first.connect()
        second.connect()
        assert mains(server) == 2


def test_a_lost_lock_ends_the_connection_at_once(
    server: LoopbackTelegram, ours: Settings, database: psycopg.Connection
) -> None:
    with connected(ours) as telegram:
        telegram.connect()
        assert database.execute(OWNERS).fetchone() == (1,)
        assert mains(server) == 1
        database.execute(END_OWNERS)
        assert wait_for(lambda: mains(server) == 0) < 1
        assert telegram.source.history(NEWS, limit=1)[0].id == 250  # regained when next needed
        assert database.execute(OWNERS).fetchone() == (1,)
        assert mains(server) == 1


def test_another_may_have_taken_it_meanwhile(
    server: LoopbackTelegram, ours: Settings, database: psycopg.Connection
) -> None:
    with connected(ours) as first, connected(ours) as second:
        first.connect()
        database.execute(END_OWNERS)
        wait_for(lambda: mains(server) == 0)
        second.connect()
        with pytest.raises(AccountBusy):
            first.source.history(NEWS)
        assert second.source.history(NEWS, limit=1)[0].id == 250


def test_a_killed_session_asks_for_a_new_login(server: LoopbackTelegram, ours: Settings) -> None:
    """Somebody else's program, which knows nothing of our lock, connects with the same session."""
    assert ours.telegram_session
    stranger = StringSession(ours.telegram_session.get_secret_value())

    async def intrude() -> None:
        client = TelegramClient(stranger, 1, "hash", receive_updates=False)
        with suppress(AuthKeyDuplicatedError):
            await client.connect()
        await client.disconnect()

    with connected(ours) as telegram:
        telegram.connect()
        asyncio.run(intrude())
        for _ in range(2):
            with pytest.raises(SessionLost, match="media-audit login"):
                telegram.source.history(NEWS)


def test_no_connection_without_the_database(server: LoopbackTelegram, ours: Settings) -> None:
    nowhere = ours.model_copy(update={"database_url": SecretStr("postgresql://u:geheim@127.0.0.1:1/none")})
    with connected(nowhere) as telegram:
        with pytest.raises(Transient, match="cannot be reached") as caught:
            telegram.source.history(NEWS)
        assert not caught.value.charge
        assert "geheim" not in str(caught.value)
    assert server.connections == 0


def test_telegram_gone_and_back(ours: Settings, server: LoopbackTelegram, database: psycopg.Connection) -> None:
    """The lock is free while Telegram cannot be reached, and nothing has to be restarted when it can again."""
    with connected(ours) as telegram:
        telegram.connect()
        port, keys = server.address[1], server.session_keys()
        server.__exit__(None, None, None)
        for _ in range(2):  # on the connection that ended, and on a new one
            with pytest.raises(Transient, match="no connection to Telegram") as caught:
                telegram.source.history(NEWS)
            assert not caught.value.charge
        wait_for(lambda: database.execute(OWNERS).fetchone() == (0,))
        with LoopbackTelegram(make_world(), port=port, keys=keys):
            assert telegram.source.history(NEWS, limit=1)[0].id == 250


def test_closing_twice_and_before_use(ours: Settings) -> None:
    adapter = connect_telegram(ours)
    adapter.close()
    adapter.close()


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ({"telegram_session": None}, "media-audit login"),
        ({"telegram_session": SecretStr("1AgAOMTQ5")}, "media-audit login"),
        ({"telegram_session": SecretStr("x")}, "media-audit login"),
        ({"telegram_api_id": None}, "my.telegram.org"),
        ({"telegram_api_hash": None}, "my.telegram.org"),
        ({"telegram_test_rsa_key": Path("/nowhere.pem")}, "PEM"),
        ({"part_bytes": 300_000}, "PART_BYTES"),
        ({"database_url": SecretStr("not an address")}, "DATABASE_URL"),
    ],
)
def test_wrong_settings_name_the_remedy(ours: Settings, missing: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says):
        connect_telegram(ours.model_copy(update=missing))


def test_no_secret_in_logs(
    ours: Settings, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with connected(ours) as telegram:
        telegram.source.history(NEWS, limit=1)
    assert ours.telegram_session
    assert ours.telegram_api_hash
    secret = ours.telegram_session.get_secret_value()
    for text in (caplog.text, *capsys.readouterr()):
        assert secret not in text
        assert secret[20:60] not in text


@pytest.mark.parametrize("password", [None, "пароль"])
def test_login(database_url: str, tmp_path: Path, password: str | None) -> None:
    codes = iter(["99999", "12345"])  # people mistype
    with LoopbackTelegram(make_world(), account=Account(password=password)) as server:
        settings = telegram_settings(server, database_url, tmp_path)
        with connected(settings):  # trusts the server's key
            session = login(
                1,
                "hash",
                lambda: "+10000000000",
                lambda: next(codes),
                lambda: password or "",
                (MAIN_DC, *server.address),
            )
        with connected(settings.model_copy(update={"telegram_session": SecretStr(session)})) as telegram:
            assert telegram.source.history(NEWS, limit=1)[0].id == 250


def test_login_with_a_wrong_password(database_url: str, tmp_path: Path) -> None:
    with (
        LoopbackTelegram(make_world(), account=Account(password="right")) as server,
        connected(telegram_settings(server, database_url, tmp_path)),
        pytest.raises(UserError, match="PasswordHashInvalid"),
    ):
        login(1, "hash", lambda: "+1", lambda: "12345", lambda: "wrong", (MAIN_DC, *server.address))
