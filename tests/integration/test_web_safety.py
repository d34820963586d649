"""The page is for its own readers: names, headers, addresses and limits of its server."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress

import httpx
import pytest

from app.daemons import web
from app.errors import UserError
from app.settings import Settings
from app.web.safety import HEADERS
from tests.browsing import browsing


@pytest.fixture
def page(settings: Settings) -> Iterator[httpx.Client]:
    """A client of a page over an empty archive."""
    with browsing(settings) as client:
        yield client


def test_every_answer_has_the_headers(page: httpx.Client) -> None:
    for address in ("/feed", "/feed.json", "/nowhere", "/static/page.css", "/feed?cursor=x", "/search?q=has:"):
        answer = page.get(address)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "unsafe" not in answer.headers["content-security-policy"]
        # Under `no-referrer` browsers name no origin for our own forms, which would all be refused.
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "server" not in answer.headers


def test_another_name_of_this_machine_reads_nothing(page: httpx.Client) -> None:
    """A site that resolves its own name to 127.0.0.1 would else read the archive in its visitors' browsers."""
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80", "", "localhost.evil"):
        answer = page.get("/feed", headers={"Host": host})
        assert answer.status_code == 400, host
        assert "Media Audit" not in answer.text


def test_this_machine_has_two_names(page: httpx.Client) -> None:
    port = page.base_url.port
    for host in (f"localhost:{port}", f"127.0.0.1:{port}"):
        assert page.get("/feed", headers={"Host": host}).status_code == 200


def test_pages_name_no_other_site_and_hold_no_script_of_their_own(page: httpx.Client) -> None:
    text = page.get("/feed").text
    assert re.findall(r'(?:src|href)="(?!/)(?!#)[^"]*"', text) == []
    assert re.findall(r"<script(?! src)|\son\w+=|style=", text) == []


@pytest.mark.parametrize("sign", ["%00", "%ff", "%0d%0aX-Evil:%201", "%F0%9F%98%80", "'", "%5C", "{{7*7}}", "%25"])
def test_odd_signs_are_no_faults(page: httpx.Client, sign: str) -> None:
    for address in (
        "/c/{}",
        "/p/{}/1",
        "/open?link={}",
        "/feed?cursor={}",
        "/newer.json?top={}",
        "/language/{}",
        "/{}",
    ):
        answer = page.get(address.format(sign))
        assert answer.status_code in (400, 404), address
        assert "x-evil" not in answer.headers


def test_no_other_site_can_change_anything(page: httpx.Client) -> None:
    own = str(page.base_url).rstrip("/")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for headers in (
            {},
            {"Origin": "null"},
            {"Origin": ""},
            {"Origin": "https://evil.example"},
            {"Origin": f"{own}.evil.example"},
            {"Origin": "http://127.0.0.1:1"},
            {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Referer": f"{own}/ask"},
        ):
            assert page.request(method, "/ask", headers=headers, data={"q": "a"}).status_code == 403, headers
        assert page.request(method, "/feed", headers={"Origin": own}).status_code == 405


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::"])
def test_it_does_not_start_for_the_whole_network(settings: Settings, host: str) -> None:
    with pytest.raises(UserError, match=r"WEB_HOST.*127\.0\.0\.1"):
        web.run(settings.model_copy(update={"web_host": host}), threading.Event())


def test_a_taken_port_is_replaced(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = settings.model_copy(update={"web_port": other.getsockname()[1]})
        with closing(web.listen(taken)) as listener:
            assert listener.getsockname()[1] != other.getsockname()[1]


def test_a_long_head_ends_the_connection(page: httpx.Client) -> None:
    with socket.create_connection(("127.0.0.1", page.base_url.port or 0), timeout=20) as line:
        line.sendall(b"GET /feed HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        with suppress(ConnectionError):  # closed while it is being sent
            for _ in range(64):
                line.sendall(b"x" * 65_536)
        with suppress(ConnectionError):
            assert b" 200 " not in line.recv(1_000)
    assert page.get("/feed").status_code == 200


def test_pages_are_packed_and_small(page: httpx.Client) -> None:
    sizes = []
    for address in ("/feed", "/static/page.css", "/static/page.js"):
        with page.stream("GET", address) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            sizes.append(len(b"".join(answer.iter_raw())))
    assert sum(sizes) < 60_000


def test_the_style_may_be_kept_as_its_address_changes_with_it(page: httpx.Client) -> None:
    [address] = re.findall(r'href="(/static/page.css\?v=[0-9a-f]{12})"', page.get("/feed").text)
    assert page.get(address).headers["content-type"].startswith("text/css")
