"""The contract of TelegramSource, on Telethon over the loopback server."""

from __future__ import annotations

import gc
import json
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.adapters.telegram import SessionLost, TelegramAdapter
from app.adapters.telegram.refusals import ChannelRefused
from app.demo.telegram import Faults, Hidden, LoopbackTelegram, Restricted, Rule, Strange
from app.demo.telegram.keys import new_key, session_string
from app.demo.telegram.state import MAIN_DC
from app.demo.world import Channel, Delete, Message, Post, Rename, World
from app.domain.kinds import MediaKind
from app.domain.messages import ChannelRef, Entity, Forward, Incoming, Unparsed, described_in
from app.errors import Permanent, Transient, Withheld
from tests.factories.messages import START
from tests.factories.settings import telegram_settings
from tests.factories.worlds import GROUP
from tests.telegram import CLOSED, NEWS, connected, make_world

PRIVATE = frozenset({NEWS.telegram_id})


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    with LoopbackTelegram(make_world()) as running:
        yield running


@pytest.fixture
def telegram(server: LoopbackTelegram, database_url: str, tmp_path: Path) -> Iterator[TelegramAdapter]:
    with connected(telegram_settings(server, database_url, tmp_path)) as adapter:
        yield adapter


@pytest.mark.parametrize(
    "reference", ["@loopback_news", "https://t.me/Loopback_News/5", "-1001500000001", "t.me/c/1500000001/7"]
)
def test_resolve(telegram: TelegramAdapter, reference: str) -> None:
    info = telegram.source.resolve(reference)
    assert (info.ref, info.username) == (NEWS, "Loopback_News")
    assert (info.title, info.about) == ("Loopback news", "All that is new")


def test_a_private_channel_is_found_among_the_dialogs(telegram: TelegramAdapter) -> None:
    info = telegram.source.resolve(str(CLOSED.telegram_id))
    assert (info.ref, info.username, info.title) == (CLOSED, None, "Closed")


@pytest.mark.parametrize(
    ("reference", "says"),
    [("@nobody_here", "no channel has this name"), ("-1009999999999", "not among"), ("?", "@name")],
)
def test_unknown_channels(telegram: TelegramAdapter, reference: str, says: str) -> None:
    with pytest.raises(Permanent, match=says):
        telegram.source.resolve(reference)


def test_closed_channels(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    server.faults = Faults(private=PRIVATE)
    for read in (
        lambda: telegram.source.resolve("@loopback_news"),
        lambda: telegram.source.history(NEWS),
        lambda: telegram.source.messages(NEWS, [1]),
    ):
        with pytest.raises(ChannelRefused, match="private"):
            read()


def test_wrong_access_hash(telegram: TelegramAdapter) -> None:
    with pytest.raises(ChannelRefused, match="cannot see the channel"):
        telegram.source.history(ChannelRef(NEWS.telegram_id, 1))


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ({}, range(151, 251)),
        ({"limit": 3}, [248, 249, 250]),
        ({"above": 20, "limit": 5}, [21, 22, 23, 24, 25]),
        ({"above": 38, "limit": 3}, [39, 41, 42]),
        ({"above": 248}, [249, 250]),
        ({"above": 250}, []),
        ({"below": 6, "limit": 3}, [3, 4, 5]),
        ({"below": 3}, [1, 2]),
        ({"below": 1}, []),
        ({"above": 10, "below": 14}, [11, 12, 13]),
        ({"limit": 240}, [i for i in range(10, 251) if i != 40]),
        ({"above": 1, "limit": 150}, [i for i in range(2, 153) if i != 40]),
    ],
)
def test_history(telegram: TelegramAdapter, question: dict[str, int], ids: list[int]) -> None:
    assert [m.id for m in telegram.source.history(NEWS, **question)] == list(ids)


def test_each_answer_describes_its_channel(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    server.apply(Rename(NEWS.telegram_id, "fresh", "Renamed", ("bought",)))
    server.faults = Faults(restricted=(Restricted(NEWS.telegram_id, "ios", empty=False),))
    source = telegram.source
    answers: list[Sequence[Any]] = [source.history(NEWS, limit=1), source.history(NEWS, above=1, limit=150)]
    for answer in (*answers, source.messages(NEWS, [1, 40])):
        info = described_in(answer)
        assert info is not None
        assert (info.ref, info.username, info.usernames) == (NEWS, "fresh", ("fresh", "bought"))
        assert (info.title, info.restriction, info.hidden_until) == ("Renamed", "apps", None)


def test_a_description_tells_what_is_hidden(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    server.faults = Faults(hidden=(Hidden(NEWS.telegram_id, 245),))
    info = telegram.source.describe(NEWS)
    assert info is not None
    assert (info.hidden_until, info.username, info.restriction) == (245, "Loopback_News", "")
    server.faults = Faults()
    seen = telegram.source.describe(NEWS)
    assert seen is not None
    assert seen.hidden_until == 0
    server.faults = Faults(private=PRIVATE)
    with pytest.raises(Withheld, match="private"):
        telegram.source.describe(NEWS)


def test_two_logins_of_one_user_are_one_account(server: LoopbackTelegram, database_url: str, tmp_path: Path) -> None:
    def user(**of: int) -> str | None:
        session = SecretStr(server.session(user=of["user"]) if of else server.session())
        with connected(telegram_settings(server, database_url, tmp_path, telegram_session=session)) as adapter:
            return adapter.user()

    first = user()
    assert first == user()
    assert first is not None
    assert first != user(user=42)


def test_an_empty_channel(database_url: str, tmp_path: Path) -> None:
    with (
        LoopbackTelegram(World([Channel(5, 6, "Empty", "empty_one")])) as server,
        connected(telegram_settings(server, database_url, tmp_path)) as telegram,
    ):
        assert telegram.source.history(telegram.source.resolve("@empty_one").ref) == []


def test_messages_by_id_in_order_with_holes(telegram: TelegramAdapter) -> None:
    wanted = [250, 40, 1, 999, *range(100, 220)]
    found = telegram.source.messages(NEWS, wanted)
    assert [m.id if m else None for m in found] == [i if i not in (40, 999) else None for i in wanted]
    assert telegram.source.messages(NEWS, []) == []


def test_what_a_message_holds(telegram: TelegramAdapter) -> None:
    found, photo, item, service = telegram.source.messages(NEWS, [20, 10, 101, 30])
    assert isinstance(found, Incoming)
    assert found.text == "😀 #tag link"
    assert found.entities == (Entity("hashtag", 3, 4), Entity("text_url", 8, 4, "https://example.org/"))
    assert found.forward == Forward(None, "Somebody hidden", None, START)
    assert (found.reply_to, found.date, found.edit_date) == (19, START, START + timedelta(days=1))
    assert isinstance(photo, Incoming)
    [medium] = photo.media
    assert (medium.kind, medium.key, medium.size) == (MediaKind.PHOTO, "photo:11", 150_001)
    assert isinstance(item, Incoming)
    assert item.grouped_id == GROUP
    assert isinstance(service, Incoming)
    assert service.service
    json.dumps([found.raw, photo.raw, item.raw, service.raw], allow_nan=False)


def test_a_nul_and_media_without_files(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    strange = (Strange(NEWS.telegram_id, 5, "nul"), Strange(NEWS.telegram_id, 6, "poll"))
    server.faults = Faults(strange=(*strange, Strange(NEWS.telegram_id, 10, "no_photo")))
    nul, poll, gone = telegram.source.messages(NEWS, [5, 6, 10])
    assert isinstance(nul, Incoming)
    assert nul.text == "t\ufffdext 5"
    for message in (poll, gone):
        assert isinstance(message, Incoming)
        [medium] = message.media
        assert (medium.kind, medium.key) == (MediaKind.UNKNOWN, "")


@pytest.mark.parametrize(
    ("bad", "question", "ids"),
    [
        (200, {}, range(151, 251)),
        (250, {"limit": 5}, range(246, 251)),
        (41, {"above": 20, "limit": 40}, [i for i in range(21, 62) if i != 40]),
        (1, {"below": 30, "limit": 100}, range(1, 30)),
    ],
)
def test_one_message_that_cannot_be_read_stops_no_page(
    server: LoopbackTelegram, telegram: TelegramAdapter, bad: int, question: dict[str, int], ids: list[int]
) -> None:
    server.faults = Faults(strange=(Strange(NEWS.telegram_id, bad, "unknown"),))
    found = telegram.source.history(NEWS, **question)
    assert [m.id for m in found] == list(ids)
    assert [m.id for m in found if isinstance(m, Unparsed)] == [bad]
    assert isinstance(telegram.source.messages(NEWS, [bad])[0], Unparsed)


@pytest.mark.parametrize(
    "faults",
    [Faults(flood=Rule(first=1), flood_seconds=30), Faults(flood_premium=Rule(first=1), flood_seconds=30)],
    ids=["flood", "premium"],
)
def test_flood_waits_are_told_not_slept(server: LoopbackTelegram, telegram: TelegramAdapter, faults: Faults) -> None:
    telegram.source.history(NEWS)
    server.ledger.clear()
    server.faults = faults
    for _ in range(2):  # the second time without asking: whoever asks during a wait is made to wait longer
        with pytest.raises(Transient) as caught:
            telegram.source.history(NEWS)
        assert caught.value.retry_after is not None
        assert 29 <= caught.value.retry_after <= 30
        assert not caught.value.charge
    assert server.ledger.count("messages.getHistory") == 1


def test_trouble_of_the_server_is_ridden_out(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    server.faults = Faults(server_error=Rule(first=3), drop=Rule(every=2))
    assert [m.id for m in telegram.source.history(NEWS, limit=2)] == [249, 250]


def test_lasting_trouble_is_transient(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    server.faults = Faults(server_error=Rule(every=1))
    with pytest.raises(Transient, match="did not answer"):
        telegram.source.history(NEWS)


def test_silence_is_transient(server: LoopbackTelegram, database_url: str, tmp_path: Path) -> None:
    with connected(telegram_settings(server, database_url, tmp_path, telegram_timeout=1.0)) as telegram:
        telegram.source.history(NEWS)
        server.faults = Faults(hang=Rule(first=1))
        server.ledger.clear()
        with pytest.raises(Transient):
            telegram.source.history(NEWS)
        assert server.ledger.count("messages.getHistory") == 1, "the step is repeated, not the request"
        assert telegram.source.history(NEWS, limit=1)[0].id == 250


def test_from_many_threads(telegram: TelegramAdapter) -> None:
    with ThreadPoolExecutor(16) as pool:
        pages = list(pool.map(lambda i: telegram.source.history(NEWS, below=i, limit=1), range(2, 34)))
    assert [page[0].id for page in pages] == list(range(1, 33))


@pytest.mark.parametrize("known", [True, False])
def test_a_dead_session_names_the_remedy(
    server: LoopbackTelegram, database_url: str, tmp_path: Path, known: bool
) -> None:
    session = server.session(authorised=False) if known else session_string(*server.address, MAIN_DC, new_key())
    settings = telegram_settings(server, database_url, tmp_path, telegram_session=SecretStr(session))
    met = []
    with connected(settings) as telegram:
        for _ in range(6):
            with pytest.raises(SessionLost, match="media-audit login") as caught:
                telegram.source.history(NEWS)
            met.append(caught.value)
    assert all(isinstance(error, Transient) and not error.charge and error.retry_after == 60 for error in met)
    frames = [len(list(traceback.walk_tb(error.__traceback__))) for error in met]
    assert frames[1] == frames[-1]  # one and the same error would collect the frames of everybody who met it


def test_a_dead_session_leaves_no_traceback_in_the_log(
    server: LoopbackTelegram, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    session = SecretStr(session_string(*server.address, MAIN_DC, new_key()))
    settings = telegram_settings(server, database_url, tmp_path, telegram_session=session)
    with connected(settings) as telegram, suppress(SessionLost):
        telegram.source.history(NEWS)
    del telegram
    gc.collect()
    assert "never retrieved" not in caplog.text  # asyncio says so of an error that no caller has read


def test_new_posts_edits_and_deletions_show(server: LoopbackTelegram, telegram: TelegramAdapter) -> None:
    assert telegram.source.history(NEWS, above=250) == []
    server.apply(Post(NEWS.telegram_id, Message(251, START, "new")))
    server.apply(Post(NEWS.telegram_id, Message(250, START, "edited", edit_date=START)))
    server.apply(Delete(NEWS.telegram_id, 249))
    newest = telegram.source.history(NEWS, limit=2)
    assert [(m.id, m.text) for m in newest if isinstance(m, Incoming)] == [(250, "edited"), (251, "new")]
    assert telegram.source.messages(NEWS, [249]) == [None]
