"""Forgetting on the page: the plan, the act, its notice, and the addresses of before."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.domain.access.roles import Role
from app.settings import get_settings
from tests.browsing import browsing, signed_in
from tests.factories.messages import message, photo, sha256
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import one, rows
from tests.integration.pipeline.flow import Flow

SHARED = photo("a bridge", "river")


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client over two channels that share a picture."""
    flow.post(message(1, "Мост открыт", SHARED), message(2, "Квартозавр в музее", photo("a hall", "zylophone")))
    flow.post(message(1, "Мост в городе", SHARED), channel=CITY)
    flow.watch("@news", "@city")
    with browsing(get_settings()) as client:
        yield client


def become(page: httpx.Client, role: Role | None) -> None:
    """The client is a user of this role from now on; None: a reader on this machine."""
    page.cookies.clear()
    if role is not None:
        page.cookies.update(signed_in(get_settings(), role))


def test_an_operator_sees_the_plan_and_forgets(page: httpx.Client, flow: Flow) -> None:
    become(page, Role.OPERATOR)
    plan = page.get("/forget.json", params={"name": "news/1"}).json()
    assert "shared" in plan, plan
    assert [file["sha256"] for file in plan["shared"]] == [sha256(SHARED)]
    assert plan["shared"][0]["elsewhere"] == ["https://t.me/city/1"]
    shown = page.get("/forget", params={"name": "news/2"}).text
    token = shown.partition('name="form_token" value="')[2].partition('"')[0]
    form = {"name": "news/2", "why": "asked for", "form_token": token}
    there = page.post("/forget", data=form, headers={"Origin": str(page.base_url).rstrip("/")})
    assert there.status_code == 303
    assert "the post is forgotten" in page.get(there.headers["location"]).text
    gone = page.get("/p/news/2")
    assert (gone.status_code, "asked for" in gone.text) == (410, True)
    assert page.get("/p/news/2.json").status_code == 410
    become(page, None)
    reader = page.get("/p/news/2")
    assert (reader.status_code, "asked for" in reader.text) == (404, False)
    assert rows("SELECT act, via, target ~ '^tombstone [0-9]+$' FROM audit_entries") == [("post.forget", "page", True)]
    flow.drive.settle()
    assert one("SELECT count(*) FROM posts") == 2


def test_only_operators_forget_and_only_by_their_form(page: httpx.Client) -> None:
    for role, status in ((Role.EDITOR, 403), (None, 401)):
        become(page, role)
        assert page.get("/forget.json", params={"name": "news/2"}).status_code == status
        assert page.post("/forget", data={"name": "news/2"}).status_code in (401, 403)
    become(page, Role.OPERATOR)
    assert page.post("/forget", data={"name": "news/2"}).status_code == 403
    assert one("SELECT count(*) FROM posts") == 3
