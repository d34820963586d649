"""Feeds over HTTP: the strict set of one search, for those who have its address, until it is revoked."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree

import httpx
import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from app.access import api_tokens, users
from app.access.api_tokens import Owner, Wanted
from app.alerts import acts, feeds
from app.cli.main import cli
from app.daemons import metrics_server
from app.db import transaction
from app.domain.access.roles import Role
from app.domain.access.scopes import Scope
from app.errors import UserError
from app.local.fleet import METRICS_URL
from app.observe import files
from app.search.saved import save
from app.settings import get_settings
from app.web.safety import HEADERS
from app.web.visitors import form_token
from tests.browsing import browsing, serving, signed_in
from tests.factories.alerts import EDITOR
from tests.factories.messages import message, now
from tests.factories.rows import channel
from tests.integration.pipeline.database import change, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.search_rows import put
from tests.unit.test_feeds import ATOM, checked, text

URL = "https://archive.example.org"


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client without a session of a page with a login, over three posts about ferries and one other."""
    hour = timedelta(hours=1)
    flow.post(
        message(1, "Паром отменён", date=now() - 4 * hour),
        message(2, "Трамвай", date=now() - 3 * hour),
        message(3, "Паромы ходят", date=now() - 2 * hour),
        message(4, "<b>Паром</b> & \x0b]]>", date=now() - hour),
    )
    flow.watch()
    with browsing(get_settings().model_copy(update={"web_login": True, "web_url": URL})) as client:
        client.headers["Host"] = f"127.0.0.1:{client.base_url.port}"
        yield client


def feed(name: str = "ferries", query: str = "паром") -> str:
    """The path of the feed of a new alert."""
    with transaction() as session:
        save(session, name, query)
        made = acts.add(session, EDITOR, acts.Wanted(name, feed=True))
    assert made.feed is not None
    return made.feed


def entries(answer: httpx.Response) -> list[ElementTree.Element]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return checked(answer.content).findall(ATOM + "entry")


def titles(answer: httpx.Response) -> list[str]:
    return [text(entry, "title") for entry in entries(answer)]


def test_a_feed_has_the_strict_set_newest_first_without_a_session(page: httpx.Client) -> None:
    path = feed()
    assert page.get("/feed.json").status_code == 401
    answer = page.get(path)
    assert titles(answer) == ["<b>Паром</b> & ]]>", "Паромы ходят", "Паром отменён"]
    [newest, *_] = entries(answer)
    assert [link.get("href", "").rsplit("/", 1) for link in newest.findall(ATOM + "link")] == [
        [f"{URL}/p/{_channel()}", "4"],
        [f"https://t.me/{_channel()}", "4"],
    ]
    expected = HEADERS | {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
    assert {name: answer.headers[name] for name in expected} == expected


def _channel() -> str:
    [(name,)] = rows("SELECT username FROM channels")
    return str(name)


def test_a_feed_has_the_newest_fifty(page: httpx.Client) -> None:
    path = feed(query="автобус")
    with transaction() as session:
        buses = channel(session, "@buses", telegram_id=777).id
        for number in range(1_001, 1_053):
            put(session, number, f"Автобус {number}", day=number, channel=buses)
    assert titles(page.get(path)) == [f"Автобус {number}" for number in range(1_052, 1_002, -1)]


def test_a_reader_gets_what_is_new_and_no_more(page: httpx.Client, flow: Flow) -> None:
    path = feed()
    first = page.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    again = page.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "last-modified" in first.headers
    assert page.head(path).headers["etag"] == first.headers["etag"]
    ids = [text(entry, "id") for entry in entries(first)]
    flow.post(message(3, "Паромы ходят снова", date=now() - timedelta(hours=2)))
    flow.run()
    changed = page.get(path, headers=known)
    assert [text(entry, "id") for entry in entries(changed)] == ids
    assert "Паромы ходят снова" in titles(changed)
    assert changed.headers["etag"] != first.headers["etag"]


def test_an_address_is_kept_as_a_hash_and_told_in_no_entry(page: httpx.Client) -> None:
    path = feed()
    token = path.removeprefix("/feeds/").removesuffix(".atom")
    tables = rows("SELECT d::text FROM alert_destinations d") + rows("SELECT e::text FROM audit_entries e")
    assert token not in str(tables)
    assert token not in repr(acts.Made(1, "ferries", None, path))


def test_a_new_address_ends_the_one_before_and_revoking_ends_both(page: httpx.Client) -> None:
    first = feed()
    with transaction() as session:
        second = feeds.renew(session, EDITOR, "ferries").path
    assert page.get(first).status_code == 404
    assert page.get(second).status_code == 200
    with transaction() as session:
        feeds.revoke(session, EDITOR, "ferries")
    refused = page.get(second)
    assert refused.status_code == 404
    assert refused.headers["referrer-policy"] == "no-referrer"
    assert second not in refused.text
    with pytest.raises(UserError, match="no address"), transaction() as session:
        feeds.revoke(session, EDITOR, "ferries")
    told = rows("SELECT act, target, actor FROM audit_entries WHERE act LIKE 'feed.%' ORDER BY id")
    assert told == [("feed.add", "ferries", "anna"), ("feed.revoke", "ferries", "anna")]


def test_an_alert_that_is_removed_takes_its_feed_along(page: httpx.Client) -> None:
    path = feed()
    with transaction() as session:
        acts.remove(session, EDITOR, "ferries")
    assert page.get(path).status_code == 404


def test_the_token_of_a_feed_opens_nothing_else(page: httpx.Client) -> None:
    path = feed()
    other = feed("trams", "трамвай")
    token = path.removeprefix("/feeds/").removesuffix(".atom")
    assert titles(page.get(other)) == ["Трамвай"]
    as_session = {"Cookie": f"session={token}; __Host-session={token}"}
    assert page.get(path, headers=as_session | {"Authorization": f"Bearer {token}"}).status_code == 200
    for address in ("/feed.json", "/search.json?q=паром", "/alerts.json", "/tokens.json", "/media/" + "0" * 64):
        assert page.get(address, headers=as_session).status_code in (401, 404), address
        assert page.get(address, headers={"Authorization": f"Bearer {token}"}).status_code in (401, 404), address
        assert page.get(address, params={"token": token}).status_code in (401, 404), address
    for address in (f"/link/{token}", f"/feeds/{token}", f"/feeds/{token}.json"):
        assert page.get(address).status_code in (401, 404, 410), address
    for odd in ("", "x", token[:-1], token + "x", token.swapcase(), "%00", "../" + token, token + "%0a"):
        assert page.get(f"/feeds/{odd}.atom").status_code in (400, 401, 404), odd
    assert page.post(path, headers={"Origin": str(page.base_url).rstrip("/")}).status_code == 405


def test_no_other_token_opens_a_feed(page: httpx.Client) -> None:
    feed()
    with transaction() as session:
        anna = users.add(session, "anna", Role.OPERATOR, None)
        wanted = Wanted("a program", list(Scope))
        token = api_tokens.make(session, EDITOR, Owner(anna, Role.OPERATOR), wanted).token
    [(kept,)] = rows("SELECT token_hash FROM alert_destinations")
    cookies = signed_in(get_settings().model_copy(update={"web_login": True, "web_url": URL}), "operator", "anna")
    for other in (token, str(kept), *cookies.values(), ""):
        assert page.get(f"/feeds/{other}.atom").status_code in (401, 404)


def test_the_address_stands_in_no_log_and_no_metric(page: httpx.Client) -> None:
    path = feed()
    token = path.removeprefix("/feeds/").removesuffix(".atom")
    files.attach(get_settings())
    with capture_logs() as lines:
        page.get(path)
        change("ALTER TABLE alert_destinations RENAME TO elsewhere")
        try:
            fault = page.get(path)
        finally:
            change("ALTER TABLE elsewhere RENAME TO alert_destinations")
    with serving(get_settings(), metrics_server.run, METRICS_URL) as url:
        told = httpx.get(url).text
    files.detach()
    assert fault.status_code == 500
    assert [line["path"] for line in lines if line["event"] == "a page failed"] == ["/feeds/***"]
    assert token not in str([{name: value for name, value in line.items() if name != "exc_info"} for line in lines])
    assert 'route="/feeds/{token}.atom"' in told
    assert token not in told


def test_a_search_that_cannot_be_asked_is_tried_again_later(page: httpx.Client) -> None:
    path = feed()
    change("UPDATE saved_searches SET query = 'channel:@gone'")
    answer = page.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "600")
    assert "gone" not in answer.text


def test_a_reader_that_asks_too_often_waits(page: httpx.Client) -> None:
    path = feed()
    began = time.monotonic()
    answers = [page.get(path, headers={"If-None-Match": "*"}) for _ in range(61)]
    if time.monotonic() - began < 30:  # the window slides
        assert answers[-1].status_code == 429
        assert path not in answers[-1].text


@pytest.mark.usefixtures("flow")
def test_the_command_shows_an_address_once() -> None:
    with transaction() as session:
        save(session, "ferries", "паром")
    run = CliRunner()
    made = json.loads(run.invoke(cli, ["alerts", "add", "ferries", "--feed", "--json"]).stdout)
    assert made["feed"].startswith("http://127.0.0.1:")
    assert made["feed"].endswith(".atom")
    renewed = run.invoke(cli, ["alerts", "feed", "ferries"])
    assert renewed.stdout.strip().endswith(".atom")
    assert renewed.stdout.strip() != made["feed"]
    assert "WEB_URL" in renewed.stderr
    assert run.invoke(cli, ["alerts", "feed", "ferries", "--revoke"]).exit_code == 0
    assert rows("SELECT token_hash FROM alert_destinations") == [(None,)]
    listed = run.invoke(cli, ["alerts", "list", "--json"]).stdout
    assert ".atom" not in listed


def test_an_editor_renews_and_ends_address_and_secret_on_the_page(page: httpx.Client) -> None:
    with transaction() as session:
        save(session, "ferries", "паром")
    closed = get_settings().model_copy(update={"web_login": True, "web_url": URL})
    [(name, token)] = signed_in(closed, "editor", "anna").items()

    def send(address: str, **fields: str) -> str:
        headers = {"Origin": str(page.base_url).rstrip("/"), "Cookie": f"{name}={token}"}
        answer = page.post(address, data={"form_token": form_token(token), **fields}, headers=headers)
        if answer.status_code == 303:
            answer = page.get(answer.headers["location"], headers=headers)
        assert answer.status_code == 200, answer.text
        return unescape(answer.text)

    def shown(text: str) -> str:
        [path] = re.findall(rf"{re.escape(URL)}(/feeds/[\w-]+\.atom)", text)
        return str(path)

    made = send("/alerts", search="ferries", feed="true", webhook="https://hooks.example.org/x")
    first = shown(made)
    assert len(titles(page.get(first))) == 3
    [(number,)] = rows("SELECT id FROM alerts")
    [old], [new] = (re.findall(r"whsec_[\w+/=]{44}", one) for one in (made, send(f"/alerts/{number}/secret")))
    assert rows("SELECT secrets FROM alert_destinations WHERE medium = 'webhook'") == [([new, old],)]
    assert "ferries signs with its newest secret alone" in send(f"/alerts/{number}/secret/end")
    assert rows("SELECT secrets FROM alert_destinations WHERE medium = 'webhook'") == [([new],)]
    second = shown(send(f"/alerts/{number}/feed"))
    assert [page.get(path).status_code for path in (first, second)] == [404, 200]
    ended = send(f"/alerts/{number}/feed/revoke")
    assert "ferries has no address of its feed any more" in ended
    assert "without an address" in ended
    assert page.get(second).status_code == 404
    assert rows("SELECT act, actor, via FROM audit_entries WHERE act LIKE 'feed.%' ORDER BY id") == [
        ("feed.add", "anna", "page"),
        ("feed.revoke", "anna", "page"),
    ]
