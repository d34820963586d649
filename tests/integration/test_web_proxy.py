"""A proxy names the user: believed from its networks alone, and for users of the page."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from app import db
from app.access import users
from app.domain.access.roles import Role
from app.settings import Settings
from tests.browsing import browsing, signed_in

HEADER = "X-Forwarded-User"


@pytest.fixture
def behind(settings: Settings) -> Settings:
    """Settings of a page behind a proxy on this machine."""
    with db.transaction() as session:
        users.add(session, "anna", Role.READER, None)
        users.add(session, "пётр", Role.OPERATOR, None)
    return settings.model_copy(update={"web_proxy_networks": "127.0.0.1", "web_proxy_header": HEADER})


@pytest.fixture
def page(behind: Settings) -> Iterator[httpx.Client]:
    """A client that speaks as the proxy does."""
    with browsing(behind) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        yield client


def test_the_proxy_names_the_user(page: httpx.Client) -> None:
    for name in ("anna", "Anna"):
        text = page.get("/feed", headers={HEADER: name}).text
        assert "anna <small>reader</small>" in text
        assert "/login" not in text
        assert "/logout" not in text
    russian = {HEADER.encode(): "Пётр".encode()}
    assert "пётр <small>operator</small>" in page.get("/feed", headers=russian).text


@pytest.mark.parametrize("given", [[], ["bob"], [""], ["anna", "anna"], ["anna", "пётр"], ["anna,пётр"], ["' OR 1=1"]])
def test_no_name_two_names_and_unknown_names_are_refused(page: httpx.Client, given: list[str]) -> None:
    headers = [(HEADER.encode(), name.encode()) for name in given]
    for address in ("/", "/feed", "/feed.json", "/media/" + "0" * 64):
        answer = page.get(address, headers=headers)
        assert answer.status_code == 403, address
        assert "users add NAME" in answer.text
    assert page.get("/feed", headers=[(HEADER.encode(), b"\xff\xfe")]).status_code == 403


def test_a_removed_user_is_refused(page: httpx.Client) -> None:
    with db.transaction() as session:
        users.remove(session, "anna")
    assert page.get("/feed", headers={HEADER: "anna"}).status_code == 403


def test_the_name_of_another_peer_is_the_word_of_a_stranger(behind: Settings) -> None:
    """Also where the request says that it came through the proxy."""
    elsewhere = behind.model_copy(update={"web_proxy_networks": "10.0.0.0/8, ::1"})
    with browsing(elsewhere) as client:
        for more in ({}, {"X-Forwarded-For": "10.0.0.1"}, {"Forwarded": "for=10.0.0.1"}, {"X-Real-IP": "10.0.0.1"}):
            answer = client.get("/feed", headers={HEADER: "anna", **more})
            assert answer.status_code == 403
            assert "through its proxy" in answer.text


def test_sessions_and_logins_do_not_count_there(page: httpx.Client, behind: Settings) -> None:
    page.cookies.update(signed_in(behind, Role.OPERATOR, "пётр"))
    assert page.get("/feed").status_code == 403
    assert page.get("/login").status_code == 404
    assert page.post("/login", data={"name": "anna", "password": "x"}).status_code == 404
    assert page.get("/health").status_code == 200


def test_forms_carry_the_token_of_their_user(page: httpx.Client) -> None:
    anna, other = {HEADER: "anna"}, {HEADER.encode(): "пётр".encode()}
    [token] = set(re.findall(r'name="form_token" value="(\w{64})"', page.get("/ask", headers=anna).text))
    for data, headers, status in (
        ({}, anna, 403),
        ({"form_token": token}, other, 403),
        ({"form_token": token}, anna, 400),
    ):
        assert page.post("/ask", data={"q": "kind:dinosaur", **data}, headers=headers).status_code == status
