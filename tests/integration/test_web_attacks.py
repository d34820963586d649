"""Requests that no browser sends: slow, oversized, malformed, too many. None stops the page for others."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial

import httpx
import pytest

from app.daemons import web
from app.settings import Settings
from app.web.limits.connection import Patience
from app.web.limits.well_formed import LARGEST, LONGEST
from tests.browsing import serving
from tests.rows import until

SOON = 0.2  # seconds of patience
IMPATIENT = Patience(head=SOON, body=SOON, answer=SOON, served=5, open=10)
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    """The port of a page that waits for no client and serves five."""
    unlimited = settings.model_copy(update={"web_rate_factor": 0})
    with serving(unlimited, partial(web.run, patience=IMPATIENT)) as url:
        yield httpx.URL(url).port or 0


@pytest.fixture
def page(port: int) -> Iterator[httpx.Client]:
    """A client of that page; each of its requests has a connection of its own."""
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=30) as client:
        yield client


def connected(port: int) -> socket.socket:
    """A connection to the page."""
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def rest(line: socket.socket) -> bytes:
    """All that still comes, until the page closes the connection."""
    found = b""
    with suppress(ConnectionError):
        while part := line.recv(65_536):
            found += part
    return found


def answer(port: int, request: bytes) -> bytes:
    """The answer to these bytes."""
    with connected(port) as line:
        with suppress(ConnectionError):
            line.sendall(request)
        return rest(line)


def post(length: bytes) -> bytes:
    """The head of a question whose body is as long as this header says."""
    return b"POST /ask HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n" + FORM + length + b"\r\n\r\n"


def is_dropped_while_it_drips(line: socket.socket, drop: bytes) -> bool:
    """Whether the page closes a connection that gets a byte every moment."""
    end = time.monotonic() + 10
    with suppress(ConnectionError):
        while time.monotonic() < end:
            line.sendall(drop)
            line.settimeout(SOON / 10)
            with suppress(TimeoutError):
                return line.recv(1_000) == b""
        return False
    return True


def test_a_head_that_comes_byte_by_byte_is_given_up(port: int, page: httpx.Client) -> None:
    with connected(port) as line:
        line.sendall(b"GET /feed HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert is_dropped_while_it_drips(line, b"x")
    with connected(port) as line:  # the second request of a connection is no way around
        line.sendall(b"HEAD /static/page.css HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 200 " in line.recv(65_536)
        assert is_dropped_while_it_drips(line, b"G")
    assert page.get("/feed").status_code == 200


def test_a_body_that_comes_byte_by_byte_is_given_up_and_asks_nothing(port: int, page: httpx.Client) -> None:
    with connected(port) as line:
        line.sendall(post(b"Content-Length: 1000") + b"q=Where+is+the+ferry")
        assert is_dropped_while_it_drips(line, b"y")
    assert page.get("/ask/1").status_code == 404


def test_an_answer_that_is_not_read_is_given_up(port: int, page: httpx.Client) -> None:
    with ExitStack() as lines:
        for _ in range(5):
            line = lines.enter_context(connected(port))
            line.settimeout(SOON)
            with suppress(ConnectionError, TimeoutError):
                line.sendall(b"GET /static/page.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1_000)
        until(lambda: page.get("/static/page.css").status_code == 200, "a place for others", 10)


@pytest.mark.parametrize("length", [b"Content-Length: 99999999999", b"Transfer-Encoding: chunked"])
def test_a_body_beyond_any_form_is_refused(port: int, page: httpx.Client, length: bytes) -> None:
    with connected(port) as line:
        line.sendall(post(length))
        with suppress(ConnectionError):
            for _ in range(2 * LARGEST // 1_000):
                line.sendall(b"3e8\r\n" + b"x" * 1_000 + b"\r\n")
        told = line.recv(65_536)
    assert told.startswith(b"HTTP/1.1 413 ")
    assert b"content-security-policy" in told
    assert page.get("/feed").status_code == 200


def test_too_many_connections_are_refused_and_then_served_again(port: int, page: httpx.Client) -> None:
    with ExitStack() as lines:
        idle = [lines.enter_context(connected(port)) for _ in range(5)]
        refusal = page.get("/static/page.css")
        assert (refusal.status_code, refusal.headers["retry-after"]) == (503, "1")
        idle += [lines.enter_context(connected(port)) for _ in range(20)]
        assert [rest(line) for line in idle] == [b""] * 25, "all are closed in the end"
    until(lambda: page.get("/static/page.css").status_code == 200, "a place", 10)


LENGTHS = (
    b"Content-Length: 3\r\nContent-Length: 30",
    b"Content-Length: 3, 30",
    b"Content-Length: 30\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Content-Length : 3",
    b"Content-Length: +3",
    b"Content-Length: 0x3",
)


def test_a_request_that_two_servers_could_read_in_two_ways_is_refused(port: int) -> None:
    smuggled = b"0\r\n\r\nGET /static/page.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for length in LENGTHS:
        told = answer(port, post(length) + smuggled)
        assert told.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ")), length
        assert told.count(b"HTTP/1.1 ") == 1, "the second request is not answered"


@pytest.mark.parametrize("size", [LONGEST, 1_000_000])
def test_an_absurdly_long_query_is_refused(port: int, page: httpx.Client, size: int) -> None:
    head = b"GET /search?q=" + b"x" * size + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert answer(port, head)[:12] in (b"HTTP/1.1 414", b"HTTP/1.1 400", b"")
    assert page.get("/search", params={"q": "x" * 8_000}).status_code == 400
    assert page.get("/feed").status_code == 200


def test_head_is_answered_wherever_get_is(page: httpx.Client) -> None:
    for address in ("/", "/feed", "/feed.json", "/search?q=a", "/ask", "/open?link=x", "/newer.json?top=x", "/nowhere"):
        head, get = page.head(address), page.get(address)
        assert (head.status_code, head.content) == (get.status_code, b""), address
        assert head.headers["content-type"] == get.headers["content-type"]


def test_unknown_methods_are_refused(port: int, page: httpx.Client) -> None:
    own = {"Origin": str(page.base_url).rstrip("/")}
    for method in ("PUT", "DELETE", "PATCH", "PROPFIND", "TRACE"):
        assert page.request(method, "/feed", headers=own).status_code == 405, method
    assert page.request("OPTIONS", "/feed").status_code == 405
    assert answer(port, b"CONNECT other:443 HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 4")
    assert answer(port, b"\x16\x03\x01\x02\x00\x01\x00").startswith(b"HTTP/1.1 400 "), "TLS"


SIGNS = ("%00", "%1B%5B2J", "%0D%0A%0D%0A", "%E2%80%AE", "%EF%BF%BE", "%ED%A0%80")
PLACES = (
    "/feed?cursor={}",
    "/c/{}",
    "/p/{}/1",
    "/m/{}",
    "/search?q={}",
    "/search?q=a&cursor={}",
    "/search?q=a&order={}",
    "/search/refine?q=a&channel={}",
    "/ask?q={}",
    "/open?link={}",
    "/newer.json?top={}",
    "/language/en?back={}",
    "/language/{}",
    "/media/{}",
    "/static/{}",
)


def test_control_signs_are_no_faults(page: httpx.Client) -> None:
    for place in PLACES:
        for sign in SIGNS:
            told = page.get(place.format(f"a{sign}b"))
            assert told.status_code < 500, (place, sign)
            assert "\x00" not in told.text
        assert page.get(place.format("%00")).status_code == 400, place


def test_control_signs_of_a_form_are_no_faults(page: httpx.Client) -> None:
    own = {"Origin": str(page.base_url).rstrip("/")}
    for form in ({"q": "\x00"}, {"q": "a", "channel": "\x00"}, {"q": "a", "agreed": "\x00"}, {}):
        told = page.post("/ask", data=form, headers=own)
        assert told.status_code == 400, form
    many = "&".join(f"f{number}=1" for number in range(5_000))
    told = page.post("/ask", content=many, headers=own | {"Content-Type": "application/x-www-form-urlencoded"})
    assert told.status_code == 400
    broken = {"Content-Type": "multipart/form-data"}
    assert page.post("/ask", content=b"--x", headers=own | broken).status_code == 400


NAMES = ("../safety.py", "..%2fsafety.py", "%2e%2e/safety.py", "/etc/passwd", "..\\safety.py", ".", "..;/safety.py")


def test_no_address_leads_out_of_the_static_files(port: int) -> None:
    for name in NAMES:
        told = answer(port, f"GET /static/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert told.startswith(b"HTTP/1.1 404 "), name
        assert b"class SafeHeaders" not in told
