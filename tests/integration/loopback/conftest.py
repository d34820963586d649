"""A server for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from telethon.crypto import rsa

from app.demo.telegram import PUBLIC_KEY, LoopbackTelegram
from tests.integration.loopback.sample import make_world
from tests.telegram import forget_servers


@pytest.fixture(autouse=True)
def telethon_forgets() -> Iterator[None]:
    """Telethon keeps addresses and trusted keys for the whole process; each test starts as a fresh one does."""
    yield
    forget_servers()


@pytest.fixture
def trusted() -> None:
    """The client knows the server's RSA key."""
    rsa.add_key(PUBLIC_KEY, old=False)


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    """A running server with the sample world."""
    with LoopbackTelegram(make_world()) as running:
        yield running
