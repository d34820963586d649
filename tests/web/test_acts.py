"""Acts on pages in each role, by mouse and by keys: an operator does each of them, all others see no button."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.access.roles import Role
from app.settings import get_settings
from app.web.visitors import form_token
from tests.browsing import signed_in
from tests.integration.pipeline.database import change, one, rows
from tests.web.archive import Served
from tests.web.browser import NARROW, WIDE, Look, Window, window

EVERY = 16_000  # milliseconds after which the page has read its figures again; its clock is ours
NAME = "@ownwords_channel"  # of the channel that the tests add


@pytest.fixture(params=[Look(WIDE), Look(NARROW, "dark"), Look(WIDE, script=False)], ids=str)
def operator(request: pytest.FixtureRequest, browser: Browser, archive: Served, at_home: None) -> Iterator[Window]:
    """The window of an operator."""
    with window(browser, archive.url, request.param) as shown:
        sign_in(shown, Role.OPERATOR)
        yield shown
        assert shown.complaints() == []


def sign_in(shown: Window, role: Role) -> dict[str, str]:
    """Gives a window the session of a user; returns its cookie."""
    cookies = signed_in(get_settings(), role)
    shown.page.context.add_cookies([{"name": key, "value": value, "url": shown.url} for key, value in cookies.items()])
    return cookies


def press(page: Page, name: str) -> None:
    """Goes to a button by its focus and presses it by a key."""
    found = page.get_by_role("button", name=name, exact=True)
    found.focus()
    page.keyboard.press("Enter")


def told(page: Page, words: str) -> None:
    """The page confirms the act, in sight."""
    notice = page.get_by_role("status").filter(has_text=words)
    expect(notice).to_be_visible()
    expect(notice).to_be_in_viewport()


@pytest.fixture
def unwatched() -> Iterator[None]:
    """Takes the channel of the tests away again."""
    yield
    change("DELETE FROM channels WHERE reference = :name", name=NAME)


@pytest.mark.usefixtures("unwatched")
def test_an_operator_adds_limits_reads_stops_and_resumes_a_channel(operator: Window) -> None:
    page = operator.open("/channels").page
    page.get_by_text("Add channels", exact=True).click()
    page.get_by_label("Channels, one a line").fill("no channel")
    page.get_by_role("button", name="Watch", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Channels, one a line").fill(NAME)
    press(page, "Watch")
    told(page, f"{NAME} watched from now on")
    change("UPDATE channels SET cursor = 90, backfill_cursor = 31 WHERE reference = :name", name=NAME)
    card = operator.open("/channels").page.locator("article").filter(has_text=NAME)
    expect(card.get_by_role("progressbar")).to_have_attribute("value", "67")
    press(page, f"Read its history: {NAME}")
    told(page, f"{NAME} is read back through its history")
    card.get_by_text("Limits and commands").click()
    card.get_by_label("video").uncheck()
    card.get_by_label("Largest file").fill("50 MB")
    page.keyboard.press("Enter")
    told(page, f"{NAME} fetched by its new limits")
    expect(card).to_contain_text("photo, audio and document, up to 50 MB")
    card.get_by_role("button", name="Stop watching").click()
    told(page, f"{NAME} not watched any more")
    expect(card.locator(".state")).to_have_text("not watched")
    press(page, f"Watch again: {NAME}")
    told(page, f"{NAME} watched again")


@pytest.mark.usefixtures("unwatched")
def test_progress_grows_in_its_place_and_moves_nothing(browser: Browser, archive: Served, at_home: None) -> None:
    change("INSERT INTO channels (reference, cursor, backfill_cursor) VALUES (:name, 90, 91)", name=NAME)
    with window(browser, archive.url, Look(NARROW)) as shown:
        shown.page.clock.install()
        card = shown.open("/channels").page.locator("article").filter(has_text=NAME)
        card.scroll_into_view_if_needed()
        before = shown.page.evaluate("scrollY")
        card.get_by_text("Commands").click()
        change("UPDATE channels SET backfill_cursor = 46 WHERE reference = :name", name=NAME)
        shown.page.clock.fast_forward(EVERY)
        expect(card.get_by_role("progressbar")).to_have_attribute("value", "50")
        assert shown.page.evaluate("scrollY") == before
        expect(card.get_by_text("media-audit channels remove")).to_be_visible()
        assert shown.complaints() == []


def test_an_operator_retries_a_row_a_step_and_a_paid_call(operator: Window) -> None:
    ids = [row for (row,) in _dead("tag", 900_001, "dead", 2) + _dead("analyze", 900_001, "unknown", 1)]
    try:
        page = operator.open("/work?state=dead&step=tag").page
        press(page, "Retry: tag publication 900001")
        told(page, "tag publication 900001 due again")
        page.get_by_role("button", name="Retry all rows of the step tag").click()
        told(page, "due again")
        expect(page.locator("article")).to_have_count(0)
        page = operator.open("/work?state=unknown").page
        page.get_by_text("Ask the provider again").click()
        row = page.locator("article")
        row.get_by_role("button", name="Retry").click()
        expect(row.get_by_role("checkbox")).to_be_focused()  # nothing is sent before the user agrees
        row.get_by_role("checkbox").check()
        row.get_by_role("button", name="Retry").click()
        told(page, "analyze file 900001 due again")
        assert one("SELECT count(*) FROM work WHERE id = ANY(:ids) AND state = 'due'", ids=ids) == 3
    finally:
        change("DELETE FROM work WHERE id = ANY(:ids)", ids=ids)


def _dead(step: str, first: int, state: str, number: int) -> list[tuple[int]]:
    """Rows of work that were given up."""
    return rows(
        "INSERT INTO work (step, subject_id, revision, state) SELECT :step, n, 1, :state"
        " FROM generate_series(CAST(:first AS bigint), :first + :number - 1) n RETURNING id",
        step=step,
        first=first,
        state=state,
        number=number,
    )


def test_the_audit_leads_from_a_user_to_the_acts(operator: Window) -> None:
    page = operator.open("/audit").page
    page.get_by_label("Act").select_option("channel.add")
    press(page, "Show")
    page.wait_for_url("**act=channel.add*")
    expect(page.get_by_role("heading", level=1)).to_have_text("Audit")


@pytest.mark.parametrize("role", [None, Role.READER, Role.EDITOR], ids=str)
def test_all_others_see_no_button_and_are_refused(
    browser: Browser, archive: Served, at_home: None, role: Role | None
) -> None:
    number = archive.one("SELECT id FROM channels ORDER BY id")
    with window(browser, archive.url) as shown:
        cookies = sign_in(shown, role) if role else {}
        for address in ("/channels", "/work?state=dead"):
            page = shown.open(address).page
            assert page.locator("main form[method=post]").count() == 0, address
            assert page.get_by_role("link", name="Audit", exact=True).count() == 0
        assert shown.complaints() == []
        for sent in (f"/channels/{number}/stop", "/channels", "/work/retry"):
            fields: dict[str, str | float | bool] = {"form_token": form_token(cookies["session"])} if cookies else {}
            answer = shown.page.request.post(archive.url + sent, form=fields, headers={"Origin": archive.url})
            assert answer.status == (403 if role else 401), sent
    assert httpx.get(f"{archive.url}/channels.json").json()["page"]["channels"][0]["status"]["enabled"]
