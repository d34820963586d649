"""Users on the page: added, changed and removed by operators alone; links and passwords are shown once or never."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import httpx
import pytest

from app.access import sessions, user_acts, users
from app.cli import main
from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.domain.access.roles import Role
from app.settings import Settings, get_settings
from tests.browsing import browsing, signed_in
from tests.integration.pipeline.database import one, rows

PASSWORD = "four words of no poem"
ME = Actor("a test", Via.PAGE)


@pytest.fixture
def page(settings: Settings) -> Iterator[httpx.Client]:
    """The page over an empty archive."""
    with browsing(get_settings()) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        yield client


def sign_in(client: httpx.Client, role: Role = Role.OPERATOR, name: str | None = None) -> dict[str, str]:
    """The token of this user's forms."""
    client.cookies.update(signed_in(get_settings(), role, name))
    found = re.search(r'name="form_token" value="(\w+)"', client.get("/feed").text)
    assert found is not None
    return {"form_token": found[1]}


def acts() -> list[str]:
    return [f"{act} {target}" for act, target in rows("SELECT act, target FROM audit_entries ORDER BY id")]


def test_an_operator_adds_changes_and_removes_a_user(page: httpx.Client) -> None:
    token = sign_in(page, name="anna")
    twice = {"password": PASSWORD, "again": PASSWORD}
    added = page.post("/users", data={**token, "name": "Bob@Desk", "role": "reader", **twice})
    assert added.status_code == 303
    assert "is a user now" in page.get(added.headers["location"]).text
    with browsing_again(page) as other:
        answer = other.post("/login", data={"name": "bob@desk", "password": PASSWORD})
        assert answer.status_code == 303
        assert other.get("/users").status_code == 403
        page.post("/users/bob%40desk/role", data={**token, "role": "operator"})
        assert other.get("/users").status_code == 200, "an open session has the role at once"
        page.post("/users/bob%40desk/password", data={**token, "password": PASSWORD + "!", "again": PASSWORD + "!"})
        assert other.get("/users", headers={"Accept": "text/html"}).headers["location"].startswith("/login")
    listed = page.get("/users.json").json()["users"]
    assert [(u["name"], u["role"], u["has_password"], u["sessions"]) for u in listed] == [
        ("anna", "operator", False, 1),
        ("bob@desk", "operator", True, 0),
    ]
    removed = page.post("/users/bob%40desk/remove", data={**token, "sure": "true"})
    assert "is no user any more" in page.get(removed.headers["location"]).text
    assert page.get("/users/bob%40desk").status_code == 404
    assert acts() == [
        "user.add bob@desk", "user.role bob@desk", "user.password bob@desk", "user.remove bob@desk",
    ]  # fmt: skip


def browsing_again(page: httpx.Client) -> httpx.Client:
    """Another browser on the same page."""
    return httpx.Client(base_url=page.base_url, headers={"Origin": page.headers["Origin"]}, timeout=60)


def test_sessions_end_one_by_one_and_all_at_once(page: httpx.Client) -> None:
    token = sign_in(page, name="anna")
    with transaction() as session:
        bob = users.add(session, "bob", Role.READER, None)
        first, second, third = (sessions.begin(session, bob, Role.READER, f"Firefox <{n}>") for n in range(3))
    text = page.get("/users/bob").text
    assert "Firefox &lt;0&gt;" in text
    assert "Firefox <0>" not in text
    number = one("SELECT min(id) FROM web_sessions WHERE user_id = (SELECT id FROM users WHERE name = 'bob')")
    assert (
        page.post(f"/sessions/{number}/revoke", data={**token, "user": "bob"})
        .headers["location"]
        .startswith("/users/bob?done=")
    )
    assert [held(one) for one in (first, second, third)] == [False, True, True]
    assert page.post("/users/bob/revoke", data=token).status_code == 303
    assert not held(second)
    assert not held(third)
    assert page.post(f"/sessions/{number}/revoke", data=token).status_code == 404
    assert acts() == [f"session.revoke bob {number}", "session.revoke_all bob"]


def held(token: str) -> bool:
    with transaction() as session:
        return sessions.find(session, token) is not None


def test_a_link_is_shown_once_and_reaches_no_log_and_no_row(
    page: httpx.Client, settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    token = sign_in(page, name="anna")
    with transaction() as session:
        users.add(session, "bob", Role.EDITOR, None)
    made = page.post("/users/bob/link", data=token)
    assert made.headers["cache-control"] == "no-store"
    [link] = re.findall(r"/link/([\w-]+)", made.text)
    assert link not in page.get("/users/bob").text + page.get("/users").text
    written = caplog.text + "".join(capfd.readouterr())
    logs = "".join(path.read_text(errors="replace") for path in Path(settings.home).rglob("*.log"))
    everything = json.dumps(rows("SELECT to_jsonb(a) FROM audit_entries a"), default=str)
    everything += json.dumps(rows("SELECT to_jsonb(l) FROM one_time_links l"), default=str)
    assert link not in written + logs + everything
    with browsing_again(page) as other:
        assert other.post(f"/link/{link}").status_code == 303
        assert "bob" in other.get("/feed").text
        assert other.post(f"/link/{link}").status_code == 410
    made = page.post("/users/link", data=token)
    [link] = re.findall(r"/link/([\w-]+)", made.text)
    with browsing_again(page) as other:
        assert other.post(f"/link/{link}").status_code == 303
        assert other.get("/users").status_code == 200
    assert acts() == ["link.make bob", "link.make one-time link"]


def test_the_last_operator_is_warned_before_the_last_way_in_goes(page: httpx.Client) -> None:
    with transaction() as session:
        users.add(session, "anna", Role.OPERATOR, PASSWORD)
        users.add(session, "linked", Role.OPERATOR, None)  # without a password: no way in of its own
    token = sign_in(page, name="anna")
    for act, data in (("remove", {}), ("role", {"role": "reader"})):
        warned = page.post(f"/users/anna/{act}", data={**token, **data})
        assert warned.status_code == 409
        assert "anna is the last operator with a password" in warned.text
    assert one("SELECT role FROM users WHERE name = 'anna' AND removed_at IS NULL") == "operator"
    assert page.post("/users/linked/remove", data=token).status_code == 303, "no warning without a reason"
    with transaction() as session:
        users.add(session, "bob", Role.OPERATOR, PASSWORD)
    assert page.post("/users/bob/role", data={**token, "role": "editor"}).status_code == 303
    form = re.findall(
        r'name="(sure|role)" value="(\w+)"', page.post("/users/anna/role", data={**token, "role": "reader"}).text
    )
    assert page.post("/users/anna/role", data={**token, **dict(form)}).status_code == 303
    assert page.get("/users").status_code == 403, "it has the other role at once"


def test_of_two_operators_who_leave_at_once_one_is_warned(settings: Settings) -> None:
    with transaction() as session:
        for name in ("anna", "bob"):
            users.add(session, name, Role.OPERATOR, PASSWORD)
    together, warned = Barrier(2), list[str]()

    def leave(name: str) -> None:
        together.wait()
        try:
            with transaction() as session:
                user_acts.remove(session, ME, name)
        except user_acts.LastOperator:
            warned.append(name)

    threads = [Thread(target=leave, args=(name,)) for name in ("anna", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(warned) == 1
    assert rows("SELECT name FROM users WHERE removed_at IS NULL") == [(warned[0],)]


POSTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/users", {"name": "eve", "role": "operator"}),
    ("/users/link", {}),
    ("/users/anna/link", {}),
    ("/users/anna/role", {"role": "reader", "sure": "true"}),
    ("/users/anna/password", {"password": PASSWORD, "again": PASSWORD}),
    ("/users/anna/remove", {"sure": "true"}),
    ("/users/anna/revoke", {}),
    ("/sessions/1/revoke", {}),
)


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR])
def test_only_an_operator_with_the_form_of_the_session_acts_on_users(page: httpx.Client, role: Role) -> None:
    for path, data in POSTS:
        assert page.post(path, data=data).status_code == 401, path
    sign_in(page, name="anna")
    token = sign_in(page, role)
    for path in ("/users", "/users.json", "/users/anna", "/users/anna.json"):
        assert page.get(path).status_code == 403, path
    for path, data in POSTS:
        assert page.post(path, data={**token, **data}).status_code == 403, path
    sign_in(page, name="anna")
    for path, data in POSTS:
        assert page.post(path, data={**data, "form_token": "of another"}).status_code == 403, path
    assert acts() == []
    assert sorted(name for (name,) in rows("SELECT name FROM users")) == ["anna", str(role)]


def test_mistakes_are_told_beside_the_form_and_no_password_comes_back(page: httpx.Client) -> None:
    token = sign_in(page, name="anna")
    for data, told in (
        ({"name": "a b"}, "a user&#39;s name has"),
        ({"name": "anna"}, "there is a user anna already"),
        ({"name": "bob", "password": "too short", "again": "too short"}, "the password has 9 signs"),
        ({"name": "bob", "password": PASSWORD, "again": PASSWORD + "x"}, "the two passwords differ"),
    ):
        answer = page.post("/users", data={**token, "role": "reader", **data})
        assert (answer.status_code, told in answer.text) == (400, True), (data, answer.text)
        assert PASSWORD not in answer.text
    assert page.post("/users", data={**token, "name": "bob", "role": "king"}).status_code == 400
    assert page.post("/users/nobody/revoke", data=token).status_code == 404
    answer = page.post("/users/anna/password", data={**token, "password": PASSWORD, "again": "another of twelve"})
    assert (answer.status_code, "the two passwords differ" in answer.text) == (400, True)
    assert acts() == []


def test_many_users_and_sessions_are_pages(page: httpx.Client) -> None:
    sign_in(page, name="anna")
    with transaction() as session:
        bob = users.add(session, "bob", Role.READER, None)
        for number in range(60):
            users.add(session, f"u{number:02}", Role.READER, None)
            sessions.begin(session, bob, Role.READER, "")
    first = page.get("/users.json").json()
    second = page.get("/users.json", params={"cursor": first["cursor"]}).json()
    names = [one["name"] for one in (*first["users"], *second["users"])]
    assert names == ["anna", "bob", *(f"u{number:02}" for number in range(60))]
    assert second["cursor"] is None
    first = page.get("/users/bob.json").json()
    second = page.get("/users/bob.json", params={"cursor": first["cursor"]}).json()
    numbers = [one["id"] for one in (*first["sessions"], *second["sessions"])]
    assert (len(numbers), numbers) == (60, sorted(numbers, reverse=True))


def call(*argv: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main.main(["users", *argv])
    return int(ended.value.code or 0)


def test_commands_leave_entries_too_and_warn(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with transaction() as session:
        bob = users.add(session, "bob", Role.OPERATOR, PASSWORD)
        sessions.begin(session, bob, Role.OPERATOR, "")
    assert call("add", "eve", "--role", "reader", "--no-password") == 0
    assert call("link", "eve") == 0
    assert call("revoke", "--all", "bob") == 0
    assert call("remove", "bob") == 2
    assert "repeat it with --sure" in " ".join(capsys.readouterr().err.split())
    assert call("role", "bob", "reader", "--sure") == 0
    assert call("remove", "bob") == 0
    assert acts() == [
        "user.add eve", "link.make eve", "session.revoke_all bob", "user.role bob", "user.remove bob",
    ]  # fmt: skip
    assert {via for (via,) in rows("SELECT via FROM audit_entries")} == {"command"}
