"""Invitation links given to `channels add`, with the real client and the real database."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from telethon.crypto import rsa

from app import wiring
from app.adapters.telegram import connect_telegram
from app.adapters.telegram.invitations import REMEDIES
from app.cli import main
from app.demo.telegram import PUBLIC_KEY, Faults, LoopbackTelegram, Refusal
from app.demo.telegram.keys import FINGERPRINT
from app.demo.world import Invite, World
from app.settings import get_settings, sqlalchemy_url
from tests.factories.messages import message
from tests.factories.settings import telegram_environment
from tests.factories.worlds import NEWS, channel

HASH = "SecretHash_1-2"
LINK = f"https://t.me/+{HASH}"
NUMBER = f"-100{NEWS}" if len(str(NEWS)) == 10 else str(-(10**12) - NEWS)
CHECK, IMPORT = "messages.checkChatInvite", "messages.importChatInvite"
AWAY = frozenset({NEWS})  # the account is no member


@pytest.fixture
def server() -> Iterator[LoopbackTelegram]:
    with LoopbackTelegram(World([channel(NEWS, None, message(1, "words"), title="Town news")])) as running:
        yield running
    rsa._server_keys.pop(FINGERPRINT, None)


@pytest.fixture
def add(
    server: LoopbackTelegram,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """`channels add` with these arguments: exit code, stdout and stderr, which never show the hash."""
    for name in [name for name in os.environ if name.startswith("TELEGRAM")]:
        monkeypatch.delenv(name)
    (tmp_path / "key.pem").write_text(PUBLIC_KEY)
    given = telegram_environment(server.session()) | {
        "MEDIA_AUDIT_HOME": str(tmp_path),
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis://127.0.0.1:1",
        "TELEGRAM_TEST_RSA_KEY": str(tmp_path / "key.pem"),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    caplog.set_level(logging.DEBUG)

    def run(*argv: str, command: str = "add") -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main.main(["channels", command, *argv])
        said = capsys.readouterr()
        assert HASH not in said.out + said.err + caplog.text
        return int(ended.value.code or 0), said.out, said.err

    yield run
    get_settings.cache_clear()


@pytest.fixture
def watched(database_url: str) -> Callable[[], list[str]]:
    """The references of all rows; none of their columns shows the hash."""

    def ask() -> list[str]:
        engine = create_engine(sqlalchemy_url(database_url))
        with engine.connect() as connection:
            found: list[Any] = list(connection.execute(text("SELECT reference, channels::text FROM channels")))
        engine.dispose()
        assert HASH not in str(found)
        return [reference for reference, _ in found]

    return ask


def invite(server: LoopbackTelegram, faults: Faults | None = None, **fields: Any) -> None:
    server.world.invites = (Invite(HASH, NEWS, **fields),)
    server.faults = faults or Faults(outside=AWAY)


Add = Callable[..., tuple[int, str, str]]
Watched = Callable[[], list[str]]


def test_a_link_of_a_channel_that_the_account_is_in_needs_no_join(
    server: LoopbackTelegram, add: Add, watched: Watched
) -> None:
    invite(server, Faults())
    assert add(LINK) == (0, f"{NUMBER} is watched from now on\n", "")
    assert add(f"tg://join?invite={HASH}", "--join")[:2] == (0, f"{NUMBER} was watched already\n")
    assert watched() == [NUMBER]
    assert server.ledger.count(IMPORT) == 0


def test_a_link_joins_only_when_asked(server: LoopbackTelegram, add: Add, watched: Watched) -> None:
    invite(server)
    code, _, said = add(LINK)
    assert code == 2
    assert "Town news" in said
    assert "1,234 members" in said
    assert "--join" in said
    assert (watched(), server.ledger.count(IMPORT)) == ([], 0)
    code, out, said = add("--join", LINK, "--json")
    assert (code, json.loads(out)) == (0, [{"reference": NUMBER, "new": True}])
    assert "joined “Town news” (1,234 members)" in said
    assert watched() == [NUMBER]


def test_the_next_poll_finds_the_channel_that_was_joined(server: LoopbackTelegram, add: Add, watched: Watched) -> None:
    invite(server)
    add("--join", LINK)
    adapter = wiring.telegram()
    try:
        assert adapter.source.resolve(watched()[0]).title == "Town news"
    finally:
        adapter.close()
        wiring.telegram.forget()


def test_a_request_waits_for_the_owners(server: LoopbackTelegram, add: Add, watched: Watched) -> None:
    invite(server, approval=True)
    code, out, said = add("--join", LINK, "@other_news")
    assert code == 4
    assert "its owners must accept" in said
    assert out == "@other_news is watched from now on\n"
    assert watched() == ["@other_news"]
    assert json.loads(add("--join", LINK, "--json")[1])[-1]["requested"] == "Town news"
    server.faults = Faults()  # the owners have accepted
    assert add(LINK)[0] == 0
    assert NUMBER in watched()


def test_a_channel_that_shows_itself_for_a_while_is_joined(
    server: LoopbackTelegram, add: Add, watched: Watched
) -> None:
    invite(server, kind="peek")
    assert add(LINK)[0] == 2
    assert add("--join", LINK)[0] == 0
    assert watched() == [NUMBER]


@pytest.mark.parametrize(("kind", "words"), [("group", "small group"), ("paid", "for money")])
def test_what_cannot_be_read_is_not_joined(
    kind: str, words: str, server: LoopbackTelegram, add: Add, watched: Watched
) -> None:
    invite(server, kind=kind)
    code, _, said = add("--join", LINK)
    assert code == 2
    assert words in said
    assert (watched(), server.ledger.count(IMPORT)) == ([], 0)


def test_expired_and_unknown_links(server: LoopbackTelegram, add: Add, watched: Watched) -> None:
    invite(server, expired=True)
    assert "ask for a new one" in add("--join", LINK)[2]
    server.world.invites = ()
    assert "copy it again" in add("--join", LINK)[2]
    assert watched() == []


@pytest.mark.parametrize("name", sorted(REMEDIES))
def test_each_refusal_comes_with_its_remedy(name: str, server: LoopbackTelegram, add: Add, watched: Watched) -> None:
    invite(server, Faults(outside=AWAY, refusals=(Refusal(name, 400, (IMPORT,)),)))
    code, _, said = add("--join", LINK, "@other_news")
    assert code == 2
    assert REMEDIES[name] in said
    assert watched() == []


def test_a_flood_wait_is_told_in_words(server: LoopbackTelegram, add: Add) -> None:
    invite(server, Faults(outside=AWAY, refusals=(Refusal("FLOOD_WAIT_7300", 420, (CHECK,)),)))
    code, _, said = add("--join", LINK)
    assert code == 2
    assert "wait 3 hours" in said


def test_contradictory_answers_end_in_a_remedy(server: LoopbackTelegram, add: Add, watched: Watched) -> None:
    """Telegram shows the account as outside and refuses its join as that of a member."""
    invite(server, Faults(outside=AWAY, refusals=(Refusal("USER_ALREADY_PARTICIPANT", 400, (IMPORT,)),)))
    code, _, said = add("--join", LINK)
    assert code == 2
    assert "join it in a Telegram app" in said
    assert watched() == []


def test_another_process_that_is_connected_is_named(server: LoopbackTelegram, add: Add, watched: Watched) -> None:
    invite(server)
    other = connect_telegram(get_settings())
    other.connect()
    try:
        code, _, said = add("--join", LINK)
    finally:
        other.close()
    assert code == 2
    assert "another process is connected" in said
    assert "media-audit down" in said
    assert watched() == []


def test_other_commands_say_how_to_join(server: LoopbackTelegram, add: Add) -> None:
    invite(server)
    code, _, said = add(LINK, command="remove")
    assert code == 2
    assert "channels add --join" in said
