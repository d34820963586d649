"""Searches and alerts on their pages: an editor keeps, makes, pauses, sends again, removes; a reader sees no button."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.domain.access.roles import Role
from tests.integration.pipeline.database import change, one
from tests.web.archive import Served
from tests.web.browser import NARROW, WIDE, Look, Window, window
from tests.web.test_acts import press, sign_in, told
from tests.web.test_walk import too_wide


@pytest.fixture(params=[Look(WIDE), Look(NARROW, "dark"), Look(WIDE, script=False)], ids=str)
def editor(request: pytest.FixtureRequest, browser: Browser, archive: Served, at_home: None) -> Iterator[Window]:
    """The window of an editor; the rows of the acts go afterwards."""
    with window(browser, archive.url, request.param) as shown:
        sign_in(shown, Role.EDITOR)
        yield shown
        assert shown.complaints() == []
    change("DELETE FROM alerts WHERE name <> 'lamps'")
    change("DELETE FROM saved_searches WHERE name <> 'lamps'")


def test_an_editor_keeps_a_search_and_makes_an_alert(editor: Window) -> None:
    page = editor.open("/search?q=ярмарка").page
    page.get_by_text("Posts for which an alert would fire").click()
    page.get_by_label("Name").fill("Fair")
    press(page, "Keep the search")
    told(page, "fair is a saved search now")
    page.locator("article").filter(has_text="fair").get_by_role("link", name="To the box").click()
    expect(page.get_by_role("searchbox", name="Query")).to_have_value("ярмарка")
    page = editor.open("/alerts").page
    page.get_by_label("Saved search").select_option("fair")
    page.get_by_label("Webhook").fill("https://hooks.example.org/fair")
    page.get_by_label("again when edited or read better").check()
    press(page, "Make the alert")
    expect(page.get_by_text("whsec_")).to_be_visible()
    assert too_wide(page) == []
    editor.open("/alerts")
    expect(page.get_by_text("whsec_")).to_have_count(0)
    page.get_by_role("link", name="fair").click()
    press(page, "Pause")
    told(page, "fair is paused")
    press(page, "Go on")
    told(page, "fair fires again")
    press(page, "Remove with its deliveries")
    told(page, "fair is removed")
    page = editor.open("/saved").page
    page.locator("article").filter(has_text="fair").get_by_role("button", name="Forget").click()
    told(page, "fair is forgotten")


def test_an_editor_sends_a_delivery_once_more(editor: Window) -> None:
    change("UPDATE work SET state = 'dead', reason = 'no such chat' WHERE step = 'deliver'")
    page = editor.open("/alerts/1").page
    expect(page.get_by_text("no such chat")).to_be_visible()
    assert too_wide(page) == []
    press(page, "Send once more")
    told(page, "lamps will be sent once more")
    assert one("SELECT state FROM work WHERE step = 'deliver'") == "due"


def test_a_reader_has_no_button(browser: Browser, archive: Served, at_home: None) -> None:
    with window(browser, archive.url, Look(WIDE)) as shown:
        sign_in(shown, Role.READER)
        page = shown.open("/saved").page
        expect(page.get_by_role("button", name="Forget")).to_have_count(0)
        expect(page.get_by_text("Editors who are signed in")).to_be_visible()
        shown.open("/alerts", 403)
