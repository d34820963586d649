"""Signing in to the page, and staying out of it: login, links, roles, tokens of forms, ends of sessions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Event

import httpx
import pytest
from fastapi import FastAPI

from app import db, wiring
from app.access import attempts, links, sessions, users
from app.access.passwords import hashed
from app.cli.up import sign_in_link, sign_in_row
from app.daemons import web
from app.domain.access.attempts import ANYWHERE, HERE
from app.domain.access.roles import Act, Role
from app.domain.access.sessions import LINK
from app.errors import UserError
from app.settings import Settings
from app.web.admission import needs
from app.web.application import application
from app.web.entry import entry_of
from app.web.visitors import form_token
from tests.browsing import browsing, signed_in
from tests.integration.pipeline.database import change, one, rows

PASSWORD = "four words of no poem"
WRONG = "kind:dinosaur"  # a question that is refused once its form was let through


@pytest.fixture
def closed(settings: Settings) -> Settings:
    """Settings of a page with a login."""
    return settings.model_copy(update={"web_login": True})


@pytest.fixture
def page(closed: Settings) -> Iterator[httpx.Client]:
    """A client without a session of such a page."""
    with browsing(closed) as client:
        client.headers.update({"Origin": str(client.base_url).rstrip("/"), "Accept": "text/html"})
        yield client


@pytest.fixture
def anna(settings: Settings) -> None:
    """A reader with a password."""
    with db.transaction() as session:
        users.add(session, "anna", Role.READER, None).password_hash = kept()


@lru_cache
def kept() -> str:
    """The hash of the password: made once, as it takes a while."""
    return hashed(PASSWORD)


def sign_in(client: httpx.Client, name: str = "anna", password: str = PASSWORD, **more: str) -> httpx.Response:
    return client.post("/login", data={"name": name, "password": password, **more})


def cookies(answer: httpx.Response) -> list[str]:
    """The cookies that an answer sets, as they came."""
    return answer.headers.get_list("set-cookie")


def make_link(name: str | None = None) -> str:
    with db.transaction() as session:
        return links.make(session, users.required(session, name) if name else None).path


PAGES = ("/", "/feed", "/c/x", "/p/x/1", "/search?q=a", "/ask", "/ask/1", "/open?link=t.me/x/1", "/m/0123456789abcdef")
DATA = ("/overview.json", "/feed.json", "/search.json?q=a", "/newer.json?top=x", "/ask/1.json", "/media/" + "0" * 64)


def test_nothing_is_shown_without_a_session(page: httpx.Client) -> None:
    for address in PAGES:
        answer = page.get(address)
        assert answer.status_code == 303, address
        shown = httpx.QueryParams(answer.headers["location"].partition("?")[2])
        assert shown["next"] == address, "and back, with the whole address"
    for address in DATA:
        answer = page.get(address, headers={"Accept": "*/*"})
        assert (answer.status_code, "application/problem+json" in answer.headers["content-type"]) == (
            401,
            ".json" in address,
        ), address
    assert page.post("/ask", data={"q": WRONG}).status_code == 401
    assert page.post("/logout").status_code == 401
    page.headers["Cookie"] = "session=of-nobody"
    assert page.get("/feed").status_code == 303


def test_what_stands_before_the_login_is_open(page: httpx.Client) -> None:
    assert page.get("/health").text == "ok\n"
    for address in ("/login", "/static/page.css", "/language/ru"):
        assert page.get(address).status_code < 400, address
    page.headers["Accept-Language"] = "ru"
    text = page.get("/login?next=/feed").text
    assert "Пароль" in text
    assert 'name="next" value="/feed"' in text


@pytest.mark.usefixtures("anna")
def test_a_password_opens_the_page_and_sign_out_closes_it(page: httpx.Client) -> None:
    answer = sign_in(page, "Anna", next="/search?q=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=a")
    [cookie] = cookies(answer)
    assert re.fullmatch(r"session=[\w-]{43}; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax", cookie)
    text = page.get("/feed").text
    assert "anna <small>reader</small>" in text
    [token] = set(re.findall(r'name="form_token" value="(\w{64})"', text))
    kept = dict(page.cookies)
    answer = page.post("/logout", data={"form_token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert 'session=""' in cookies(answer)[0]
    assert answer.headers["clear-site-data"] == '"cache"', "going back shows nothing"
    page.cookies.update(kept)
    assert page.get("/feed").status_code == 303, "the row has ended, not only the cookie"


@pytest.mark.usefixtures("anna")
def test_a_wrong_password_and_an_unknown_name_are_told_alike(page: httpx.Client) -> None:
    told = []
    for name, password in (("anna", "wrong"), ("bob", "wrong"), ("anna", ""), ("anna", "x" * 5_000)):
        answer = sign_in(page, name, password)
        assert answer.status_code in (401, 400)
        assert cookies(answer) == []
        told.append(answer.text.replace(name, ""))
    assert told[0] == told[1], "one text for both"
    assert rows("SELECT id FROM web_sessions") == []


def guess(times: int) -> None:
    """So many wrong passwords of anna, but for their hashes, which take a while."""
    for _ in range(times):
        assert attempts.count(wiring.hints(), "Anna", "127.0.0.1") == 0


@pytest.mark.usefixtures("anna")
def test_guessing_ends_after_a_few_attempts(page: httpx.Client) -> None:
    assert sign_in(page, password="a wrong password").status_code == 401
    guess(HERE.most - 1)
    answer = sign_in(page)
    assert answer.status_code == 429, "the right password, too: else each guess would be answered"
    assert 0 < int(answer.headers["retry-after"]) <= HERE.seconds
    assert "Try again in 15 min" in answer.text
    assert sign_in(page, "bob").status_code == 401, "another name"
    assert page.post(make_link("anna")).status_code == 303, "the user is not locked out"


@pytest.mark.usefixtures("anna")
def test_a_right_password_forgets_the_wrong_ones(page: httpx.Client) -> None:
    guess(HERE.most - 1)
    assert sign_in(page).status_code == 303
    guess(HERE.most)


@pytest.mark.usefixtures("settings")
def test_guessing_from_many_machines_ends_too() -> None:
    tried = [attempts.count(wiring.hints(), "anna", f"10.0.0.{number}") for number in range(ANYWHERE.most + 1)]
    assert [wait > 0 for wait in tried] == [False] * ANYWHERE.most + [True]


@pytest.mark.usefixtures("anna")
def test_sign_in_leads_to_no_other_site(page: httpx.Client) -> None:
    for next in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
        assert "evil" not in page.get("/login", params={"next": next}).text
    assert sign_in(page, next="//evil.example").headers["location"] == "/"


@pytest.mark.usefixtures("anna")
def test_a_planted_session_never_grows(page: httpx.Client, closed: Settings) -> None:
    """Session fixation: an attacker gives the victim a cookie, and uses it after the victim has signed in."""
    planted = signed_in(closed, Role.READER, "eve")
    page.cookies.update(planted)
    assert sign_in(page).status_code == 303
    mine = page.cookies.get("session", domain="127.0.0.1")
    assert mine not in (None, *planted.values())
    with db.transaction() as session:
        assert sessions.find(session, planted["session"]) is None
    for chosen in ("chosen-by-eve", "A" * 43):
        with httpx.Client(base_url=page.base_url, cookies={"session": chosen}, headers=page.headers) as other:
            [cookie] = cookies(sign_in(other))
            assert chosen not in cookie
    assert {one[0] for one in rows("SELECT length(token_hash) FROM web_sessions")} == {64}


async def statuses(made: FastAPI, cookies: dict[str, str], addresses: Iterable[str]) -> list[tuple[int, str]]:
    """The answers of an application to a user."""
    transport = httpx.ASGITransport(made)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=cookies) as client:
        answers = [await client.get(address) for address in addresses]
    return [(answer.status_code, answer.text) for answer in answers]


def test_each_role_does_its_own_and_no_more(closed: Settings) -> None:
    """Over an address of each act; that of operators is one that names no act."""
    made = application(settings=closed)
    made.get("/test/edit")(needs(Act.EDIT)(lambda: "done"))
    made.get("/test/unnamed")(lambda: "done")
    wanted = {"/feed": Role.READER, "/test/edit": Role.EDITOR, "/test/unnamed": Role.OPERATOR}
    order = list(Role)
    for role in order:
        for (address, least), (status, text) in zip(
            wanted.items(), asyncio.run(statuses(made, signed_in(closed, role), wanted)), strict=True
        ):
            allowed = order.index(role) >= order.index(least)
            assert status == (200 if allowed else 403), (role, address)
            assert allowed or f"needs the role {least}" in text


def test_acts_of_operators_need_a_session_on_this_machine_too(settings: Settings) -> None:
    made = application(settings=settings)
    made.get("/test/unnamed")(lambda: "done")
    [(without, _)] = asyncio.run(statuses(made, {}, ["/test/unnamed"]))
    [(within, _)] = asyncio.run(statuses(made, signed_in(settings, Role.OPERATOR), ["/test/unnamed"]))
    assert (without, within) == (401, 200)


def test_a_form_carries_the_token_of_its_own_session(page: httpx.Client, closed: Settings) -> None:
    mine, other = signed_in(closed, Role.READER, "anna"), signed_in(closed, Role.READER, "bob")
    page.cookies.update(mine)
    own = form_token(mine["session"])
    assert own in page.get("/ask").text
    for token in (None, "", form_token(other["session"]), mine["session"], own.upper()):
        answer = page.post("/ask", data={"q": WRONG, **({} if token is None else {"form_token": token})})
        assert answer.status_code == 403, token
        assert "another session" in answer.text
    assert page.post("/ask", data={"q": WRONG, "form_token": own}).status_code == 400
    assert page.post("/ask", data={"q": WRONG}, headers={"X-Form-Token": own}).status_code == 400


def test_a_link_signs_in_once_and_no_look_at_it_uses_it_up(page: httpx.Client) -> None:
    link = make_link()
    for _ in range(3):
        assert page.head(link).status_code in (200, 405)
        assert page.get(link, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"}).status_code == 200
    text = page.get(link).text
    assert "Sign in</button>" in text
    assert "next=" not in text, "the token goes into no other address"
    answer = page.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/"), "the token leaves the address"
    assert "one-time link <small>operator</small>" in page.get("/").text
    for _ in range(2):  # replayed, by another browser
        with httpx.Client(base_url=page.base_url, headers=page.headers) as other:
            again = other.post(link)
            assert (again.status_code, cookies(again)) == (410, [])
            assert other.get(link).status_code == 410
    assert page.post(make_link() + "x").status_code == 410


def test_up_prints_a_link_unless_a_proxy_signs_users_in(page: httpx.Client, closed: Settings) -> None:
    proxied = Settings(web_proxy_networks="10.0.0.5", web_proxy_header="X-Forwarded-User")
    assert sign_in_link(entry_of(proxied)) is None
    assert sign_in_link(entry_of(Settings())) is not None, "on this machine, too: acts need a session"
    link = sign_in_link(entry_of(closed))
    assert link is not None
    shown = sign_in_row(str(page.base_url).rstrip("/"), link)
    assert page.post(shown.partition(" ")[0]).status_code == 303
    assert "users link" in sign_in_row("", replace(link, until=link.until - LINK)), "the address of an old link goes"


def test_an_old_link_is_over(page: httpx.Client) -> None:
    link = make_link()
    change("UPDATE one_time_links SET expires_at = now()")
    assert page.get(link).status_code == 410
    assert page.post(link).status_code == 410
    assert one("SELECT used_at IS NULL FROM one_time_links")


@pytest.mark.usefixtures("anna")
def test_a_user_who_is_removed_is_out_at_once(page: httpx.Client) -> None:
    sign_in(page)
    assert page.get("/feed").status_code == 200
    with db.transaction() as session:
        users.remove(session, "anna")
    assert page.get("/feed").status_code == 303
    assert sign_in(page).status_code == 401


def test_on_this_machine_all_read_and_a_session_makes_more_of_one(settings: Settings) -> None:
    with browsing(settings) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        assert 'href="/login?next=/feed"' in client.get("/feed").text
        assert client.post("/ask", data={"q": WRONG}).status_code == 400
        assert client.post(make_link()).status_code == 303
        assert "<small>operator</small>" in client.get("/feed").text
        assert client.post("/ask", data={"q": WRONG}).status_code == 403, "a cookie speaks for the user: now a token"


@pytest.mark.usefixtures("anna")
def test_on_https_the_cookie_is_for_https_and_this_host(closed: Settings) -> None:
    secure = closed.model_copy(update={"web_url": "https://archive.example.org"})
    with browsing(secure) as client:
        client.headers.update({"Host": "archive.example.org", "Origin": "https://archive.example.org"})
        [cookie] = cookies(sign_in(client))
        assert re.fullmatch(r"__Host-session=[\w-]{43}; HttpOnly; Max-Age=\d+; Path=/; SameSite=lax; Secure", cookie)
        pair = cookie.partition(";")[0]
        assert client.get("/feed", headers={"Cookie": pair}).status_code == 200
        plain = pair.removeprefix("__Host-")
        assert client.get("/feed.json", headers={"Cookie": plain}).status_code == 401, "a cookie of a lesser name"


@pytest.mark.parametrize("way", [{"web_login": True}, {"web_proxy_networks": "10.0.0.1", "web_proxy_header": "X-User"}])
def test_a_page_that_no_user_can_enter_does_not_start(settings: Settings, way: dict[str, object]) -> None:
    wanted = settings.model_copy(update={"web_host": "0.0.0.0", "web_names": "a.example", **way})
    with pytest.raises(UserError, match="media-audit users add NAME --role operator"):
        web.run(wanted, Event())


def test_no_password_and_no_token_reaches_the_log(
    page: httpx.Client, anna: None, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    sign_in(page, password="a wrong password of anna")
    sign_in(page)
    link = make_link()
    page.post(link)
    said = "".join(capfd.readouterr()) + "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert "wrong name or password" in said
    for secret in (PASSWORD, "a wrong password of anna", link, page.cookies["session"]):
        assert secret not in said
