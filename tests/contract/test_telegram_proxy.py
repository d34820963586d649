"""Everything that talks to Telegram goes through the proxy: no connection reaches the server by itself."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.adapters.telegram import TelegramAdapter, login
from app.adapters.telegram.proxy import reach
from app.demo.telegram import LoopbackTelegram
from app.demo.telegram.state import MAIN_DC
from app.domain.messages import StoredFile
from app.domain.proxies import parse
from app.errors import Transient, UserError
from app.settings import Settings
from tests.factories.settings import telegram_settings
from tests.proxies import Connect, MTProto, ProxyServer, Socks5
from tests.telegram import FILES, NEWS, connected, make_world, requests

SECRET = bytes.fromhex("eedd4567890abcdef01234567890abcd")
PASSWORD = "ge/heim@1"
ESCAPED = "ge%2Fheim%401"

Start = Callable[[str], tuple[ProxyServer, str]]


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    with LoopbackTelegram(make_world()) as running:
        yield running


@pytest.fixture
def start(server: LoopbackTelegram) -> Iterator[Start]:
    """Starts a proxy of a kind; returns it with the setting that a user writes for it."""
    with ExitStack() as stack:

        def run(kind: str) -> tuple[ProxyServer, str]:
            made: dict[str, Callable[[], ProxyServer]] = {
                "socks5": lambda: Socks5("user", PASSWORD),
                "open": Socks5,
                "http": lambda: Connect("user", PASSWORD),
                "mtproto": lambda: MTProto(SECRET, server.centres),
            }
            proxy = stack.enter_context(made[kind]())
            where = f"127.0.0.1:{proxy.port}"
            return proxy, {
                "socks5": f"socks5://user:{ESCAPED}@{where}",
                "open": f"socks5h://{where}",
                "http": f"http://user:{ESCAPED}@{where}",
                "mtproto": f"tg://proxy?server=127.0.0.1&port={proxy.port}&secret={SECRET.hex()}",
            }[kind]

        yield run


@pytest.fixture
def ours(server: LoopbackTelegram, database_url: str, tmp_path: Path) -> Callable[[str], Settings]:
    return lambda proxy: telegram_settings(
        server, database_url, tmp_path, telegram_proxy=SecretStr(proxy), telegram_timeout=20.0
    )


def direct(server: LoopbackTelegram, proxy: ProxyServer) -> set[int]:
    """Connections that did not come from the proxy."""
    return set(server.peers) - proxy.ports


@pytest.mark.parametrize("kind", ["socks5", "open", "http", "mtproto"])
def test_reading_and_downloads_from_both_centres(
    kind: str, server: LoopbackTelegram, start: Start, ours: Callable[[str], Settings], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    proxy, setting = start(kind)
    with connected(ours(setting)) as telegram:
        found = telegram.media.fetch(requests(telegram, 10, 12))
    assert [one.size for one in found if isinstance(one, StoredFile)] == [len(FILES[i].read()) for i in (10, 12)]
    assert len(server.peers) >= 2
    assert direct(server, proxy) == set()
    for hidden in (PASSWORD, ESCAPED, SECRET.hex(), str(SECRET)):
        assert hidden not in caplog.text


def refusal(telegram: TelegramAdapter) -> Transient:
    with pytest.raises(Transient) as caught:
        telegram.source.history(NEWS, limit=1)
    return caught.value


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_a_wrong_password_is_told_without_it(
    kind: str, server: LoopbackTelegram, start: Start, ours: Callable[[str], Settings]
) -> None:
    proxy, setting = start(kind)
    with connected(ours(setting.replace(ESCAPED, "falsch"))) as telegram:
        error = refusal(telegram)
    assert f"127.0.0.1:{proxy.port} (it refuses the user or password" in error.reason
    assert "falsch" not in error.reason
    assert not error.charge
    assert server.peers == []


def test_a_wrong_secret_is_told(server: LoopbackTelegram, start: Start, ours: Callable[[str], Settings]) -> None:
    proxy, setting = start("mtproto")
    with connected(ours(setting.replace(SECRET.hex(), "00" * 16))) as telegram:
        error = refusal(telegram)
    assert f"the MTProto proxy 127.0.0.1:{proxy.port}" in error.reason
    assert "secret" in error.reason
    assert not error.charge
    assert server.peers == []


def test_a_proxy_that_dies_is_named_and_work_goes_on_when_it_is_back(
    server: LoopbackTelegram, start: Start, ours: Callable[[str], Settings]
) -> None:
    proxy, setting = start("socks5")
    hasty = ours(setting).model_copy(update={"telegram_timeout": 6.0})  # it is waited for to the end
    with connected(hasty) as telegram:
        wanted = requests(telegram, 10, 12)
        proxy.stop()
        lost = telegram.media.fetch(wanted)
        assert len(lost) == len(wanted) == 2
        for one in lost:
            assert isinstance(one, Transient)
            assert f"127.0.0.1:{proxy.port}" in one.reason
            assert not one.charge
        assert PASSWORD not in str(refusal(telegram).reason)
        proxy.start()
        assert [type(one) for one in telegram.media.fetch(wanted)] == [StoredFile] * len(wanted)
    assert direct(server, proxy) == set()


class Odd(ProxyServer):
    """Answers the first byte with the same words, and then ends or waits."""

    def __init__(self, words: bytes) -> None:
        super().__init__()
        self._words = words

    async def tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(self._words)
        await writer.drain()
        if not self._words:
            await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("scheme", "words", "why"),
    [
        ("socks5", b"", "it does not answer"),
        ("socks5", b"HTTP/1.1 400 geheim\r\n\r\n", "it refuses the connection"),
        ("http", b"HTTP/1.1 502 geheim\r\nX-Was: geheim\r\n\r\ngeheim", "it refuses the connection, code 502"),
    ],
    ids=["silent", "of another kind", "repeats the password"],
)
def test_an_odd_proxy_is_told_in_our_words(
    scheme: str,
    words: bytes,
    why: str,
    server: LoopbackTelegram,
    ours: Callable[[str], Settings],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with Odd(words) as proxy:
        setting = ours(f"{scheme}://user:geheim@127.0.0.1:{proxy.port}").model_copy(update={"telegram_timeout": 2.0})
        with connected(setting) as telegram:
            error = refusal(telegram)
    assert f"127.0.0.1:{proxy.port} ({why})" in error.reason
    assert not error.charge
    assert "geheim" not in error.reason + caplog.text
    assert server.peers == []


def test_a_connection_that_is_given_up_leaves_no_socket(
    server: LoopbackTelegram, ours: Callable[[str], Settings]
) -> None:
    with Odd(b"") as proxy:
        where = f"tg://proxy?server=127.0.0.1&port={proxy.port}&secret={SECRET.hex()}"
        with connected(ours(where).model_copy(update={"telegram_timeout": 1.0})) as telegram:
            assert not refusal(telegram).charge
    gc.collect()  # an open socket is an error here, as each warning is


def test_login_goes_through_it(server: LoopbackTelegram, start: Start, ours: Callable[[str], Settings]) -> None:
    proxy, setting = start("socks5")
    with connected(ours(setting)):  # trusts the server's key
        session = login(
            1,
            "hash",
            lambda: "+10000000000",
            lambda: "12345",
            lambda: "",
            (MAIN_DC, *server.address),
            proxy=parse(setting),
        )
    assert len(session) > 300
    assert proxy.asked == [server.address]
    assert direct(server, proxy) == set()


def test_login_names_a_proxy_that_is_away(server: LoopbackTelegram, start: Start) -> None:
    proxy, setting = start("http")
    proxy.stop()
    with pytest.raises(UserError, match=f"HTTP proxy 127.0.0.1:{proxy.port}"):
        login(1, "hash", str, str, str, (MAIN_DC, *server.address), proxy=parse(setting))


@pytest.mark.parametrize("kind", ["socks5", "http", "mtproto"])
def test_the_probe_goes_through_it(kind: str, server: LoopbackTelegram, start: Start) -> None:
    proxy, setting = start(kind)
    reach(parse(setting), *server.address, 5.0)
    assert direct(server, proxy) == set()
    if kind != "mtproto":
        with pytest.raises(ConnectionError, match="refuses the user or password"):
            reach(parse(setting.replace(ESCAPED, "falsch")), *server.address, 5.0)
    proxy.stop()
    with pytest.raises(OSError, match="refused"):
        reach(parse(setting), *server.address, 5.0)
