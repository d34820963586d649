"""Exported pages, opened from the disk: read, searched, without script, and nothing of a post runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.adapters.store.files import FileStore
from tests.factories.exports import medium, plan, record, stored, written
from tests.factories.pictures import encoded, texture
from tests.web.browser import Look, window
from tests.web.test_walk import SHORT, too_wide, violations

ATTACK = '<script>document.title = "ran"</script><img src=x onerror="document.title = \'ran\'">'
PICTURE = encoded(texture(60, 40, 1))


@pytest.fixture(scope="module", params=["en", "ru"])
def export(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three parts of 120 publications: two pages and a part of the index each."""
    home = tmp_path_factory.mktemp("home")
    stored(FileStore(home / "media"), PICTURE)
    posts = [record(number, f"Publication {number}") for number in range(1, 361)]
    posts[2] = record(3, ATTACK, medium(PICTURE))
    posts[299] = record(300, "Ёлка у причала, рейс №7")
    parts = [posts[start : start + 120] for start in range(0, 360, 120)]
    return written(home, *parts, given=plan(language=str(request.param)))


@pytest.fixture
def opened(browser: Browser, export: Path) -> Iterator[Page]:
    """The first page; every request and every complaint of the browser is looked at in the end."""
    with look_at(browser, export / "index.html", Look()) as page:
        yield page


@contextmanager
def look_at(browser: Browser, path: Path, look: Look) -> Iterator[Page]:
    """A page from the disk: a quiet console, and no request to anywhere else."""
    with window(browser, path.parent.as_uri(), look) as found:
        found.page.goto(path.as_uri())
        yield found.page
        assert found.complaints() == []


def search(page: Page, text: str) -> None:
    page.get_by_role("searchbox").fill(text)
    page.keyboard.press("Enter")


def test_the_search_reads_part_after_part_and_leads_to_the_post(opened: Page) -> None:
    search(opened, "елка рейс")
    hit = opened.locator("#hits li")
    expect(hit).to_have_count(1)
    assert [one.inner_text() for one in opened.locator("#hits mark").all()] == ["Ёлка", "рейс"]
    hit.get_by_role("link").click()
    assert opened.url.endswith("/pages/00005.html#p300")
    assert "Ёлка" in opened.locator("article:target").inner_text()


def test_many_hits_come_by_fifties_and_words_without_any_say_so(opened: Page) -> None:
    search(opened, "publication")
    expect(opened.locator("#hits li")).to_have_count(50)
    opened.locator("#more").click()
    expect(opened.locator("#hits li")).to_have_count(100)
    search(opened, "nosuchword")
    expect(opened.locator("#hits li")).to_have_count(0)
    expect(opened.locator("#state")).not_to_be_empty()


def test_nothing_of_a_post_runs(opened: Page) -> None:
    opened.locator(".pages a").first.click()
    assert "<script>" in opened.locator("#p3 .text").inner_text()
    assert opened.title() != "ran"
    search_page = opened.url.replace("pages/00001.html", "index.html")
    opened.goto(search_page)
    search(opened, "script")
    expect(opened.locator("#hits li")).to_have_count(1)
    assert opened.title() != "ran"


def test_every_page_is_read_without_script(browser: Browser, export: Path) -> None:
    with look_at(browser, export / "index.html", Look(script=False)) as page:
        assert not page.locator("#search").is_visible()
        assert page.locator(".pages a").count() == 6
        page.locator(".pages a").first.click()
        read = []
        while True:
            read += [str(one.get_attribute("id")) for one in page.locator("article").all()]
            if not page.locator("a[rel=next]").count():
                break
            page.locator("a[rel=next]").first.click()
        assert read == [f"p{number}" for number in range(1, 361)]


def test_pictures_are_beside_the_pages(browser: Browser, export: Path) -> None:
    with look_at(browser, export / "pages/00001.html", Look()) as page:
        picture = page.locator("#p3 img")
        assert picture.get_attribute("alt") == "A ferry"
        picture.scroll_into_view_if_needed()
        page.wait_for_function("document.querySelector('#p3 img').naturalWidth > 0")


@pytest.mark.parametrize("look", SHORT, ids=str)
def test_axe_finds_nothing(browser: Browser, export: Path, look: Look) -> None:
    for path in ("index.html", "pages/00001.html"):
        with window(browser, export.as_uri(), look) as found:
            found.page.goto((export / path).as_uri())
            assert found.complaints() == []  # axe itself reads the sheet anew, which the page forbids
            assert violations(found.page) + too_wide(found.page) == []
