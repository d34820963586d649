"""Caps that an operator sets: every process follows at once, spend stays below them in races, work goes on."""

from __future__ import annotations

import random
import re
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape

import httpx
import pytest
from sqlalchemy import text

from app.db import transaction
from app.demo.llm import Fault
from app.doctor import providers as doctor
from app.domain.access.audited import Actor, Via
from app.domain.access.roles import Role
from app.domain.budget import Limits, Refusal
from app.domain.kinds import Step
from app.errors import UserError
from app.observe import gauges
from app.operations.budgets import end_rest, reset_cap, set_cap, tokens_of
from app.pipeline.engine import ledger
from app.pipeline.engine.ledger import Purchase
from app.pipeline.engine.sweep import sweep
from app.pipeline.engine.work import Claim
from app.settings import Settings, get_settings
from app.status.providers import caps_in_words, providers
from app.verify.spending import Spending
from tests.browsing import browsing, signed_in
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.paid import Bought

ANNA = Actor("anna", Via.PAGE)
WIDE = Limits(daily=1_000, at_once=10_000)
ASKED = replace(WIDE, questions=1_000, counts_questions=True)
SPENT = "SELECT coalesce(sum(coalesce(settled, reserved)), 0) FROM token_ledger WHERE provider = 'openai'"


def book(price: int, purpose: ledger.Purpose = "vision") -> bool:
    """Whether a worker may call now; the call stays open."""
    held = Claim(1, Step.ANALYZE, 1, 1, 1, None, uuid.uuid4())
    limits = ASKED if purpose == "ask" else WIDE
    with transaction() as session:
        found = ledger.reserve(session, held, Purchase("openai", "m", purpose, "k", price), limits)
    return not isinstance(found, Refusal)


def put(budget: str, tokens: int | None, *, today: bool = False) -> int:
    """Sets a cap; returns the tokens that were spent before it."""
    with transaction() as session:
        set_cap(session, get_settings(), ANNA, budget, "day", tokens, for_today=today)
        return int(session.scalar(text(SPENT)) or 0)


@pytest.mark.parametrize(("budget", "purpose"), [("openai", "vision"), ("questions", "ask")])
def test_spend_never_exceeds_the_cap_in_force_while_an_operator_changes_it(
    settings: Settings, budget: str, purpose: ledger.Purpose
) -> None:
    book(0, purpose)  # the provider has its row
    dice = random.Random(16)
    stop = threading.Event()
    admitted = [0] * 4

    def worker(number: int) -> None:
        while not stop.is_set():
            admitted[number] += book(dice.choice((3, 7, 11)), purpose)

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(worker, number) for number in range(4)]
        caps, spent = [1_000], [0]
        try:
            for _ in range(15):
                cap = max(0, spent[-1] + dice.randint(-60, 90))
                spent.append(put(budget, cap))
                caps.append(cap)
                stop.wait(0.05)
        finally:
            stop.set()
        for each in workers:
            each.result()
    last = int(one(SPENT))
    for cap, before, after in zip(caps, spent, [*spent[1:], last], strict=True):
        assert after <= max(before, cap), (cap, before, after)
    assert sum(admitted) > 15
    assert len({*spent}) > 5, "workers spent between the changes"


def test_the_cap_of_today_passes_before_the_lasting_one_and_that_before_the_setting(settings: Settings) -> None:
    assert book(900)
    assert not book(200), "the setting allows 1,000"
    put("openai", 1_200)
    assert book(200)
    put("openai", 1_500, today=True)
    assert book(300)
    change("UPDATE budget_caps SET until = now() - interval '1 s' WHERE until IS NOT NULL")  # midnight
    assert not book(1)
    put("openai", None)
    assert book(10_000)
    with transaction() as session:
        reset_cap(session, get_settings(), ANNA, "openai", "day")
    assert not book(1)
    with pytest.raises(UserError, match="already"), transaction() as session:
        reset_cap(session, get_settings(), ANNA, "openai", "day")
    assert rows("SELECT DISTINCT act FROM audit_entries ORDER BY act") == [("budget.reset",), ("budget.set",)]


def test_a_refusal_says_whose_cap_it_is(settings: Settings) -> None:
    put("openai", 5)
    held = Claim(1, Step.ANALYZE, 1, 1, 1, None, uuid.uuid4())
    with transaction() as session:
        refused = ledger.reserve(session, held, Purchase("openai", "m", "vision", "k", 9), WIDE)
    assert isinstance(refused, Refusal)
    assert refused.reason == "one call may cost 9 tokens, more than OPENAI_DAILY_TOKENS=5 of an operator allows"


@pytest.mark.parametrize("text", ["", "-1", "1.5", "many", "9" * 17, "1e3", "٣"])
def test_a_cap_is_a_number_or_unlimited(text: str) -> None:
    with pytest.raises(UserError, match="number of tokens"):
        tokens_of(text)
    assert (tokens_of(" 250 000 "), tokens_of("Unlimited")) == (250_000, None)


@pytest.fixture
def page(bill: Bought) -> Iterator[httpx.Client]:
    """The page over one picture that waits for a budget."""
    bill.photos(1)
    bill.connect("openai", OPENAI_DAILY_TOKENS=bill.spent())
    bill.photos(1, first=2)
    assert states() == {"done": 1, "waiting": 1}
    with browsing(get_settings()) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        yield client


def states() -> dict[str, int]:
    return dict(rows("SELECT state, count(*) FROM work WHERE step = 'analyze' GROUP BY state"))


def sign_in(client: httpx.Client, role: Role = Role.OPERATOR) -> dict[str, str]:
    """The token that forms of this user carry; empty for one that sees no form."""
    client.cookies.update(signed_in(get_settings(), role))
    found = re.search(r'name="form_token" value="(\w+)"', client.get("/budgets").text)
    return {"form_token": found[1]} if found else {}


def test_a_higher_cap_lets_waiting_work_go_on_at_once_and_everything_tells_it(bill: Bought, page: httpx.Client) -> None:
    token = sign_in(page)
    assert "OPENAI_DAILY_TOKENS" in page.get("/budgets").text
    bill.flow.drive.settle()
    assert states() == {"done": 1, "waiting": 1}, "it waits until midnight"
    data = {**token, "budget": "openai", "tokens": "300 000", "until": "midnight"}
    answer = page.post("/budgets/set", data=data)
    assert answer.status_code == 303
    assert "has another cap now" in page.get(answer.headers["location"]).text
    sweep()
    bill.flow.drive.settle()
    assert states() == {"done": 2}
    assert one("SELECT count(*) FROM paid_providers WHERE wake_since IS NOT NULL") == 0
    text = unescape(page.get("/budgets").text)
    assert "set by operator until" in text
    [budget] = page.get("/budgets.json").json()["budgets"]
    assert (budget["provider"]["daily_cap"], budget["provider"]["daily_operator"]["by"]) == (300_000, "operator")
    with transaction() as session:
        [status] = providers(session, get_settings())
    assert "300,000 tokens a day (set by operator until 00:00 UTC)" in caps_in_words(status)
    assert any("set by operator" in note for note in Spending().notes())
    limits = doctor._in_force(get_settings(), "openai")
    assert "300,000 tokens a day (set by an operator)" in doctor.budget(get_settings(), "openai", limits)
    samples = gauges.read(get_settings())
    assert samples["vision_budget_limit_tokens"]["openai", "day"] == 300_000
    assert samples["vision_budget_limit_by_operator"]["openai", "day"] == 1
    assert samples["vision_budget_limit_by_operator"]["openai", "month"] == 0
    page.post("/budgets/reset", data={**token, "budget": "openai"})
    assert gauges.read(get_settings())["vision_budget_limit_by_operator"]["openai", "day"] == 0
    assert rows("SELECT actor, via, act, target FROM audit_entries ORDER BY id") == [
        ("operator", "page", "budget.set", "openai day"),
        ("operator", "page", "budget.reset", "openai day"),
    ]


def test_an_operator_ends_the_rest_of_a_provider(bill: Bought, page: httpx.Client) -> None:
    bill.connect("openai", OPENAI_DAILY_TOKENS="unlimited")
    bill.server.faults.add(Fault("no_credit", times=1))
    bill.later()
    token = sign_in(page)
    assert "End the rest now" in page.get("/budgets").text
    assert states() == {"done": 1, "waiting": 1}
    assert page.post("/budgets/wake", data={**token, "provider": "openai"}).status_code == 303
    sweep()
    bill.flow.drive.settle()
    assert states() == {"done": 2}
    assert page.post("/budgets/wake", data={**token, "provider": "openai"}).status_code == 400
    with pytest.raises(UserError, match="no provider"), transaction() as session:
        end_rest(session, ANNA, "nobody")


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR])
def test_only_an_operator_changes_budgets(page: httpx.Client, role: Role) -> None:
    acts = {"set": {"budget": "openai", "tokens": "1"}, "reset": {"budget": "openai"}, "wake": {"provider": "openai"}}
    for act, data in acts.items():
        assert page.post(f"/budgets/{act}", data=data).status_code == 401
    token = sign_in(page, role)
    assert "/budgets/set" not in page.get("/budgets").text
    for act, data in acts.items():
        assert page.post(f"/budgets/{act}", data={**token, **data}).status_code == 403
    sign_in(page)
    for act, data in acts.items():
        assert page.post(f"/budgets/{act}", data={**data, "form_token": "of another"}).status_code == 403
    assert rows("SELECT 1 FROM budget_caps") == rows("SELECT 1 FROM audit_entries") == []


def test_a_form_with_other_values_is_refused(page: httpx.Client) -> None:
    token = sign_in(page)
    for wrong in ({"budget": "odd"}, {"span": "year"}, {"tokens": "-5"}, {"budget": "questions", "span": "month"}):
        answer = page.post("/budgets/set", data={**token, "budget": "openai", "tokens": "5", **wrong})
        assert answer.status_code == 400, wrong
    page.post("/budgets/set", data={**token, "budget": "openai", "tokens": "5", "set_by": "root", "lasting": "true"})
    assert rows("SELECT set_by, lasting, tokens FROM budget_caps") == [("operator", False, 5)]
