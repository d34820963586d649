"""Logins by QR code: the loopback Telegram, and another client of it that scans."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator

import pytest
import segno
from telethon import TelegramClient
from telethon.sessions import StringSession
from telethon.tl import functions

from app.adapters.telegram import login
from app.cli.qr_code import BLOCKS, BORDER, lines
from app.demo.telegram import Account, LoopbackTelegram
from app.demo.telegram.state import MAIN_DC, SECOND_DC
from app.demo.world import World
from tests.telegram import trusting


@pytest.fixture(autouse=True)
def trusted() -> Iterator[None]:
    with trusting():
        yield


class App:
    """Scans the code of that turn; `told` and `shown` are all that the terminal showed."""

    def __init__(self, server: LoopbackTelegram, turn: int = 1) -> None:
        self.server, self.turn = server, turn
        self.session = server.session()
        self.shown: list[str] = []
        self.told: list[str] = []

    def show(self, address: str) -> None:
        self.shown.append(address)
        if len(self.shown) == self.turn:
            threading.Thread(target=lambda: asyncio.run(self._scan(address))).start()

    async def _scan(self, address: str) -> None:
        text = address.partition("token=")[2]
        client = TelegramClient(StringSession(self.session), 1, "hash", receive_updates=False)
        await client.connect()
        await client(functions.auth.AcceptLoginTokenRequest(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
        await client.disconnect()

    def logs_in(self, password: str = "") -> str:
        """The session."""
        return login(
            1,
            "hash",
            lambda: pytest.fail("no number is asked"),
            lambda: pytest.fail("no code is asked"),
            lambda: password,
            (MAIN_DC, *self.server.address),
            tell=self.told.append,
            qr=self.show,
        )


@pytest.mark.parametrize("password", [None, "right"])
@pytest.mark.parametrize("dc", [MAIN_DC, SECOND_DC])
def test_a_scan_logs_in(dc: int, password: str | None) -> None:
    with LoopbackTelegram(World(), account=Account(password=password, hint="usual", dc=dc)) as server:
        app = App(server)
        session = app.logs_in(password or "")
        assert any(key.authorised and key.data == StringSession(session).auth_key.key for key in server._state.keys)
    assert StringSession(session).dc_id == dc
    assert len(app.shown) == 1
    assert app.told == (["Hint of the password: usual"] if password else [])


def test_a_code_that_ends_is_renewed() -> None:
    with LoopbackTelegram(World(), account=Account(qr_seconds=1)) as server:
        app = App(server, turn=2)
        assert app.logs_in()
    assert len(set(app.shown)) == len(app.shown) >= 2


def test_a_scan_whose_news_is_lost_counts_at_the_end_of_the_code() -> None:
    with LoopbackTelegram(World(), account=Account(qr_seconds=2, qr_told=False)) as server:
        app = App(server)
        assert app.logs_in()


def test_half_blocks_hold_the_code_with_its_border() -> None:
    text = "tg://login?token=AQIDBAUGBwgJCgsMDQ4PEA"
    halves = {block: pair for pair, block in BLOCKS.items()}
    rows = [row for line in lines(text) for row in zip(*(halves[block] for block in line), strict=True)]
    wanted = [tuple(row) for row in segno.make_qr(text, error="l").matrix_iter(border=BORDER)]
    assert rows[: len(wanted)] == wanted
    assert not any(any(row) for row in rows[len(wanted) :])
