"""The nemesis replays a seed, and understands what it lets through."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from random import Random
from threading import Lock, Thread
from typing import Any, cast

import pytest

from app.demo.telegram import Faults, LoopbackTelegram
from app.demo.world import File, Message, World
from tests.chaos.nemesis import telegram
from tests.chaos.nemesis.bed import Bed, calm
from tests.chaos.nemesis.broker import Mischief
from tests.chaos.nemesis.content import album
from tests.chaos.nemesis.paid import Booked, Kept, Row, paid_twice
from tests.chaos.nemesis.plan import plan
from tests.chaos.nemesis.resp import Commands, TaskMessage, packed
from tests.chaos.nemesis.scene import Scene, draw
from tests.factories.messages import START


def _message(task: str, *, bulk: bool = False) -> list[bytes]:
    body = base64.b64encode(json.dumps([[[[1, 2]], bulk], {}, {}]).encode()).decode()
    return [b"LPUSH", b"default", json.dumps({"headers": {"task": task}, "body": body}).encode()]


def test_a_seed_is_replayed() -> None:
    assert plan(7, 60.0) == plan(7, 60.0)
    assert plan(7, 60.0) != plan(8, 60.0)
    assert draw(7, seconds=20.0) == draw(7, seconds=20.0)
    assert draw(7, seconds=20.0) != draw(8, seconds=20.0)


def test_no_kind_strikes_more_often_than_restarts_allow() -> None:
    for seed in range(20):
        planned = plan(seed, 60.0)
        for kind in {strike.kind for strike in planned}:
            assert sum(strike.kind is kind for strike in planned) <= kind.most


def test_commands_are_the_same_however_their_bytes_come() -> None:
    sent = [[b"PING"], _message("app.tasks.tag.tag_publication"), [b"SET", b"key", b"with\r\nline ends"]]
    stream = b"".join(map(packed, sent))
    for size in (1, 2, 3, 7, 1000):
        commands = Commands()
        parts = [stream[at : at + size] for at in range(0, len(stream), size)]
        assert [command for part in parts for command in commands.feed(part)] == sent


def test_only_messages_of_tasks_are_meddled_with() -> None:
    found = TaskMessage.of(_message("app.tasks.merge.merge_vision", bulk=True))
    assert found is not None
    assert (found.queue, found.task, found.bulk) == (b"default", "app.tasks.merge.merge_vision", True)
    assert TaskMessage.of([b"LPUSH", b"default", b'{"headers": {"routing_key": "posts.tagged"}}']) is None
    assert TaskMessage.of([b"GET", b"key"]) is None


def test_all_messages_of_chords_bodies_are_dropped_and_no_others() -> None:
    body = TaskMessage(b"default", b"", "app.tasks.persist.persist_publication", bulk=False)
    header = TaskMessage(b"telegram", b"", "app.tasks.download.download_media", bulk=False)
    mischief = Mischief(fan_ins=True)
    assert mischief.choose(body, Random(1)) == "drop"
    assert mischief.choose(replace(body, bulk=True), Random(1)) == "pass"
    assert mischief.choose(header, Random(1)) == "pass"


def test_mischief_keeps_its_shares() -> None:
    message = TaskMessage(b"default", b"", "app.tasks.tag.tag_publication", bulk=False)
    random = Random(1)
    chosen = [Mischief(drop=0.2, double=0.3, delay=0.1).choose(message, random) for _ in range(10_000)]
    shares = {name: chosen.count(name) / len(chosen) for name in ("drop", "double", "delay", "pass")}
    assert all(
        abs(shares[name] - wanted) < 0.02
        for name, wanted in {"drop": 0.2, "double": 0.3, "delay": 0.1, "pass": 0.4}.items()
    )


class Telegram:
    """The part of a bed that Telegram's strikes use, without a running system."""

    def __init__(self, scene: Scene, server: LoopbackTelegram) -> None:
        self.scene, self.telegram, self.guard = scene, server, Lock()


STRIKES = (
    telegram.rules(account_frozen=True),
    telegram.channels_closed,
    telegram.history_refused,
    telegram.hidden,
    telegram.wrong_sizes,
    telegram.aliens,
    telegram.strange_messages,
)


def test_each_strike_takes_its_own_faults_off_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram, "SHORT", (0.05, 0.1))
    scene = draw(7, seconds=5.0)
    with LoopbackTelegram(World(scene.channels), calm()) as server:
        bed = cast(Bed, Telegram(scene, server))
        seen: list[Any] = []
        strikes = [
            Thread(target=lambda s=one, n=n: seen.append(s(bed, Random(n)))) for n, one in enumerate(STRIKES * 2)
        ]
        for thread in strikes:
            thread.start()
        for thread in strikes:
            thread.join()
        assert all(seen)
        assert len(seen) == 2 * len(STRIKES)
        assert replace(server.faults, seed=0) == calm()


def test_all_addresses_that_were_given_out_are_out_of_date() -> None:
    scene = draw(7, seconds=5.0)
    with LoopbackTelegram(World(scene.channels), Faults()) as server:
        file = next(m.file for c in scene.channels for m in c.messages.values() if m.file)
        before = server._state.shelf.access_hash(file)
        server.move_files()
        assert server._state.shelf.access_hash(file) != before


CHANNEL = 7
ITEMS = {(CHANNEL, n): [Message(n, START, file=File(n, "photo", b""))] for n in (1, 2, 3)}
ALBUM = {
    "channel": CHANNEL,
    "grouped_id": 9,
    "items_count": 3,
    "album_kind": "photo",
    "caption": "one\n\nthree",
    "said": "one\n\nthree",
    "state": "complete",
    "lead": 10,
    "lead_post_id": 10,
    "revision": 1,
    "persisted_revision": 1,
    "texts": ["one ", "", "three"],
    "ids": [1, 2, 3],
    "at": [0, 1, 2],
}


def test_a_right_album_is_no_violation() -> None:
    assert list(album(ALBUM, [1, 2, 3], set(), ITEMS)) == []
    assert list(album(ALBUM, [1, 3], {(CHANNEL, 2)}, ITEMS)) == []


@pytest.mark.parametrize(
    "damage",
    [
        {"album_kind": "mixed"},
        {"album_kind": "video"},
        {"caption": "one"},
        {"said": ""},
        {"caption": "three\n\none", "said": "three\n\none"},
        {"at": [1, 2, 3]},
        {"at": [0, 1, 1]},
        {"ids": [1, 3, 2]},
        {"ids": [1, 2], "at": [0, 1], "items_count": 2, "texts": ["one ", ""], "caption": "one", "said": "one"},
        {"items_count": 2},
        {"state": "open"},
        {"persisted_revision": 0},
        {"lead_post_id": 11},
    ],
    ids=str,
)
def test_a_damaged_album_is_a_violation(damage: dict[str, Any]) -> None:
    assert list(album({**ALBUM, **damage}, [1, 2, 3], set(), ITEMS))


READ, OTHER = ("analyze", 1, "5"), ("analyze", 2, "5")
POST, SAME = ("tag", 1, "k"), ("tag", 2, "k")


@pytest.mark.parametrize(
    ("answered", "kept", "booked", "held", "repeated"),
    [
        # (question -> answers, who keeps one, our ledger): wrong with hold, wrong with retry
        ({"a": 1, "b": 1}, {"a": READ, "b": OTHER}, [(READ, "answered"), (OTHER, "answered")], 0, 0),
        ({"a": 2}, {"a": READ}, [(READ, "answered")], 1, 1),
        ({"a": 2}, {"a": READ}, [(READ, "answered"), (READ, "unknown")], 1, 0),
        ({"a": 2, "b": 1}, {"a": READ, "b": OTHER}, [(READ, "answered"), (OTHER, "answered"), (OTHER, "waived")], 1, 1),
        ({"a": 1}, {}, [(READ, "unknown")], 0, 0),
        ({"a": 2}, {}, [(READ, "unknown"), (OTHER, "unknown")], 1, 0),
        ({"a": 2}, {"a": POST}, [(POST, "answered"), (SAME, "unknown")], 0, 0),
        ({"a": 3}, {"a": POST}, [(POST, "answered"), (SAME, "unknown")], 1, 0),
        ({"a": 1}, {"a": READ}, [(READ, "answered"), (READ, "answered")], 1, 1),
    ],
)
def test_each_question_is_paid_for_once(
    answered: dict[str, int], kept: dict[str, Row], booked: list[tuple[Row, str]], held: int, repeated: int
) -> None:
    ours = [Kept(question, row) for question, row in kept.items()]
    ledger = [Booked(row, outcome) for row, outcome in booked]
    assert len(paid_twice(answered, ours, ledger, hold=True)) == held
    assert len(paid_twice(answered, ours, ledger, hold=False)) == repeated
