"""The API over HTTP: tokens and scopes, the data of the pages, problems with remedies, ETags, pages of lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app import db
from app.access import users
from app.domain.access.roles import Role
from app.domain.access.scopes import Scope
from app.events.outbox import add
from app.settings import Settings, get_settings
from tests.api import V1, api, bearing, token
from tests.browsing import signed_in
from tests.factories.events import parsed
from tests.factories.messages import message, photo, sha256
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow

PICTURE = photo("кот", "МЯУ")
PROBLEM = "application/problem+json"


@pytest.fixture
def archive(flow: Flow) -> Flow:
    """Five posts of one channel, one with a picture."""
    flow.post(*(message(number, f"Паром {number}") for number in range(1, 5)), message(5, "Кот", PICTURE))
    flow.watch()
    return flow


@pytest.fixture
def client(archive: Flow) -> Iterator[httpx.Client]:
    with api(get_settings()) as made:
        yield made


@pytest.fixture
def open_(settings: Settings) -> Iterator[httpx.Client]:
    """A client of an empty archive, without limits."""
    with api(settings.model_copy(update={"web_rate_factor": 0})) as made:
        yield made


def of(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem of an answer, which is whole."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    content: dict[str, Any] = answer.json()
    assert content["status"] == status
    assert all(content[name] for name in ("type", "title", "detail", "remedy"))
    return content


def operations(client: httpx.Client) -> Iterator[tuple[str, str, str]]:
    """(method, address, scope) of everything that the document names, with values that fit."""
    known = {
        "id": "1",
        "sha256": "0" * 64,
        "width": "256",
        "channel": "news",
        "message": "1",
        "name": "x",
        "hit": "1",
        "destination": "1",
    }
    for path, methods in client.get(f"{V1}/openapi.json").json()["paths"].items():
        for method, about in methods.items():
            yield method.upper(), path.format(**known), about["description"].rpartition("Scope: ")[2].strip(".")


def test_a_request_needs_a_token_in_its_header(open_: httpx.Client, settings: Settings) -> None:
    good = token()
    wrong: list[dict[str, Any]] = [
        {},
        {"params": {"access_token": good}},
        {"headers": {"Authorization": good}},
        {"headers": {"Authorization": f"Basic {good}"}},
        {"headers": [("Authorization", f"Bearer {good}"), ("Authorization", f"Bearer {good}")]},
        {"headers": bearing("ma_" + "x" * 43)},
        {"headers": {"Cookie": "; ".join(f"{k}={v}" for k, v in signed_in(settings, Role.OPERATOR).items())}},
        {"headers": {"Cookie": f"session={good}"}},
    ]
    for given in wrong:
        answer = open_.get(f"{V1}/channels", **given)
        of(answer, 401)
        assert answer.headers["www-authenticate"].startswith('Bearer realm="media-audit"'), given
        assert good not in answer.text
    assert "revoke this one" in open_.get(f"{V1}/channels", params={"token": good}).json()["detail"]
    assert open_.get(f"{V1}/channels", headers=bearing(good)).status_code == 200
    assert open_.get(f"{V1}/channels", headers={"authorization": f"bearer {good}"}).status_code == 200


def test_every_address_asks_for_a_token_and_its_scope(open_: httpx.Client) -> None:
    tokens = {scope: bearing(token(scope)) for scope in Scope}
    found = list(operations(open_))
    assert {scope for *_, scope in found} <= set(Scope)
    for method, address, scope in found:
        of(open_.request(method, address), 401)
        for other in set(Scope) - {scope}:
            answer = open_.request(method, address, headers=tokens[other], json={})
            of(answer, 403)
            assert f'scope="{scope}"' in answer.headers["www-authenticate"]
        answer = open_.request(method, address, headers=tokens[Scope(scope)])
        assert answer.status_code not in (401, 403), (method, address)
    reader = bearing(token(Scope.READ, Scope.ASK, role=Role.READER, user="reader"))
    assert open_.get(f"{V1}/channels", headers=reader).status_code == 200
    of(open_.put(f"{V1}/saved/x", headers=reader, json={"query": "паром"}), 403)


def test_a_token_ends_with_its_time_its_user_and_its_role(open_: httpx.Client) -> None:
    given = bearing(token(user="anna"))

    def save() -> int:
        return open_.put(f"{V1}/saved/x", headers=given, json={"query": "паром"}).status_code

    assert save() == 200
    with db.transaction() as session:
        users.set_role(session, "anna", Role.READER)
    assert save() == 403
    with db.transaction() as session:
        users.remove(session, "anna")
    assert save() == 401
    for end in ("expires_at = now()", "revoked_at = now()"):
        given = bearing(token(user=f"user of {end[:7]}".replace(" ", ".")))
        assert save() == 200
        change(f"UPDATE api_tokens SET {end}")
        assert save() == 401


def test_the_data_is_that_of_the_pages(client: httpx.Client) -> None:
    given = bearing(token())
    as_operator = {"Cookie": "; ".join(f"{k}={v}" for k, v in signed_in(get_settings(), Role.OPERATOR).items())}
    name, post = sha256(PICTURE), one("SELECT min(id) FROM publications")
    pairs = [
        ("search?q=паром&order=date", "search.json?q=паром&order=date"),
        ("search?q=паром -кот", "search.json?q=паром -кот"),
        (f"publications/{post}", "p/news/1.json"),
        ("publications/news/5", "p/news/5.json"),
        (f"media/{name[:10]}", f"m/{name[:10]}.json"),
        ("channels", "channels.json"),
        ("saved", "saved.json"),
        ("exports", "exports.json"),
        ("alerts", "alerts.json"),
        ("work", "work.json"),
    ]
    for address, page in pairs:
        mine = client.get(f"{V1}/{address}", headers=given).json()
        data = client.get(f"/{page}", headers=as_operator).json()
        assert still({key: value for key, value in mine.items() if key != "next"}) == still(data), address
    assert client.get(f"{V1}/media/{name}/life", headers=given).json()["days"] != {}
    assert client.get(f"{V1}/media/{name}/file", headers=given).content == client.get(f"/media/{name}").content


def still(content: dict[str, Any]) -> dict[str, Any]:
    """The data without what a second changes."""
    for one_ in content.get("page", {}).get("channels", []):
        one_["status"].update(polled=None, fresh=None)
    return content


def test_questions_are_rows(client: httpx.Client, archive: Flow) -> None:
    given = bearing(token(Scope.ASK, role=Role.READER))
    body = {"question": "Когда паром 3?"}
    answer = client.post(f"{V1}/ask", headers=given, json=body)
    assert (answer.status_code, answer.json()["address"]) == (201, answer.headers["location"])
    address = answer.headers["location"]
    assert client.get(address, headers=given).json() == client.get(f"{address.removeprefix(V1)}.json").json()
    archive.drive.settle()
    with client.stream("GET", f"{address}/stream", headers=given) as stream:
        lines = [line for line in stream.iter_lines() if line]
    assert (lines[0], lines[2]) == ("event: answer", "event: end") if len(lines) > 3 else lines
    for extra in ({"answerer": "mine"}, {"id": 1}, {"agreed": "9"}, {"agreed": -1}, {"question": ""}):
        of(client.post(f"{V1}/ask", headers=given, json={**body, **extra}), 422)
    assert one("SELECT count(*) FROM questions") == 1


def test_lists_go_on_at_next(client: httpx.Client) -> None:
    given = bearing(token())
    address: str | None = f"{V1}/search?q=паром&order=date&limit=1"
    found = []
    while address:
        page = client.get(address, headers=given).json()
        found += [one_["shown"]["number"] for one_ in page["hits"]]
        address = page["next"]
    assert found == [4, 3, 2, 1]
    events, address = [], f"{V1}/events?limit=3"
    while (page := client.get(address, headers=given).json())["events"]:
        events += [one_["id"] for one_ in page["events"]]
        address = page["next"]
    assert len(events) == one("SELECT count(*) FROM outbox_events") > 3
    assert events == sorted(events)
    assert page["next"] == address, "the client asks there again"


def test_what_a_client_has_is_not_sent_again(client: httpx.Client) -> None:
    given, name = bearing(token()), sha256(PICTURE)
    first = client.get(f"{V1}/publications/news/5", headers=given)
    tag = first.headers["etag"]
    assert tag.startswith('W/"'), "packed and plain differ in their bytes"
    assert "Authorization" in first.headers["vary"]
    for known in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = client.get(f"{V1}/publications/news/5", headers={**given, "If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), known
    assert client.get(f"{V1}/publications/news/5", headers={**given, "If-None-Match": '"x"'}).status_code == 200
    change("UPDATE posts SET text = 'changed' WHERE telegram_message_id = 5")
    assert client.get(f"{V1}/publications/news/5", headers={**given, "If-None-Match": tag}).status_code == 200
    file = f"{V1}/media/{name}/file"
    assert client.get(file, headers=given).headers["etag"] == f'"{name}"'
    assert client.get(file, headers={**given, "If-None-Match": f'"{name}"'}).status_code == 304
    part = client.get(file, headers={**given, "Range": "bytes=0-3", "If-Range": f'"{name}"'})
    assert (part.status_code, len(part.content)) == (206, 4)
    of(client.get(file, headers={**given, "Range": "bytes=999999-"}), 416)
    of(client.get(file, headers={**given, "Range": "pages=1"}), 400)
    of(client.get(f"{V1}/publications/news/5", headers={"If-None-Match": tag}), 401)


def test_errors_are_problems_with_remedies(open_: httpx.Client) -> None:
    given = bearing(token())
    open_.headers.update(given)
    of(open_.get(f"{V1}/nothing"), 404)
    of(open_.get("/api/nothing"), 404)
    of(open_.get(f"{V1}/publications/1"), 404)
    assert open_.patch(f"{V1}/search").headers["allow"] == "GET"
    of(open_.patch(f"{V1}/search"), 405)
    assert "limit" in of(open_.get(f"{V1}/search?limit=0"), 422)["detail"]
    of(open_.get(f"{V1}/search?q=kind:dinosaur"), 400)
    of(open_.get(f"{V1}/search?q=паром&cursor=x"), 400)
    of(open_.get(f"{V1}/search?q=%00"), 400)
    of(open_.get(f"{V1}/search?q={'x' * 20_000}"), 414)
    of(open_.put(f"{V1}/saved/x", content=b"x" * 70_000), 413)
    of(open_.put(f"{V1}/saved/x", content=b"{", headers={"Content-Type": "application/json"}), 422)
    of(open_.put(f"{V1}/saved/x", content=b"[" * 30_000, headers={"Content-Type": "application/json"}), 400)
    bodies: list[Any] = [{"query": "a", "name": "y"}, {"query": 1}, {"query": ""}, [], "a", None, {"Query": "a"}]
    for body in bodies:
        of(open_.put(f"{V1}/saved/x", json=body), 422)
    of(open_.get(f"{V1}/channels", headers={"Host": "evil.example"}), 400)
    change("ALTER TABLE saved_searches RENAME TO lost")
    assert "lost" not in json.dumps(of(open_.get(f"{V1}/saved"), 500))


def test_a_token_that_asks_too_often_waits(settings: Settings) -> None:
    with api(settings.model_copy(update={"web_rate_factor": 0.05})) as client:
        mine, other = bearing(token()), bearing(token())
        answers = [client.get(f"{V1}/search?q=a", headers=mine) for _ in range(4)]
        of(answers[-1], 429)
        assert 0 < int(answers[-1].headers["retry-after"]) <= 80
        assert client.get(f"{V1}/search?q=a", headers=other).status_code == 200, "each token has its own"
        assert client.get(f"{V1}/channels", headers=mine).status_code == 200, "searches alone"


def test_events_that_are_gone_or_not_settled_say_so(open_: httpx.Client) -> None:
    given = bearing(token())
    change("INSERT INTO outbox_dropped (id, key, decided_at) VALUES (7, gen_random_uuid(), now())")
    assert "after 7" in of(open_.get(f"{V1}/events?after=3", headers=given), 410)["detail"]
    change("INSERT INTO channels (reference) VALUES ('@news')")
    of(open_.get(f"{V1}/events?after=3", headers=bearing(token(channels=["@news"]))), 410)
    with db.transaction() as session:
        add(session, parsed(1))
        assert "open for over" in of(open_.get(f"{V1}/events?after=7", headers=given), 503)["detail"]
    assert open_.get(f"{V1}/events?after=7", headers=given).status_code == 200


def test_saved_searches_are_kept_and_forgotten(open_: httpx.Client) -> None:
    given = bearing(token())
    assert open_.put(f"{V1}/saved/Ferries", headers=given, json={"query": "паром -лёд"}).json()["name"] == "ferries"
    assert open_.get(f"{V1}/saved/ferries", headers=given).json() == {"name": "ferries", "query": "паром -лёд"}
    assert [one_["name"] for one_ in open_.get(f"{V1}/saved", headers=given).json()["searches"]] == ["ferries"]
    answer = open_.delete(f"{V1}/saved/ferries", headers=given)
    assert (answer.status_code, answer.content) == (204, b"")
    of(open_.delete(f"{V1}/saved/ferries", headers=given), 404)


def test_operators_act_on_channels_and_work(client: httpx.Client, archive: Flow) -> None:
    given = bearing(token(Scope.OPERATE))

    def send(method: str, path: str, status: int, **body: Any) -> Any:
        answer = client.request(method, f"{V1}/{path}", headers=given, json=body or {})
        assert answer.status_code == status, answer.text
        return answer.json()

    added = send("POST", "channels", 201, names=["@city", "@news"], limits={"media": ["photo"], "max_size": 5})
    assert [(one_["reference"], one_["new"]) for one_ in added["channels"]] == [("@city", True), ("@news", False)]
    city, news = (one_["id"] for one_ in added["channels"])
    told = send("PATCH", f"channels/{news}", 200, media=None, since="2020-02-01")
    assert (told["media"], told["max_size"], told["since"]) == (None, 5, "2020-02-01"), "one that is not given stays"
    send("DELETE", f"channels/{city}", 200)
    assert one("SELECT enabled FROM channels WHERE id = :id", id=city) is False
    send("POST", f"channels/{city}/watch", 200)
    send("POST", f"channels/{news}/backfill", 202, again=True)
    change("UPDATE work SET state = 'dead' WHERE id = (SELECT min(id) FROM work WHERE step = 'index')")
    row = one("SELECT id FROM work WHERE state = 'dead'")
    assert send("POST", f"work/{row}/retry", 202)["id"] == row
    of(client.post(f"{V1}/work/{row}/retry", headers=given, json={}), 409)
    change("UPDATE work SET state = 'unknown' WHERE id = :id", id=row)
    of(client.post(f"{V1}/work/{row}/retry", headers=given, json={"agreed": False}), 409)
    send("POST", f"work/{row}/retry", 202, agreed=True)
    acts = [act for (act,) in rows("SELECT act FROM audit_entries WHERE via = 'api' ORDER BY id")]
    assert acts == [f"channel.{act}" for act in ("add", "limit", "stop", "resume", "backfill")] + ["work.retry"] * 2
    assert one("SELECT DISTINCT actor FROM audit_entries WHERE via = 'api'") == "robot"
    bodies: list[dict[str, Any]] = [
        {"names": []},
        {"names": ["@x"], "enabled": True},
        {"names": ["@x"], "limits": {"cursor": 1}},
    ]
    for wrong in bodies:
        of(client.post(f"{V1}/channels", headers=given, json=wrong), 422)
    of(client.patch(f"{V1}/channels/{news}", headers=given, json={"telegram_id": 5}), 422)
    of(client.patch(f"{V1}/channels/{news}", headers=given, json={}), 400)


def test_a_token_of_some_channels_acts_on_these_alone(client: httpx.Client) -> None:
    change("INSERT INTO channels (reference) VALUES ('@city')")
    city, news = (one("SELECT id FROM channels WHERE reference = :name", name=name) for name in ("@city", "@news"))
    given = bearing(token(Scope.OPERATE, channels=["@city"]))
    of(client.post(f"{V1}/channels", headers=given, json={"names": ["@news"]}), 403)
    for method, path in (("DELETE", ""), ("POST", "/watch"), ("POST", "/backfill"), ("PATCH", "")):
        body = {"max_size": 5} if method == "PATCH" else {}
        of(client.request(method, f"{V1}/channels/{news}{path}", headers=given, json=body), 404)
    assert client.patch(f"{V1}/channels/{city}", headers=given, json={"max_size": 5}).status_code == 200
    change("UPDATE work SET state = 'dead' WHERE step = 'index'")
    row = one("SELECT min(id) FROM work WHERE state = 'dead'")
    of(client.post(f"{V1}/work/{row}/retry", headers=given, json={}), 404)
    assert client.get(f"{V1}/work", headers=bearing(token(channels=["@city"]))).json()["stuck"]["rows"] == []
    assert len(client.get(f"{V1}/work", headers=bearing(token(channels=["@news"]))).json()["stuck"]["rows"]) == 5
    of(client.put(f"{V1}/saved/x", headers=given, json={"query": "паром"}), 403)
    of(client.get(f"{V1}/alerts", headers=given), 403)


def test_a_dry_run_has_its_price_and_changes_nothing(client: httpx.Client) -> None:
    given = bearing(token(Scope.OPERATE))
    found = client.post(f"{V1}/versions:dryrun", headers=given, json={"what": "retag", "everything": True}).json()
    assert (found["what"], found["files"], found["publications"], found["tokens"]) == ("retag", None, 5, 0)
    of(client.post(f"{V1}/versions:dryrun", headers=given, json={"what": "retag", "channel": "@none"}), 400)
    of(client.post(f"{V1}/versions:dryrun", headers=given, json={"what": "retag", "keys": []}), 422)
    change("INSERT INTO channels (reference) VALUES ('@city')")
    some = bearing(token(Scope.OPERATE, channels=["@city"]))
    body = {"what": "retag", "everything": True}
    assert client.post(f"{V1}/versions:dryrun", headers=some, json=body).json()["publications"] == 0
    of(client.post(f"{V1}/versions:dryrun", headers=some, json={**body, "channel": "@news"}), 400)


def test_exports_are_asked_for_read_and_deleted(client: httpx.Client) -> None:
    given, some = bearing(token(Scope.EXPORT)), bearing(token(Scope.EXPORT, channels=["@news"]))
    made = client.post(f"{V1}/exports", headers=given, json={"query": "паром", "formats": ["csv", "jsonl"]})
    assert made.status_code == 202
    shown = client.get(made.headers["location"], headers=given).json()["export"]
    assert (shown["query"], shown["formats"], shown["made_by"]) == ("паром", ["jsonl", "csv"], "robot")
    of(client.get(made.headers["location"], headers=some), 404)
    assert client.get(f"{V1}/exports", headers=some).json()["page"]["exports"] == []
    mine = client.post(f"{V1}/exports", headers=some, json={"query": "паром"}).json()
    assert one("SELECT channel_ids FROM exports WHERE id = :id", id=mine["id"]) == [one("SELECT id FROM channels")]
    assert [one_["id"] for one_ in client.get(f"{V1}/exports", headers=some).json()["page"]["exports"]] == [mine["id"]]
    of(client.delete(made.headers["location"], headers=some), 404)
    assert client.delete(made.headers["location"], headers=given).status_code == 200
    of(client.post(f"{V1}/exports", headers=given, json={"query": "a", "made_by": "x"}), 422)


def test_an_alert_gets_another_address_of_its_feed_and_another_secret(client: httpx.Client) -> None:
    given = bearing(token(Scope.OPERATE, Scope.READ, role=Role.EDITOR, user="editor"))
    assert client.put(f"{V1}/saved/ferries", headers=given, json={"query": "паром"}).status_code == 200
    body = {"search": "ferries", "feed": True, "webhooks": ["https://hooks.example.org/x"]}
    made = client.post(f"{V1}/alerts", headers=given, json=body)
    [shown] = client.get(f"{V1}/alerts", headers=given).json()["alerts"]
    address = f"{V1}/alerts/{shown['id']}"
    renewed = client.post(f"{address}/feed", headers=given)
    assert (renewed.status_code, renewed.headers["cache-control"]) == (201, "no-store")
    assert [client.get(one.json()["feed"]).status_code for one in (made, renewed)] == [404, 200]
    secret = client.post(f"{address}/secret", headers=given).json()["secret"]
    assert secret.startswith("whsec_")
    assert secret != made.json()["secret"]
    assert [client.delete(f"{address}/{key}", headers=given).status_code for key in ("secret", "feed")] == [200, 200]
    assert client.get(renewed.json()["feed"]).status_code == 404
    of(client.delete(f"{address}/secret", headers=given), 400)
    of(client.post(f"{V1}/alerts/999/feed", headers=given), 404)


def test_alerts_are_made_paused_and_removed(client: httpx.Client) -> None:
    given = bearing(token(Scope.OPERATE, Scope.READ, role=Role.EDITOR, user="editor"))
    client.put(f"{V1}/saved/ferries", headers=given, json={"query": "паром"})
    made = client.post(f"{V1}/alerts", headers=given, json={"search": "ferries", "feed": True})
    assert (made.status_code, made.json()["name"], made.headers["cache-control"]) == (201, "ferries", "no-store")
    [shown] = client.get(f"{V1}/alerts", headers=given).json()["alerts"]
    assert shown["name"] == "ferries"
    address = f"{V1}/alerts/{shown['id']}"
    assert client.post(f"{address}/pause", headers=given).status_code == 200
    of(client.post(f"{address}/pause", headers=given), 400)
    assert client.get(address, headers=given).json()["alert"]["paused_at"] is not None
    assert client.post(f"{address}/resume", headers=given).status_code == 200
    assert client.get(address, headers=given).json()["page"] == {"hits": [], "cursor": None}
    of(client.post(f"{V1}/deliveries/1/1/resend", headers=given), 400)
    assert client.delete(address, headers=given).status_code == 200
    of(client.get(address, headers=given), 404)
