"""Reading and tagging again from the page: who may, at which price, how it goes on and how it stops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest

from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.domain.access.roles import Role
from app.domain.kinds import Step
from app.errors import UserError
from app.reprocess import runs
from app.reprocess.dry_run import AT_ONCE, Models, Scope, What, dry_run
from app.reprocess.time_limit import TookTooLong
from app.settings import get_settings
from tests.adapters import forget_adapters
from tests.browsing import browsing, signed_in
from tests.factories.messages import message, photo
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.paid import Bought
from tests.integration.pipeline.reprocessing import NEW

AGAIN = "/versions/again?what=reanalyze"
SOMEONE = Actor("anna", Via.PAGE)


@pytest.fixture
def page(bill: Bought) -> Iterator[httpx.Client]:
    """The page over pictures that an older recipe has read."""
    bill.photos(2)
    bill.connect("openai", **NEW)
    forget_adapters()
    with browsing(get_settings()) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        yield client
    forget_adapters()


def models(bill: Bought) -> Models:
    """Those of the workers."""
    drive = bill.flow.drive
    return Models(lambda: [drive.vision] if drive.vision else [], lambda: drive.tagger)


def operator(client: httpx.Client, role: Role = Role.OPERATOR) -> httpx.Client:
    """The client, signed in."""
    client.cookies.update(signed_in(get_settings(), role))
    return client


def form_of(client: httpx.Client, address: str) -> dict[str, str]:
    """The hidden fields of the form that posts there."""
    text = unescape(client.get(address).text)
    [form] = re.findall(r'<form action="/versions/\w+[^>]*method="post">(.*?)</form>', text, re.S)
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def due() -> int:
    return int(one("SELECT count(*) FROM work WHERE step = 'analyze' AND asked = 'reread' AND state = 'due'"))


def acts() -> list[tuple[Any, ...]]:
    return rows("SELECT actor, via, act FROM audit_entries ORDER BY id")


def test_an_operator_starts_at_the_price_that_was_shown_and_stops(bill: Bought, page: httpx.Client) -> None:
    operator(page)
    plan = page.get("/versions/again.json?what=reanalyze").json()["plan"]
    assert (plan["files"], plan["publications"], plan["prices"][0]["questions"]) == (2, 2, 2)
    shown = page.get(AGAIN).text
    assert "This may cost up to" in shown
    form = form_of(page, AGAIN)
    assert int(form["agreed"]) == plan["tokens"] > 0
    calls = bill.chats
    cheaper = page.post(AGAIN, data={**form, "agreed": plan["tokens"] - 1})
    assert (cheaper.status_code, "higher than the one that you saw" in cheaper.text) == (200, True)
    assert (rows("SELECT id FROM reprocess_runs"), acts()) == ([], [])
    begun = page.post(AGAIN, data=form)
    assert begun.status_code == 303
    assert "has begun" in page.get(begun.headers["location"]).text
    assert acts() == [("operator", "page", "reanalyze.start")]
    assert due() == 0, "a request makes nothing due"
    runs.carry_on(models(bill))
    assert due() == 2
    [reading, tagging] = page.get("/versions.json").json()["again"]
    assert (reading["due"], reading["runs"][0]["state"], reading["runs"][0]["rows"]) == (2, "made due", 2)
    assert tagging["runs"] == []
    assert bill.chats == calls
    change(
        "UPDATE work SET state = 'leased', lease_until = now() + interval '1 h', lease_token = gen_random_uuid()"
        " WHERE id = (SELECT min(id) FROM work WHERE state = 'due' AND asked = 'reread')"
    )
    stopped = page.post("/versions/stop", data=form_of(page, "/versions"))
    assert "is being stopped" in page.get(stopped.headers["location"]).text
    runs.carry_on(models(bill))
    assert rows("SELECT state FROM work WHERE asked = 'reread' ORDER BY state") == [("leased",), ("skipped",)]
    [reading, _] = page.get("/versions.json").json()["again"]
    assert (reading["leased"], reading["stopping"], reading["runs"][0]["state"]) == (1, False, "stopped")
    assert acts()[1:] == [("operator", "page", "reanalyze.stop")]


def test_a_started_run_costs_no_more_than_its_price(bill: Bought, page: httpx.Client) -> None:
    operator(page)
    form, paid = form_of(page, AGAIN), bill.spent()
    page.post(AGAIN, data=form)
    bill.flow.post(message(9, "came later", photo()))  # its file is beyond the price
    bill.flow.run()
    later = bill.spent()
    runs.carry_on(models(bill))
    bill.flow.drive.settle()
    assert 0 < bill.spent() - later <= int(form["agreed"])
    assert later > paid


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR])
def test_only_an_operator_with_the_form_of_the_session_may(page: httpx.Client, role: Role) -> None:
    assert page.get(AGAIN, headers={"Accept": "text/html"}).headers["location"].startswith("/login?")
    assert page.post(AGAIN, data={"agreed": "10000000"}).status_code == 401
    assert page.post("/versions/stop", data={"what": "retag"}).status_code == 401
    operator(page, role)
    assert page.get(AGAIN).status_code == 403
    assert page.post(AGAIN, data={"agreed": "10000000"}).status_code == 403
    assert "/versions/again" not in page.get("/versions").text
    operator(page)
    assert page.post(AGAIN, data={"agreed": "10000000", "form_token": "of another"}).status_code == 403
    form = form_of(page, AGAIN)
    assert page.post(AGAIN, data=form, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert (rows("SELECT id FROM reprocess_runs"), acts()) == ([], [])


def test_all_options_of_the_command_choose(bill: Bought, page: httpx.Client) -> None:
    bill.connect("openai", VISION_MAX_TOKENS=600)
    bill.flow.post(message(1, "#winter", photo()), channel=CITY)
    bill.flow.watch("@city")
    bill.connect("openai", **NEW)
    operator(page)

    def files(more: str) -> int:
        answer = page.get(f"/versions/again.json?what=reanalyze&{more}")
        assert answer.status_code == 200, answer.text
        return int(answer.json()["plan"]["files"])

    first = one("SELECT min(id) FROM vision_versions")
    assert (files(""), files("channel=@city"), files("tag=winter"), files("since=2099-01-01")) == (3, 1, 1, 0)
    assert (files("kind=photo"), files("kind=video"), files(f"version={first}"), files("status=ok")) == (3, 0, 2, 3)
    assert (files("provider=openai"), files("mime=image/jpeg"), files("language=xx")) == (3, 3, 0)
    assert "--where kind=odd" in page.get(f"{AGAIN}&kind=odd").text
    tags = page.get("/versions/again.json?what=retag&everything=true").json()["plan"]
    assert (tags["publications"], tags["changed"], tags["price"]) == (3, 0, None)
    form = form_of(page, f"{AGAIN}&channel=@city&tag=winter")
    [action] = re.findall(r'action="(/versions/again\?[^"]+)"', unescape(page.get(f"{AGAIN}&channel=@city").text))
    page.post(action, data=form)
    runs.carry_on(models(bill))
    assert due() == 1
    assert rows("SELECT scope ->> 'channel' FROM reprocess_runs") == [("@city",)]


def test_a_run_goes_on_where_a_killed_process_left_it(bill: Bought, page: httpx.Client) -> None:
    started = runs.start(Scope(What.READ), SOMEONE, 10**9, models(bill))
    assert started.run is not None
    first = one("SELECT min(id) FROM media_files")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(runs, "WINDOW", 1)
        step = runs.advance(models(bill))
        assert step is not None
        assert (step.rows, step.ended, one("SELECT cursor FROM reprocess_runs")) == (1, False, first)
        assert runs.start(Scope(What.READ), SOMEONE, 10**9, models(bill)).run == started.run, "twice at once is one"
        runs.carry_on(models(bill))
    assert (due(), one("SELECT count(*) FROM reprocess_runs"), one("SELECT rows FROM reprocess_runs")) == (2, 1, 2)


def test_a_run_ends_where_workers_have_another_recipe_than_its_price(bill: Bought, page: httpx.Client) -> None:
    runs.start(Scope(What.READ), SOMEONE, 10**9, models(bill))
    bill.connect("openai", VISION_MAX_TOKENS=900)
    runs.carry_on(models(bill))
    assert (due(), one("SELECT reason FROM reprocess_runs")) == (0, runs.OTHER_VERSIONS)
    operator(page)
    assert runs.OTHER_VERSIONS in page.get("/versions").text


def test_a_dry_run_has_its_time_and_its_turn(bill: Bought, page: httpx.Client) -> None:
    before = rows("SELECT id FROM vision_versions")
    with pytest.raises(TookTooLong, match="choose a channel or a date"):
        dry_run(Scope(What.READ), models(bill), seconds=0.0)
    assert dry_run(Scope(What.READ), models(bill)).subjects == 2
    assert rows("SELECT id FROM vision_versions") == before, "not even its recipe is registered"
    with AT_ONCE, AT_ONCE, pytest.raises(UserError, match="other dry runs"):
        dry_run(Scope(What.READ), models(bill))
    assert dry_run(Scope(What.READ), models(bill)).subjects == 2


def test_a_stop_is_finished_before_the_next_start(bill: Bought, page: httpx.Client) -> None:
    runs.start(Scope(What.READ), SOMEONE, 10**9, models(bill))
    with transaction() as session:
        assert runs.request_stop(session, What.READ, SOMEONE) is not None
    with pytest.raises(UserError, match="being stopped"):
        runs.start(Scope(What.READ), SOMEONE, 10**9, models(bill))
    runs.carry_on(models(bill))
    assert due() == 0
    with transaction() as session:
        assert runs.request_stop(session, What.READ, SOMEONE) is None
    assert runs.start(Scope(What.READ), SOMEONE, 10**9, models(bill)).run is not None
    assert one("SELECT count(*) FROM work WHERE step = :step AND state = 'due'", step=Step.ANALYZE.value) == 0
