"""Reading again, budgets and users on pages in each role: an operator acts, all others see no button."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.access import users
from app.db import transaction
from app.domain.access.roles import Role
from app.reprocess.runs import carry_on
from app.web.visitors import form_token
from tests.integration.pipeline.database import change, one
from tests.web.archive import Served
from tests.web.browser import NARROW, WIDE, Look, Window, window
from tests.web.test_acts import press, sign_in, told
from tests.web.test_walk import too_wide, violations

PASSWORD = "four words of no poem"
CHANNEL = "@lanternfield_workshop"


@pytest.fixture(params=[Look(WIDE), Look(NARROW, "dark"), Look(WIDE, script=False)], ids=str)
def operator(request: pytest.FixtureRequest, browser: Browser, archive: Served, at_home: None) -> Iterator[Window]:
    """The window of an operator; the rows of the acts go afterwards."""
    with window(browser, archive.url, request.param) as shown:
        sign_in(shown, Role.OPERATOR)
        yield shown
        assert shown.complaints() == []
    change("DELETE FROM reprocess_runs")
    change("DELETE FROM budget_caps")
    change("DELETE FROM users WHERE name IN ('eve', 'last')")
    change("UPDATE users SET role = name, password_hash = NULL, removed_at = NULL WHERE name = 'operator'")


def test_an_operator_sees_the_price_starts_and_stops(operator: Window) -> None:
    page = operator.open("/versions").page
    page.get_by_label("Do again").select_option("retag")
    page.get_by_label("Channel").fill(CHANNEL)
    page.get_by_label("of tags, also those without a change").check()
    press(page, "Show the price")
    expect(page.get_by_role("heading", level=1)).to_have_text("Read and tag again")
    expect(page.get_by_text("This costs no tokens")).to_be_visible()
    expect(page.get_by_label("Channel")).to_have_value(CHANNEL)
    assert too_wide(page) == []
    press(page, "Start")
    told(page, "has begun")
    expect(page.get_by_role("table", include_hidden=False).filter(has_text=CHANNEL)).to_be_visible()
    assert one("SELECT count(*) FROM work WHERE asked = 'reread' AND state = 'due'") == 0
    carry_on()
    due = one("SELECT count(*) FROM work WHERE asked = 'reread' AND state = 'due'")
    assert due == one("SELECT rows FROM reprocess_runs") > 0
    page = operator.open("/versions").page
    expect(page.get_by_text(f"{due} left")).to_be_visible()
    press(page, "Stop tagging again")
    told(page, "is being stopped")
    carry_on()
    operator.open("/versions")
    expect(page.get_by_role("cell", name="stopped", exact=True)).to_be_visible()
    assert one("SELECT count(*) FROM work WHERE asked = 'reread' AND state = 'due'") == 0
    change("UPDATE work SET state = 'done', asked = NULL, reason = NULL WHERE asked = 'reread' AND state = 'skipped'")


def test_an_operator_sets_a_cap_and_changes_it_back(operator: Window) -> None:
    page = operator.open("/budgets").page
    section = page.locator("section").filter(has_text="Questions")
    section.get_by_label("Another cap").fill("many")
    section.get_by_role("button", name="Set").click()
    expect(page.get_by_text("write the cap as a number of tokens")).to_be_visible()
    page.go_back()
    section.get_by_label("Another cap").fill("50 000")
    section.get_by_label("until").select_option("changed")
    section.get_by_role("button", name="Set").click()
    told(page, "has another cap now")
    expect(section).to_contain_text("0 / 50,000 set by operator until it is changed back")
    assert too_wide(page) == []
    press(page, "Change the cap of the day back")
    told(page, "has the cap of the settings again")
    expect(section).to_contain_text("ASK_DAILY_TOKENS")


def test_an_operator_keeps_users_and_is_warned_before_the_last_one_goes(
    operator: Window, request: pytest.FixtureRequest
) -> None:
    look: Look = request.node.callspec.params["operator"]
    page = operator.open("/users").page
    page.get_by_label("Name").fill("Eve")
    page.get_by_label("Role").select_option("editor")
    press(page, "Add the user")
    told(page, "eve is a user now")
    page.get_by_label("Role").select_option("reader")
    press(page, "Give this role")
    told(page, "eve has another role now")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    press(page, "Change the password")
    told(page, "eve has another password now")
    press(page, "Make a one-time link")
    address = page.locator("p.command").inner_text()
    assert re.fullmatch(r"http://.+/link/[\w-]{43}", address)
    assert [*(violations(page) if look.script else ()), *too_wide(page)] == []
    operator.open("/users/eve")
    assert address not in page.content()
    press(page, "Remove eve")
    told(page, "eve is no user any more")
    with transaction() as session:
        users.set_password(session, "operator", PASSWORD)
    sign_in(operator, Role.OPERATOR)
    operator.open("/users/operator")
    press(page, "Remove operator")
    expect(page.get_by_role("alert")).to_contain_text("operator is the last operator with a password")
    assert [*(violations(page) if look.script else ()), *too_wide(page)] == []
    page.get_by_role("link", name="Leave it as it is").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("operator")
    assert one("SELECT count(*) FROM users WHERE name = 'operator' AND removed_at IS NULL") == 1


@pytest.mark.parametrize("role", [None, Role.READER, Role.EDITOR], ids=str)
def test_all_others_see_no_button_and_are_refused(
    browser: Browser, archive: Served, at_home: None, role: Role | None
) -> None:
    with window(browser, archive.url) as shown:
        cookies = sign_in(shown, role) if role else {}
        for address in ("/versions", "/budgets"):
            page = shown.open(address).page
            assert page.locator("main form").count() == 0, address
            assert page.get_by_role("link", name="Users", exact=True).count() == 0
        assert shown.complaints() == []
        fields: dict[str, str | float | bool] = {"form_token": form_token(cookies["session"])} if cookies else {}
        for sent in ("/versions/again?what=retag", "/versions/stop", "/budgets/set", "/budgets/reset", "/users",
                     "/users/operator/remove", "/users/link", "/sessions/1/revoke"):  # fmt: skip
            answer = shown.page.request.post(archive.url + sent, form=fields, headers={"Origin": archive.url})
            assert answer.status == (403 if role else 401), sent
