"""Tokens of programs: made once, kept as hashes, bounded by their user, revoked by it or by operators."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from click.testing import CliRunner

from app.access import api_tokens, links, users
from app.access.api_tokens import Bearer, Owner, Wanted
from app.cli.main import cli
from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.domain.access.roles import Act, Role
from app.domain.access.scopes import Scope
from app.errors import UserError
from app.settings import Settings
from app.web.visitors import form_token
from tests.browsing import browsing, signed_in
from tests.factories.rows import channel
from tests.integration.pipeline.database import change, one, rows

ANNA = Actor("anna", Via.PAGE)


def made(user: str | None = "anna", role: Role = Role.OPERATOR, **wanted: object) -> str:
    """A token of a user, who is added with the role."""
    with transaction() as session:
        owner = (users.named(session, user) or users.add(session, user, role, None)) if user else None
        given: dict[str, object] = {"name": "a program", "scopes": list(Scope), **wanted}
        return api_tokens.make(session, ANNA, Owner(owner, role), Wanted(**given)).token  # type: ignore[arg-type]


def found(token: str) -> Bearer | None:
    with transaction() as session:
        return api_tokens.find(session, token)


@pytest.mark.usefixtures("settings")
def test_a_token_is_kept_as_a_hash_and_told_in_no_entry() -> None:
    token = made()
    assert re.fullmatch(r"ma_[\w-]{43}", token)
    tables = rows("SELECT t::text FROM api_tokens t") + rows("SELECT e::text FROM audit_entries e")
    assert token not in str(tables)
    assert rows("SELECT actor, via, act, target, details->>'user' FROM audit_entries") == [
        ("anna", "page", "token.add", "a program", "anna")
    ]


@pytest.mark.usefixtures("settings")
def test_a_token_loses_what_its_user_loses() -> None:
    token = made()
    assert (bearer := found(token)) is not None
    assert bearer.actor == Actor("anna", Via.API)
    assert bearer.may(Act.OPERATE)
    for role, may in ((Role.EDITOR, True), (Role.READER, False)):
        with transaction() as session:
            users.set_role(session, "anna", role)
        assert (bearer := found(token)) is not None
        assert (bearer.may(Act.READ), bearer.may(Act.EDIT), bearer.may(Act.OPERATE)) == (True, may, False)
    with transaction() as session:
        users.remove(session, "anna")
        users.add(session, "anna", Role.OPERATOR, None)  # another one of that name
    assert found(token) is None


@pytest.mark.usefixtures("settings")
def test_what_is_no_token_opens_nothing() -> None:
    token = made()
    for wrong in ("", "ma_", token[:-1], token.upper(), token + "x", token.removeprefix("ma_"), f" {token}", "ma_\0"):
        assert found(wrong) is None, wrong
    change("UPDATE api_tokens SET expires_at = now()")
    assert found(token) is None
    change("UPDATE api_tokens SET expires_at = now() + interval '1 day', revoked_at = now()")
    assert found(token) is None


@pytest.mark.usefixtures("settings")
def test_the_last_use_is_noted_each_five_minutes() -> None:
    token = made()
    assert one("SELECT last_used_at IS NULL FROM api_tokens")
    found(token)
    first = one("SELECT last_used_at FROM api_tokens")
    found(token)
    assert one("SELECT last_used_at FROM api_tokens") == first is not None
    change("UPDATE api_tokens SET last_used_at = now() - interval '6 minutes'")
    found(token)
    assert one("SELECT last_used_at > now() - interval '1 minute' FROM api_tokens")


@pytest.mark.usefixtures("settings")
def test_a_list_of_channels_never_becomes_one_of_all() -> None:
    with transaction() as session:
        news = channel(session).id
    token = made(channels=[news])
    assert (bearer := found(token)) is not None
    assert bearer.channels == (news,)
    change("DELETE FROM channels")
    assert (bearer := found(token)) is not None
    assert bearer.channels == (news,), "the list stays, of a channel that is gone"


@pytest.mark.usefixtures("settings")
def test_lists_and_ends_are_of_the_user_or_of_all() -> None:
    made("anna", Role.READER, scopes=["read"])
    mine = made("bob", Role.READER, scopes=["read"], name="of bob")
    with transaction() as session:
        anna, bob = users.required(session, "anna"), users.required(session, "bob")
        [shown] = api_tokens.api_tokens(session, bob).tokens
        assert (shown.name, shown.user, shown.holds) == ("of bob", "bob", True)
        everything = api_tokens.api_tokens(session, limit=1)
        assert [one.name for one in everything.tokens] == ["of bob"]
        rest = api_tokens.api_tokens(session, cursor=everything.cursor, limit=1)
        assert [one.user for one in rest.tokens] == ["anna"]
        assert rest.cursor is None
        for number in (shown.id, 10**30, -1):
            with pytest.raises(UserError, match="there is no token"):
                api_tokens.revoke(session, ANNA, number, anna)
        api_tokens.revoke(session, ANNA, shown.id, bob)
    assert found(mine) is None


@pytest.fixture
def page(settings: Settings) -> Iterator[httpx.Client]:
    with browsing(settings) as client:
        client.headers.update({"Origin": str(client.base_url).rstrip("/"), "Accept": "text/html"})
        yield client


def test_a_user_makes_a_token_on_the_page_sees_it_once_and_revokes_it(page: httpx.Client, settings: Settings) -> None:
    assert page.get("/tokens").status_code == 303, "a reader without a session has none"
    assert page.post("/tokens", data={"name": "x", "scope": "read"}).status_code == 401
    cookies = signed_in(settings, Role.READER, "anna")
    page.cookies.update(cookies)
    text = page.get("/tokens").text
    assert ("ask questions" in text, "operate:" in text) == (True, False), "only what the role can give"
    token_of_form = {"form_token": form_token(cookies["session"])}
    assert page.post("/tokens", data={"name": "x", "scope": "read"}).status_code == 403, "CSRF"
    assert page.post("/tokens", data={**token_of_form, "name": "x", "scope": "operate"}).status_code == 400
    answer = page.post("/tokens", data={**token_of_form, "name": "<b>bot", "scope": ["read", "ask"], "days": "2"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    [token] = set(re.findall(r"ma_[\w-]{43}", answer.text))
    assert found(token) is not None
    text = page.get("/tokens").text
    assert token not in text
    assert "&lt;b&gt;bot" in text
    [number] = re.findall(r"/tokens/(\d+)/revoke", text)
    with httpx.Client(base_url=page.base_url, headers=page.headers) as other:
        eve = signed_in(settings, Role.EDITOR, "eve")
        other.cookies.update(eve)
        form = {"form_token": form_token(eve["session"])}
        assert "bot" not in other.get("/tokens").text
        assert other.post(f"/tokens/{number}/revoke", data=form).status_code == 404
    assert found(token) is not None
    answer = page.post(f"/tokens/{number}/revoke", data=token_of_form)
    assert answer.status_code == 303
    assert "is no token any more" in page.get(answer.headers["location"]).text
    assert found(token) is None


def test_an_operator_by_link_revokes_any(page: httpx.Client, settings: Settings) -> None:
    token = made("anna", Role.READER, scopes=["read"])
    with transaction() as session:
        path = links.make(session).path
    page.post(path)
    form = {"form_token": form_token(page.cookies["session"])}
    [number] = re.findall(r"/tokens/(\d+)/revoke", page.get("/tokens").text)
    page.post(f"/tokens/{number}/revoke", data=form)
    assert found(token) is None
    assert page.post("/tokens", data={**form, "name": "mine", "scope": "operate"}).status_code == 200
    assert page.get("/tokens.json").json()["page"]["tokens"][0]["role"] == "operator"


@pytest.mark.usefixtures("settings")
def test_commands_make_list_and_revoke() -> None:
    runner = CliRunner()
    with transaction() as session:
        channel(session)
        users.add(session, "anna", Role.READER, None)
    told = runner.invoke(cli, ["tokens", "add", "bot", "--scope", "read", "--channel", "@news", "--json"])
    content = json.loads(told.stdout)
    assert (bearer := found(content["token"])) is not None
    assert len(bearer.channels or ()) == 1
    plain = runner.invoke(cli, ["tokens", "add", "of anna", "--scope", "read", "--user", "anna"])
    assert found(plain.stdout.strip()) is not None
    refused = runner.invoke(cli, ["tokens", "add", "of anna", "--scope", "operate", "--user", "anna"])
    assert isinstance(refused.exception, UserError)
    listed = runner.invoke(cli, ["tokens", "list"]).stdout
    assert ("bot" in listed, "@news" in listed, content["token"] in listed) == (True, True, False)
    assert runner.invoke(cli, ["tokens", "revoke", str(content["id"])]).stdout == "ended\n"
    assert found(content["token"]) is None
    assert [row[0] for row in rows("SELECT via FROM audit_entries ORDER BY id")] == ["command"] * 3
