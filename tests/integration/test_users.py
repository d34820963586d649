"""Users by command: added with a password that is shown nowhere, listed, removed; their sessions end at once."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from app import db
from app.access import links, sessions, users
from app.access.passwords import matches
from app.cli import main
from app.domain.access.roles import Role
from app.domain.access.sessions import IDLE, LONGEST
from tests.integration.pipeline.database import change, one, rows

PASSWORD = "four words of no poem"

pytestmark = pytest.mark.usefixtures("settings")


def call(*argv: str) -> int:
    """The exit code of `media-audit users`."""
    with pytest.raises(SystemExit) as ended:
        main.main(["users", *argv])
    return int(ended.value.code or 0)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The password on standard input, once for each read."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n" * 3))


def begun(name: str) -> str:
    """The token of a new session of a user."""
    with db.transaction() as session:
        user = users.required(session, name)
        return sessions.begin(session, user, Role(user.role), "Firefox")


def signed_in(token: str) -> sessions.SignedIn | None:
    with db.transaction() as session:
        return sessions.find(session, token)


@pytest.mark.usefixtures("typed")
def test_a_user_comes_is_listed_and_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list") == 0
    assert "users add NAME" in capsys.readouterr().out
    assert call("add", "Anna", "--role", "editor", "--password-stdin") == 0
    assert call("add", "bot@proxy", "--role", "reader", "--no-password") == 0
    token = begun("anna")
    assert signed_in(token) == sessions.SignedIn(1, "anna", Role.EDITOR)
    capsys.readouterr()
    assert call("list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [(u["name"], u["role"], u["has_password"], u["sessions"]) for u in listed] == [
        ("anna", "editor", True, 1),
        ("bot@proxy", "reader", False, 0),
    ]
    assert call("role", "anna", "reader") == 0
    assert signed_in(token) == sessions.SignedIn(1, "anna", Role.READER), "a role of today, in open sessions too"
    assert call("remove", "ANNA") == 0
    assert "sessions ended: 1" in capsys.readouterr().out
    assert signed_in(token) is None
    assert call("add", "anna", "--role", "reader", "--password-stdin") == 0
    assert signed_in(token) is None, "the next user of this name is another one"


@pytest.mark.usefixtures("typed")
def test_another_password_ends_sessions_and_one_session_can_be_ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("add", "anna", "--role", "reader", "--password-stdin") == 0
    before = one("SELECT password_hash FROM users")
    first, second = begun("anna"), begun("anna")
    assert call("revoke", "1") == 0
    assert (signed_in(first), signed_in(second) is None) == (None, False)
    assert call("sessions", "anna") == 0
    assert "Firefox" in capsys.readouterr().out
    assert call("password", "anna", "--password-stdin") == 0
    assert signed_in(second) is None
    after = one("SELECT password_hash FROM users")
    assert before != after, "a salt of its own"
    assert after.startswith("$argon2id$")
    assert matches(after, PASSWORD)
    assert not matches(after, PASSWORD + "!")
    assert not matches(None, "a password of no user")


@pytest.mark.usefixtures("typed")
def test_mistakes_are_told_with_their_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("add", "anna", "--role", "reader", "--no-password") == 0
    for argv, told in (
        (["add", "Anna", "--role", "reader", "--no-password"], "there is a user anna already"),
        (["add", "a b", "--role", "reader", "--no-password"], "a user's name has"),
        (["add", "bob", "--role", "king"], "is not one of"),
        (["remove", "bob"], "no user bob: `media-audit users list`"),
        (["password", "bob"], "no user bob"),
        (["password", "anna"], "--password-stdin"),
        (["revoke", "7"], "no session 7 is open"),
        (["link", "bob"], "no user bob"),
        (["add", "bob", "--role", "reader", "--password-stdin", "--no-password"], "not both"),
    ):
        assert call(*argv) == 2, argv
        assert told in " ".join(capsys.readouterr().err.split()), argv
    assert rows("SELECT name FROM users") == [("anna",)]


def test_a_terminal_asks_twice_and_shows_nothing() -> None:
    """With a real terminal: the two passwords must be equal, and no sign of them comes back."""
    mine, theirs = pty.openpty()
    argv = [sys.executable, "-c", "from app.cli.main import main; main()", "users", "add", "anna", "--role=operator"]
    process = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    shown = b""
    for question, answer in (
        (b"Password: ", PASSWORD),
        (b"Repeat for confirmation: ", "other words"),
        (b"Password: ", PASSWORD),
        (b"Repeat for confirmation: ", PASSWORD),
    ):
        start = len(shown)
        while question not in shown[start:]:
            shown += os.read(mine, 1024)
        os.write(mine, f"{answer}\n".encode())
    assert process.wait(20) == 0
    os.close(mine)
    assert PASSWORD.encode() not in shown
    assert rows("SELECT name, role FROM users") == [("anna", "operator")]


def test_rows_hold_no_token() -> None:
    with db.transaction() as session:
        users.add(session, "anna", Role.OPERATOR, None)
        link = links.make(session)
    token = begun("anna")
    kept = str(rows("SELECT * FROM web_sessions")) + str(rows("SELECT * FROM one_time_links"))
    assert token not in kept
    assert link.path.removeprefix(links.PATH) not in kept


@pytest.mark.parametrize(
    ("changed", "holds"),
    [
        ({"last_seen": IDLE - timedelta(minutes=1)}, True),
        ({"last_seen": IDLE + timedelta(minutes=1)}, False),
        ({"last_seen": timedelta(hours=1), "expires_at": timedelta(seconds=1)}, False),
    ],
)
def test_an_old_session_ends_and_its_row_goes(changed: dict[str, timedelta], holds: bool) -> None:
    with db.transaction() as session:
        users.add(session, "anna", Role.READER, None)
    token = begun("anna")
    for name, ago in changed.items():
        change(f"UPDATE web_sessions SET {name} = now() - :ago", ago=ago)
    assert (signed_in(token) is not None) is holds
    if holds:
        assert one("SELECT now() - last_seen < interval '1 minute' FROM web_sessions"), "the request was noted"
    change("UPDATE web_sessions SET expires_at = now() - interval '1 second'")
    begun("anna")
    assert rows("SELECT expires_at - created_at FROM web_sessions") == [(LONGEST,)]


def test_of_two_browsers_with_one_link_one_gets_in() -> None:
    with db.transaction() as session:
        token = links.make(session).path.removeprefix(links.PATH)
    both, got = Barrier(2), []

    def use() -> None:
        both.wait()
        with db.transaction() as session:
            got.append(links.use(session, token))

    threads = [Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got, key=bool) == [None, (None, Role.OPERATOR)]


def test_a_link_of_a_user_who_is_gone_leads_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    with db.transaction() as session:
        users.add(session, "anna", Role.READER, None)
    assert call("link", "anna") == 0
    address = capsys.readouterr().out.strip()
    assert address.startswith("http://127.0.0.1:8000/link/")
    token = address.rpartition("/")[2]
    with db.transaction() as session:
        assert links.holds(session, token)
    assert call("remove", "anna") == 0
    with db.transaction() as session:
        assert not links.holds(session, token)
        assert links.use(session, token) is None
