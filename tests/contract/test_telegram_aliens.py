"""Answers with objects that Telethon does not know: no message is lost for them, and nothing of them is shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.adapters.telegram import TelegramAdapter
from app.demo.telegram import Faults, Hidden, LoopbackTelegram, Strange
from app.demo.telegram.aliens import HASH, NAME, PHONE, Place
from app.domain.messages import Incoming, StoredFile, Unparsed
from app.errors import MediaAuditError
from tests.factories.settings import telegram_settings
from tests.telegram import CLOSED, NEWS, connected, make_world, requests

SECRETS = (NAME, PHONE, str(HASH), f"{HASH:x}", HASH.to_bytes(8, "little").decode("latin-1"))
BESIDE: list[set[Place]] = [
    {"user"},
    {"chat"},
    {"chat_after"},
    {"user", "chat", "chat_after"},
    {"container"},
    {"update"},
    {"self"},
]


def named(found: set[Any]) -> str:
    """The same name in every process of a test run."""
    return "+".join(sorted(map(str, found)))


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    with LoopbackTelegram(make_world()) as running:
        yield running


@pytest.fixture
def telegram(server: LoopbackTelegram, database_url: str, tmp_path: Path) -> Iterator[TelegramAdapter]:
    with connected(telegram_settings(server, database_url, tmp_path, telegram_timeout=5.0)) as adapter:
        yield adapter


def clean(*shown: object) -> bool:
    return not [secret for secret in SECRETS for one in shown if secret in repr(one) or secret in str(one)]


@pytest.mark.parametrize("places", BESIDE, ids=named)
def test_a_page_needs_its_messages_alone(
    server: LoopbackTelegram, telegram: TelegramAdapter, places: set[Place], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.faults = Faults(alien=frozenset(places))
    assert [m.id for m in telegram.source.history(NEWS)] == list(range(151, 251))
    assert [type(m) for m in telegram.source.messages(NEWS, [20, 40, 101])] == [Incoming, type(None), Incoming]
    assert server.ledger.count("messages.getHistory") == server.ledger.count("channels.getMessages") == 1
    assert clean(caplog.text)


@pytest.mark.parametrize("places", [*BESIDE, {"full"}, {"full_inside"}], ids=named)
def test_a_channel_is_resolved(server: LoopbackTelegram, telegram: TelegramAdapter, places: set[Place]) -> None:
    server.faults = Faults(alien=frozenset(places))
    info = telegram.source.resolve("@loopback_news")
    assert (info.ref, info.title) == (NEWS, "Loopback news")
    assert info.about == ("" if "full" in places else "All that is new")


@pytest.mark.parametrize(
    ("places", "told"),
    [({"user", "chat", "chat_after"}, 245), ({"full_inside"}, None), ({"full"}, None)],
    ids=["beside", "inside", "whole"],
)
def test_the_border_of_hidden_messages_is_told_where_it_is_read(
    server: LoopbackTelegram, telegram: TelegramAdapter, places: set[Place], told: int | None
) -> None:
    """None is no border at 0: nothing may be concluded from it."""
    server.faults = Faults(alien=frozenset(places), hidden=(Hidden(NEWS.telegram_id, 245),))
    info = telegram.source.describe(NEWS)
    assert info is not None
    assert (info.title, info.hidden_until) == ("Loopback news", told)


@pytest.mark.parametrize(
    "places", [*BESIDE, {"dialog"}, {"dialog_message"}, {"dialog", "dialog_message", "user", "chat"}], ids=named
)
def test_a_private_channel_is_found(server: LoopbackTelegram, telegram: TelegramAdapter, places: set[Place]) -> None:
    server.faults = Faults(alien=frozenset(places))
    assert telegram.source.resolve(str(CLOSED.telegram_id)).ref == CLOSED


def test_a_channel_that_may_be_hidden_is_not_called_unknown(
    server: LoopbackTelegram, telegram: TelegramAdapter, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults = Faults(alien=frozenset({"dialog_message"}))
    with pytest.raises(MediaAuditError, match="0xdeadbeef") as caught:
        telegram.source.resolve("-1009999999999")
    assert clean(caught.value, caught.value.__cause__, caplog.text)


@pytest.mark.parametrize("how", ["unknown", "unknown_media", "unknown_entity", "unknown_markup", "unknown_inside"])
@pytest.mark.parametrize("bad", [{151}, {250}, {200}, {160, 161, 240}], ids=named)
def test_messages_that_cannot_be_read(
    server: LoopbackTelegram, telegram: TelegramAdapter, how: Any, bad: set[int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    strange = tuple(Strange(NEWS.telegram_id, i, how) for i in bad)
    server.faults = Faults(strange=strange, alien=frozenset({"user", "self"}))
    found = telegram.source.history(NEWS)
    assert [m.id for m in found] == list(range(151, 251))
    lost = [m for m in found if isinstance(m, Unparsed)]
    assert {m.id for m in lost} == bad
    assert all("0xdeadbeef" in m.error for m in lost)
    assert clean(lost, caplog.text)
    more = 3 if 250 in bad else 0  # ids above the newest one that can be read
    assert server.ledger.count("channels.getMessages") <= 1 + 2 * len(bad) + more


def test_files_of_an_unknown_type(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    """From both data centres; the other one tells an unknown account at the login there."""
    wanted = requests(telegram, 10, 11, 12, 13)
    server.faults = Faults(alien=frozenset({"file_type", "self"}))
    assert [type(one) for one in telegram.media.fetch(wanted)] == [StoredFile] * len(wanted)


def test_the_login_is_not_asked_for_its_name(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    server.faults = Faults(alien=frozenset({"self"}))
    assert telegram.source.history(NEWS, limit=1)[0].id == 250
