"""The page without its script: the same content at each address, and every form works."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app import wiring
from app.pipeline.steps.ask import answer_questions
from tests.web.archive import Served
from tests.web.browser import Look, Window, window
from tests.web.pages import ERRORS, PAGES, Address

PLAIN = Look(script=False)
EXPECTED = 20_000  # milliseconds
PASSING = re.compile(r"\d+ (?:second|minute)s? ago")


@pytest.fixture
def shown(browser: Browser, archive: Served) -> Iterator[Window]:
    """A window without script."""
    with window(browser, archive.url, PLAIN) as found:
        yield found
        assert found.complaints() == []


def test_each_page_says_the_same(browser: Browser, archive: Served) -> None:
    every = [Address(shows, find(archive)) for page in PAGES.values() for shows, find in page.items()]
    differing = []
    with window(browser, archive.url) as scripted, window(browser, archive.url, PLAIN) as plain:
        for one in (*every, *ERRORS):
            words = [PASSING.sub("", each.open(one.path, one.status).text()) for each in (scripted, plain)]
            if words[0] != words[1] or len(words[1]) < 50:
                differing.append((one.path, *words))
    assert differing == []


def test_box_and_form_of_the_search_fill_each_other(shown: Window) -> None:
    page = shown.open("/search").page
    page.get_by_label("Query", exact=True).fill("lamp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=lamp", timeout=EXPECTED)
    page.get_by_text("Filters", exact=True).click()
    page.locator("select[name=kind]").select_option("photo")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_label("Query", exact=True)).to_have_value("lamp kind:photo")
    assert page.locator("article").count() > 0
    page.get_by_role("link", name="Without kind:photo").click()
    expect(page.get_by_label("Query", exact=True)).to_have_value("lamp")


def test_pages_of_the_feed_follow_each_other(shown: Window) -> None:
    page = shown.open("/feed").page
    first = page.locator("a.when").first.get_attribute("href")
    page.get_by_role("link", name="Older").click()
    expect(page.locator(f'a[href="{first}"]')).to_have_count(0)
    page.get_by_role("link", name="Newer").click()
    expect(page.locator("a.when").first).to_have_attribute("href", str(first))


def test_a_pasted_link_opens_its_publication(shown: Window, archive: Served) -> None:
    channel, number = archive.one(
        "SELECT c.username || '/' || o.telegram_message_id FROM posts o JOIN channels c ON c.id = o.channel_id"
        " WHERE c.username IS NOT NULL AND o.publication_id IS NOT NULL AND o.grouped_id IS NULL ORDER BY o.id"
    ).split("/")
    page = shown.open("/").page
    page.get_by_label("Link of a post").fill(f"https://t.me/{channel}/{number}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/p/{channel}/{number}", timeout=EXPECTED)


def test_the_choice_of_a_language_stays(shown: Window) -> None:
    page = shown.open("/feed").page
    page.get_by_role("link", name="Русский").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Лента")
    shown.open("/search")
    expect(page.get_by_role("heading", level=1)).to_have_text("Поиск")


def test_a_question_is_asked_and_its_page_shows_the_answer_by_itself(
    shown: Window, archive: Served, at_home: None
) -> None:
    page = shown.open("/ask").page
    page.get_by_label("Question").fill("Сколько мешков листьев собрали?")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_text("The answer is on its way.")).to_be_visible()
    number = int(page.url.rpartition("/")[2])
    answer_questions(wiring.checked_answerer(), [(number, 0)])
    expect(page.get_by_text("The answer is on its way.")).to_have_count(0, timeout=EXPECTED)
    assert archive.rows(f"SELECT 1 FROM questions WHERE id = {number} AND answered_at IS NOT NULL")
