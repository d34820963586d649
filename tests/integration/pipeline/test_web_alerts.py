"""The pages of saved searches and alerts over HTTP: each act of an editor, and who may not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from app.domain.access.roles import Role
from app.errors import Permanent
from app.settings import get_settings
from app.web.visitors import form_token
from tests.browsing import browsing, signed_in
from tests.factories.alerts import CHAT, HOOK, Receiver
from tests.factories.messages import message, now
from tests.integration.pipeline.database import rows
from tests.integration.pipeline.flow import Flow


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page with the session of an editor; @news has a post of now."""
    flow.watch()
    flow.post(message(2, "Паром ушёл", date=now()))
    flow.run()
    with browsing(get_settings()) as client:
        client.cookies.update(signed_in(get_settings(), Role.EDITOR, "anna"))
        client.headers["Origin"] = str(client.base_url).rstrip("/")  # as browsers send with a form
        yield client


def send(page: httpx.Client, address: str, **fields: str) -> str:
    """Sends a form; the page that confirms it, as text."""
    answer = page.post(address, data={"form_token": form_token(page.cookies["session"]), **fields})
    if answer.status_code == 303:
        answer = page.get(answer.headers["location"])
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def test_an_editor_keeps_a_search_and_fills_the_box_again(flow: Flow, page: httpx.Client) -> None:
    shown = unescape(page.get("/search", params={"q": "паром -слух"}).text)
    assert re.search("Posts for which an alert would fire(: 1)?<", shown), "counted where there is time"
    assert 'name="q" value="паром -слух"' in shown, "the form keeps the query of the box"
    assert "boats is a saved search now" in send(page, "/saved", name="Boats", q="паром -слух")
    listed = unescape(page.get("/saved").text)
    [again] = set(re.findall(r'href="(/search\?q=[^"&]*)"', listed))
    assert 'value="паром -слух"' in unescape(page.get(again).text)
    [search] = page.get("/saved.json").json()["searches"]
    assert (search["name"], search["query"], search["alerts"]) == ("boats", "паром -слух", [])
    assert "boats is forgotten" in send(page, "/saved/remove", name="boats")
    assert page.get("/saved.json").json()["searches"] == []
    acts = rows("SELECT actor, via, act, target FROM audit_entries ORDER BY id")
    assert acts == [("anna", "page", "search.save", "boats"), ("anna", "page", "search.remove", "boats")]


def test_an_editor_makes_an_alert_and_follows_its_deliveries(flow: Flow, page: httpx.Client) -> None:
    receiver = Receiver(failures=[Permanent("the receiver answered 400")])
    flow.drive.notifiers = receiver.media()
    send(page, "/saved", name="boats", q="паром")
    assert "for which it would have fired: 1." in unescape(page.get("/alerts/preview?search=boats").text)
    made = send(page, "/alerts", search="boats", webhook=f"{HOOK}/key-77", chat=CHAT, feed="true", again="true")
    [secret] = re.findall(r"whsec_[\w+/=]{40,}", made)
    [alert] = page.get("/alerts.json").json()["alerts"]
    assert [to["shown"] for to in alert["destinations"]] == ["hooks.example.org", CHAT, ""]
    assert alert["again"] is True
    flow.post(message(3, "Паром вернулся", date=now()))
    flow.run()
    number = alert["id"]
    shown = unescape(page.get(f"/alerts/{number}").text)
    assert "the receiver answered 400" in shown
    [hit] = page.get(f"/alerts/{number}.json").json()["page"]["hits"]
    overview = unescape(page.get("/").text)
    assert re.search(f'<a href="/alerts/{number}">boats</a>: <a href="{hit["address"]}">', overview)
    dead, _ = sorted(hit["deliveries"], key=lambda one: one["state"] != "dead")
    resent = send(page, f"/alerts/{number}/resend", hit=str(hit["id"]), destination=str(dead["destination"]))
    assert "boats will be sent once more" in resent
    flow.drive.settle()
    [hit] = page.get(f"/alerts/{number}.json").json()["page"]["hits"]
    assert {one["state"] for one in hit["deliveries"]} == {"done"}
    assert "boats is paused" in send(page, f"/alerts/{number}/pause")
    assert "boats fires again" in send(page, f"/alerts/{number}/resume")
    everything = "".join(page.get(path).text for path in ("/alerts", f"/alerts/{number}", "/alerts.json", "/saved"))
    assert not [one for one in (secret, "key-77") if one in everything], "shown once"
    assert "boats is removed" in send(page, f"/alerts/{number}/remove")
    assert page.get(f"/alerts/{number}").status_code == 404


def test_what_cannot_be_is_refused(flow: Flow, page: httpx.Client) -> None:
    send(page, "/saved", name="boats", q="паром")
    send(page, "/alerts", search="boats", feed="true")
    form = {"form_token": form_token(page.cookies["session"])}
    for address, fields in [
        ("/alerts", {"search": "gone", "feed": "true"}),
        ("/alerts", {"search": "boats", "name": "other"}),
        ("/alerts", {"search": "boats", "name": "other", "webhook": "https://127.0.0.1/"}),
        ("/alerts", {"search": "boats", "name": "other", "chat": "a chat"}),
        ("/alerts", {"search": "boats", "feed": "true"}),
        ("/alerts/1/resume", {}),
        ("/alerts/1/resend", {"hit": "1", "destination": "1"}),
        ("/saved/remove", {"name": "boats"}),
        ("/saved", {"name": "bad", "q": "/[/"}),
    ]:
        assert page.post(address, data=form | fields).status_code == 400, address
    assert page.post("/alerts/99/pause", data=form).status_code == 404
    assert [name for (name,) in rows("SELECT name FROM alerts")] == ["boats"]


@pytest.mark.parametrize("role", [None, Role.READER])
def test_others_change_nothing(flow: Flow, page: httpx.Client, role: Role | None) -> None:
    page.cookies.clear()
    if role:
        page.cookies.update(signed_in(get_settings(), role))
    form = {"form_token": form_token(page.cookies["session"])} if role else {}
    refused = 403 if role else 401
    for address in ("/saved", "/saved/remove", "/alerts", "/alerts/1/pause", "/alerts/1/remove", "/alerts/1/resend"):
        assert page.post(address, data={**form, "name": "x", "q": "x"}).status_code == refused, address
    for address in ("/alerts", "/alerts/1", "/alerts.json", "/alerts/preview?search=x"):
        assert page.get(address).status_code == refused, address
    assert page.get("/saved").status_code == 200
    assert rows("SELECT act FROM audit_entries") == []


def test_a_form_of_another_site_changes_nothing(flow: Flow, page: httpx.Client) -> None:
    answer = page.post("/saved", data={"name": "boats", "q": "паром"})
    assert answer.status_code == 403
    other = {"form_token": form_token(page.cookies["session"]), "name": "boats", "q": "паром"}
    assert page.post("/saved", data=other, headers={"Origin": "https://evil.example"}).status_code == 403
    assert rows("SELECT name FROM saved_searches") == []
