"""Audit entries: in the transaction of the act, listed by page, and confirmed to the one who acted."""

from __future__ import annotations

import httpx
import pytest

from app.access import audit
from app.db import transaction
from app.domain.access.audited import Acted, Actor, Via
from app.domain.access.roles import Role
from app.errors import UserError
from app.settings import Settings
from tests.browsing import browsing, signed_in
from tests.integration.pipeline.database import rows

ANNA, BOB = Actor("anna", Via.PAGE), Actor("bob", Via.COMMAND)


def noted(actor: Actor, target: str) -> int:
    with transaction() as session:
        return audit.record(session, actor, Acted.CHANNEL_ADD, target, many=3)


@pytest.mark.usefixtures("settings")
def test_an_entry_stands_and_falls_with_its_act() -> None:
    noted(ANNA, "@news")
    with pytest.raises(UserError):
        failing()
    assert rows("SELECT actor, via, act, target, details FROM audit_entries") == [
        ("anna", "page", "channel.add", "@news", {"many": 3})
    ]


@pytest.mark.usefixtures("settings")
def test_pages_of_entries_lose_none_and_repeat_none() -> None:
    for number in range(7):
        noted(ANNA if number % 2 else BOB, f"@{number}")
    found: list[str] = []
    cursor = None
    with transaction() as session:
        while True:
            page = audit.entries(session, cursor=cursor, limit=3)
            found += [one.target for one in page.entries]
            noted(ANNA, "@later")  # an entry that comes while they are read moves none
            if (cursor := page.cursor) is None:
                break
        assert [one.target for one in audit.entries(session, actor="bob").entries] == ["@6", "@4", "@2", "@0"]
        assert audit.entries(session, actor="carol", act=Acted.CHANNEL_ADD).entries == ()
        for wrong in ("x", "WzFd", page.cursor or "e30"):
            with pytest.raises(UserError, match="begin again"):
                audit.entries(session, cursor=wrong)
    assert found == ["@6", "@5", "@4", "@3", "@2", "@1", "@0"]


def test_the_page_confirms_an_act_to_the_one_who_acted(settings: Settings) -> None:
    number = noted(ANNA, "@<b>news")
    with browsing(settings) as page:
        mine, other = signed_in(settings, Role.OPERATOR, "anna"), signed_in(settings, Role.OPERATOR, "bob")
        assert "@&lt;b&gt;news watched from now on" in shown(page, mine, number)
        assert "теперь отслеживается" in shown(page, mine, number, "ru")
        for cookies, said in ((other, number), ({}, number), (mine, number + 1), (mine, "9" * 30), (mine, "²")):
            assert "watched from now on" not in shown(page, cookies, said)


def failing() -> None:
    """An act that fails after it was noted."""
    with transaction() as session:
        audit.record(session, ANNA, Acted.CHANNEL_ADD, "@city")
        raise UserError("no such channel")


def shown(page: httpx.Client, cookies: dict[str, str], number: object, language: str = "en") -> str:
    headers = {"Accept-Language": language, "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
    answer = page.get("/channels", params={"done": str(number)}, headers=headers)
    assert answer.status_code == 200
    return answer.text
