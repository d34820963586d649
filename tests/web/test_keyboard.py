"""The page by keys alone: each thing to press is reached and seen, and posts are gone through."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.web.archive import Served
from tests.web.browser import Window, window
from tests.web.pages import PAGES

# Notes each element that Tab reaches, and whether its outline shows that it did.
WATCH = """() => {
  window.reached = new Map();
  addEventListener("focusin", (event) => {
    const look = getComputedStyle(event.target), box = event.target.getBoundingClientRect();
    const seen = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2
      && box.bottom > 0 && box.top < innerHeight && box.right > 0;
    window.reached.set(event.target, seen);
  });
}"""
THINGS = "a[href], button, input:not([type=hidden]), select, textarea, summary, video[controls], audio[controls]"
ROUND = """() => document.activeElement === document.body
  && window.reached.has(document.querySelector(".skip"))"""
MISSED = """(things) => [...document.querySelectorAll(things)]
  .filter((one) => one.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }))
  .filter((one) => !window.reached.has(one)).map((one) => one.outerHTML.slice(0, 100))"""
UNSEEN = "() => [...window.reached].filter(([, seen]) => !seen).map(([one]) => one.outerHTML.slice(0, 100))"
MOST = 1_000  # times that Tab is pressed on one page: more is a trap
EXPECTED = 20_000  # milliseconds


@pytest.fixture
def shown(browser: Browser, archive: Served) -> Iterator[Window]:
    """A wide window."""
    with window(browser, archive.url) as found:
        yield found


def through(shown: Window) -> None:
    """Presses Tab until it has gone round the page; from a box in its middle that has the focus at first, twice."""
    page = shown.page
    page.evaluate("document.activeElement.blur()")
    page.evaluate(WATCH)
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate(ROUND):
            return
    raise AssertionError(f"Tab never leaves {page.url}")


@pytest.mark.parametrize("route", PAGES)
def test_tab_reaches_each_thing_to_press_and_shows_where_it_is(shown: Window, archive: Served, route: str) -> None:
    shown.open(next(iter(PAGES[route].values()))(archive))
    through(shown)
    assert shown.page.evaluate(MISSED, THINGS) == []
    assert shown.page.evaluate(UNSEEN) == []


def test_the_first_tab_skips_to_the_content(shown: Window) -> None:
    shown.open("/feed")
    shown.page.keyboard.press("Tab")
    expect(shown.page.locator(".skip")).to_be_in_viewport()
    shown.page.keyboard.press("Enter")
    shown.page.keyboard.press("Tab")
    assert shown.page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_posts_are_gone_through_and_opened_by_keys(shown: Window) -> None:
    page = shown.open("/feed").page
    posts = page.locator("main article")
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(posts.nth(at)).to_be_focused()
        expect(posts.nth(at)).to_be_in_viewport()
    wanted = posts.nth(1).locator("a.when").get_attribute("href")
    page.keyboard.press("o")
    page.wait_for_url(f"**{wanted}", timeout=EXPECTED)
    assert shown.complaints() == []


def test_a_slash_leads_to_the_box_and_is_a_letter_in_it(shown: Window) -> None:
    page = shown.open("/search?q=lamp").page
    page.keyboard.press("/")
    box = page.locator("input[type=search]:focus")
    expect(box).to_have_count(1)
    page.keyboard.press("End")
    page.keyboard.type("/j")
    expect(box).to_have_value(re.compile("/j$"))


@pytest.mark.parametrize(("letter", "address"), [("f", "/feed"), ("c", "/channels"), ("w", "/work"), ("o", "/")])
def test_g_and_a_letter_lead_to_a_page(shown: Window, letter: str, address: str) -> None:
    page = shown.open("/budgets").page
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(f"**{address}", timeout=EXPECTED)
    assert shown.complaints() == []


def test_a_question_mark_shows_the_keys_and_escape_ends_that(shown: Window) -> None:
    page = shown.open("/feed").page
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_have_count(0)
    for opened in ("?", "by its link"):
        if opened == "?":
            page.keyboard.press("?")
        else:
            page.locator("#help").click()
        expect(keys).to_be_visible()
        page.keyboard.press("g")
        page.keyboard.press("w")
        page.keyboard.press("Escape")
        expect(keys).to_have_count(0)
    assert page.url.endswith("/feed")
    page.keyboard.press("?")
    keys.get_by_role("button", name="Close").click()
    expect(keys).to_have_count(0)
    assert shown.complaints() == []
