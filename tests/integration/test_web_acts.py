"""Every address that changes something: its audit entry, and all requests to it that are refused.

The routes are those of the application. A new one stands in FORMS with a form that a user would send, or the test
fails: it cannot be forgotten. Addresses of the API have tokens instead of sessions, and tests of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from app.domain.access.roles import Act, Role, least_role
from app.settings import Settings
from app.web.admission import FIELD, act_of
from app.web.application import application
from app.web.safety import SAFE
from app.web.visitors import form_token
from tests.browsing import browsing, signed_in
from tests.integration.pipeline.database import change, one, rows

API = "/api/"
# They begin or end a session, or write a question: no acts on the archive, and each has tests of its own.
NO_ACTS = {"POST /login", "POST /link/{token}", "POST /logout", "POST /ask"}
ENTRIES = "SELECT count(*) FROM audit_entries"


@dataclass(frozen=True)
class Sent:
    """A form that a user would send. address: to which; fields: without those that each form has."""

    address: str
    fields: dict[str, Any] = field(default_factory=dict)


def channel() -> int:
    """A watched channel with history to read."""
    number: int = one(
        "INSERT INTO channels (reference, cursor, backfill_cursor) VALUES ('@c' || (SELECT count(*) FROM channels),"
        " 90, 40) RETURNING id"
    )
    return number


def dead_row() -> int:
    """A dead row of work."""
    number: int = one("INSERT INTO work (step, subject_id, revision, state) VALUES ('tag', 7, 1, 'dead') RETURNING id")
    return number


def publication() -> str:
    """A publication that can be tagged again; returns a tick."""
    of = channel()
    post = one(
        "INSERT INTO posts (channel_id, telegram_message_id, posted_at) VALUES (:of, 1, now()) RETURNING id", of=of
    )
    row = "INSERT INTO publications (channel_id, lead_post_id, persisted_revision) VALUES (:of, :post, 1) RETURNING id"
    change("UPDATE posts SET publication_id = :id WHERE id = :post", id=one(row, of=of, post=post), post=post)
    return "true"


def run_of(what: str) -> str:
    """An open run of this kind."""
    scope = json.dumps({"channel": "", "since": "", "where": [], "everything": False})
    row = "INSERT INTO reprocess_runs (what, act, scope, choice) VALUES (:what, 'start', CAST(:scope AS jsonb), '{}')"
    change(row, what=what, scope=scope)
    return what


def token() -> int:
    """A token of the API."""
    number: int = one(
        "INSERT INTO api_tokens (name, token_hash, role, scopes, expires_at)"
        " VALUES ('t', repeat('0', 64), 'operator', '{read}', now() + interval '1 day') RETURNING id"
    )
    return number


# Route -> its form, over rows that it makes for it.
FORMS: dict[str, Callable[[], Sent]] = {
    "POST /channels": lambda: Sent("/channels", {"names": "@news\nt.me/city", "max_size": "50 MB"}),
    "POST /channels/backfill": lambda: Sent("/channels/backfill", {"of": channel()}),
    "POST /channels/{number:int}/backfill": lambda: Sent(f"/channels/{channel()}/backfill", {"again": "true"}),
    "POST /channels/{number:int}/stop": lambda: Sent(f"/channels/{channel()}/stop"),
    "POST /channels/{number:int}/watch": lambda: Sent(f"/channels/{channel()}/watch"),
    "POST /channels/{number:int}/limits": lambda: Sent(f"/channels/{channel()}/limits", {"media": ["", "photo"]}),
    "POST /work/retry": lambda: Sent("/work/retry", {"state": "dead", "row": dead_row()}),
    "POST /versions/again": lambda: Sent(f"/versions/again?what=retag&everything={publication()}"),
    "POST /versions/stop": lambda: Sent("/versions/stop", {"what": run_of("reanalyze")}),
    "POST /tokens": lambda: Sent("/tokens", {"name": "a program", "scope": "read"}),
    "POST /tokens/{number:int}/revoke": lambda: Sent(f"/tokens/{token()}/revoke"),
}


def changing() -> dict[str, Act]:
    """The routes of the application that change something -> the act that each names."""
    found = {}
    for route in iter_route_contexts(application().routes):
        for method in set(route.methods or ()) - set(SAFE):
            found[f"{method} {route.path}"] = act_of(route.endpoint)
    return found


def acts() -> dict[str, Act]:
    """Those of them on pages that stand in the audit."""
    return {name: act for name, act in changing().items() if name not in NO_ACTS and API not in name}


@pytest.fixture
def page(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the page on this machine, where reading needs no session; its requests come from the page itself."""
    with browsing(settings) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        yield client


def send(client: httpx.Client, name: str, sent: Sent, cookies: dict[str, str], **more: str) -> httpx.Response:
    """Sends the form with its token, as a browser does. more: headers."""
    own = {FIELD: form_token(next(iter(cookies.values())))} if cookies else {}
    headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items()), **more}
    return client.request(name.split()[0], sent.address, data={**sent.fields, **own}, headers=headers)


def test_each_route_that_changes_something_is_known_here() -> None:
    assert acts().keys() == FORMS.keys(), "write a form for a new route into FORMS"
    assert changing().keys() >= NO_ACTS
    assert {act for name, act in changing().items() if API not in name} <= {*Act}


def test_each_act_leaves_one_entry_of_its_user(page: httpx.Client, settings: Settings) -> None:
    mine = signed_in(settings, Role.OPERATOR, "anna")
    for name in acts():
        sent, before = FORMS[name](), one(ENTRIES)
        answer = send(page, name, sent, mine)
        assert answer.status_code in (200, 303), (name, answer.text)
        assert one(ENTRIES) == before + 1, name
        actor, via, act = rows("SELECT actor, via, act FROM audit_entries ORDER BY id DESC LIMIT 1")[0]
        assert (actor, via) == ("anna", "page"), name
        assert re.fullmatch(r"[a-z]+\.[a-z]+", act), name
        if answer.status_code == 303:
            shown = page.get(answer.headers["location"], headers={"Cookie": f"session={mine['session']}"})
            assert 'class="notice"' in shown.text, f"{name}: the user is not told"


def test_no_act_without_its_session_its_token_and_its_own_page(page: httpx.Client, settings: Settings) -> None:
    mine, other = signed_in(settings, Role.OPERATOR, "anna"), signed_in(settings, Role.OPERATOR, "bob")
    for name in acts():
        sent = FORMS[name]()
        cookie = f"session={mine['session']}"
        foreign = {FIELD: form_token(other["session"])}
        tries = {
            "no session": (401, send(page, name, sent, {})),
            "an unknown session": (401, send(page, name, sent, {"session": "of-nobody"})),
            "no token": (403, page.request("POST", sent.address, data=sent.fields, headers={"Cookie": cookie})),
            "the token of another": (
                403,
                page.request("POST", sent.address, data={**sent.fields, **foreign}, headers={"Cookie": cookie}),
            ),
            "another site": (403, send(page, name, sent, mine, Origin="https://evil.example")),
            "a site of no name": (403, send(page, name, sent, mine, Origin="null")),
        }
        for tried, (status, answer) in tries.items():
            assert answer.status_code == status, (name, tried)
    assert one(ENTRIES) == 0
    assert one("SELECT count(*) FROM channels WHERE NOT enabled OR reference IN ('@news', '@city')") == 0


def test_no_role_below_its_own_acts(page: httpx.Client, settings: Settings) -> None:
    order = list(Role)
    for name, act in acts().items():
        least = least_role(act)
        assert least is not None, f"{name} would need no user"
        sent = FORMS[name]()
        for role in order[: order.index(least)]:
            answer = send(page, name, sent, signed_in(settings, role))
            assert answer.status_code == 403, (name, role)
            assert f"needs the role {least}" in answer.text
    assert one(ENTRIES) == 0


def test_fields_that_no_form_has_change_nothing(page: httpx.Client, settings: Settings) -> None:
    """Mass assignment: a form with the names of columns, of other users and of inner states."""
    mine = signed_in(settings, Role.OPERATOR, "anna")
    more = {"id": "1", "enabled": "false", "actor": "bob", "via": "command", "role": "operator", "access_hash": "7"}
    for name in acts():
        sent = FORMS[name]()
        answer = send(page, name, Sent(sent.address, {**more, **sent.fields}), mine)
        assert answer.status_code in (200, 303, 400), name
    assert set(rows("SELECT actor, via FROM audit_entries")) == {("anna", "page")}
    assert one("SELECT count(*) FROM channels WHERE access_hash IS NOT NULL") == 0
    assert one("SELECT role FROM users WHERE name = 'anna'") == "operator"


def test_an_act_that_fails_leaves_no_entry(page: httpx.Client, settings: Settings) -> None:
    mine = signed_in(settings, Role.OPERATOR)
    change("INSERT INTO channels (reference, cursor, backfill_cursor) VALUES ('@read', 9, 0)")
    for sent, status in (
        (Sent("/channels", {"names": "@good https://t.me/+AbCdEfGhIjKlMnOp"}), 400),
        (Sent("/channels", {"names": " "}), 400),
        (Sent("/channels/999/stop"), 400),
        (Sent("/channels/backfill"), 400),
        (Sent("/work/retry", {"state": "dead", "row": "5"}), 400),
        (Sent("/work/retry", {"state": "waiting"}), 400),
    ):
        assert send(page, "POST /", sent, mine).status_code == status, sent
    assert one(ENTRIES) == 0
    assert rows("SELECT reference FROM channels") == [("@read",)]
