"""Every address that changes something: its audit entry, and all requests to it that are refused.

The routes are those of the application; one without a request in tests/act_forms.py fails here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from app.domain.access.roles import Act, Role, least_role
from app.domain.access.scopes import Scope, scope_for
from app.settings import Settings
from app.web.admission import FIELD
from app.web.visitors import form_token
from tests.act_forms import API, NO_ACTS, PAGES, Sent, acts, changing
from tests.api import bearing, token
from tests.browsing import browsing, signed_in
from tests.integration.pipeline.database import change, one, rows

ENTRIES = "SELECT count(*) FROM audit_entries"
OF_API = f"{ENTRIES} WHERE via = 'api'"
LAST = "SELECT actor, via, act FROM audit_entries ORDER BY id DESC LIMIT 1"


@pytest.fixture
def page(settings: Settings) -> Iterator[httpx.Client]:
    """A client of the page on this machine, where reading needs no session; its requests come from the page itself."""
    with browsing(settings.model_copy(update={"web_rate_factor": 100.0})) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        yield client


def send(client: httpx.Client, name: str, sent: Sent, cookies: dict[str, str], **more: str) -> httpx.Response:
    """Sends the form with its token, as a browser does. more: headers."""
    own = {FIELD: form_token(next(iter(cookies.values())))} if cookies else {}
    headers = {"Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items()), **more}
    return client.request(name.split()[0], sent.address, data={**sent.fields, **own}, headers=headers)


def call(client: httpx.Client, name: str, sent: Sent, headers: dict[str, str]) -> httpx.Response:
    """Calls the API, as a program does."""
    content = {"json": sent.fields} if sent.fields else {}
    return client.request(name.split()[0], sent.address, headers=headers, **content)  # type: ignore[arg-type]


def test_each_route_that_changes_something_is_known_here() -> None:
    wanted = "write a request to a new route into tests/act_forms.py"
    assert acts().keys() == PAGES.keys(), wanted
    assert acts(api=True).keys() == API.keys(), wanted
    assert {act for name, act in changing().items() if name not in NO_ACTS} <= {*Act} - {Act.ENTER, Act.ASK}


def test_each_act_leaves_one_entry_of_its_user(page: httpx.Client, settings: Settings) -> None:
    mine = signed_in(settings, Role.OPERATOR, "anna")
    for name in acts():
        sent, before = PAGES[name](), one(ENTRIES)
        answer = send(page, name, sent, mine)
        assert answer.status_code in (200, 303), (name, answer.text)
        assert one(ENTRIES) == before + 1, name
        [(actor, via, act)] = rows(LAST)
        assert (actor, via) == ("anna", "page"), name
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", act), name
        if answer.status_code == 303:
            shown = page.get(answer.headers["location"], headers={"Cookie": f"session={mine['session']}"})
            assert 'class="notice"' in shown.text, f"{name}: the user is not told"


def test_no_act_without_its_session_its_token_and_its_own_page(page: httpx.Client, settings: Settings) -> None:
    mine, other = signed_in(settings, Role.OPERATOR, "anna"), signed_in(settings, Role.OPERATOR, "bob")
    for name in acts():
        sent, before = PAGES[name](), one(ENTRIES)
        cookie = {"Cookie": f"session={mine['session']}"}
        foreign = {**sent.fields, FIELD: form_token(other["session"])}
        tries = {
            "no session": (401, send(page, name, sent, {})),
            "an unknown session": (401, send(page, name, sent, {"session": "of-nobody"})),
            "no token": (403, page.post(sent.address, data=dict(sent.fields), headers=cookie)),
            "the token of another": (403, page.post(sent.address, data=foreign, headers=cookie)),
            "another site": (403, send(page, name, sent, mine, Origin="https://evil.example")),
            "a site of no name": (403, send(page, name, sent, mine, Origin="null")),
        }
        for tried, (status, answer) in tries.items():
            assert answer.status_code == status, (name, tried)
        assert one(ENTRIES) == before, name


def test_no_role_below_its_own_acts(page: httpx.Client, settings: Settings) -> None:
    order = list(Role)
    for name, act in acts().items():
        least = least_role(act)
        assert least is not None, f"{name} would need no user"
        sent, before = PAGES[name](), one(ENTRIES)
        for role in order[: order.index(least)]:
            answer = send(page, name, sent, signed_in(settings, role))
            assert answer.status_code == 403, (name, role)
            assert f"needs the role {least}" in answer.text
        assert one(ENTRIES) == before, name


def test_fields_that_no_form_has_change_nothing(page: httpx.Client, settings: Settings) -> None:
    """Mass assignment: a form with the names of columns, of other users and of inner states."""
    mine = signed_in(settings, Role.OPERATOR, "anna")
    more = {"id": "1", "enabled": "false", "actor": "bob", "via": "command", "access_hash": "7", "created_by": "bob"}
    for name in acts():
        sent, before = PAGES[name](), one("SELECT coalesce(max(id), 0) FROM audit_entries")
        answer = send(page, name, Sent(sent.address, {**more, **sent.fields}), mine)
        assert answer.status_code in (200, 303, 400), name
        made = set(rows("SELECT actor, via FROM audit_entries WHERE id > :before", before=before))
        assert made <= {("anna", "page")}, name
    assert one("SELECT count(*) FROM channels WHERE access_hash IS NOT NULL") == 0


def test_an_act_that_fails_leaves_no_entry(page: httpx.Client, settings: Settings) -> None:
    mine = signed_in(settings, Role.OPERATOR)
    change("INSERT INTO channels (reference, cursor, backfill_cursor) VALUES ('@read', 9, 0)")
    for sent in (
        Sent("/channels", {"names": "@good https://t.me/+AbCdEfGhIjKlMnOp"}),
        Sent("/channels", {"names": " "}),
        Sent("/channels/999/stop"),
        Sent("/channels/backfill"),
        Sent("/work/retry", {"state": "dead", "row": "5"}),
        Sent("/work/retry", {"state": "waiting"}),
    ):
        assert send(page, "POST", sent, mine).status_code == 400, sent
    assert one(ENTRIES) == 0
    assert rows("SELECT reference FROM channels") == [("@read",)]


def test_each_act_of_the_api_leaves_one_entry_and_needs_a_token_with_its_scope(
    page: httpx.Client, settings: Settings
) -> None:
    whole = bearing(token())
    cookies = signed_in(settings, Role.OPERATOR, "anna")
    session = {"Cookie": f"session={cookies['session']}", "X-Form-Token": form_token(cookies["session"])}
    lesser = bearing(token(user="ray"))
    change("UPDATE users SET role = 'reader' WHERE name = 'ray'")
    narrow: dict[Scope | None, dict[str, str]] = {
        wanted: bearing(token(*(scope for scope in Scope if scope is not wanted))) for wanted in Scope
    }
    for name, act in acts(api=True).items():
        sent, before = API[name](), one(OF_API)
        for tried, status, headers in (
            ("no token", 401, {}),
            ("a session of the page", 401, session),
            ("a token that none made", 401, bearing("ma_" + "A" * 43)),
            ("the other scopes", 403, narrow[scope_for(act)]),
            ("a user whose role is a lesser one since", 403, lesser),
        ):
            assert call(page, name, sent, headers).status_code == status, (name, tried)
        assert one(OF_API) == before, name
        assert call(page, name, sent, whole).status_code < 300, name
        assert one(OF_API) == before + 1, name
        assert rows(LAST)[0][1] == "api", name
