"""New posts in an open page: they are announced and move nothing, and going back leads to the same place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count

import pytest
from playwright.sync_api import Browser, Page, TimeoutError, expect

from tests.e2e.flow import TestChannel
from tests.factories.messages import drawn_photo
from tests.services import TestServices
from tests.web.browser import NARROW, WIDE, Look, Window, window
from tests.web.live import live

EVERY = 16_000  # milliseconds after which the page has asked again; its clock is ours
EXPECTED = 20_000  # milliseconds
# The first article that begins within the window: its address, and how far from the edge; how far all is scrolled.
PLACE = """() => {
  const one = [...document.querySelectorAll("main article")].find((each) => each.getBoundingClientRect().top >= 0);
  return [one.querySelector("a.when").getAttribute("href"), Math.round(one.getBoundingClientRect().top), scrollY];
}"""


class Live:
    """A channel that posts, and the address of the page."""

    def __init__(self, channel: TestChannel, url: str) -> None:
        self.channel, self.url, self._ids = channel, url, count(1)

    def post(self, number: int, age: float = 0.0) -> None:
        """So many posts, each second one with a picture, until they can be seen. age: of the first, in seconds."""
        for step in range(number):
            file = drawn_photo() if step % 2 else None
            self.channel.post(id := next(self._ids), f"Новость {id}", file, age=max(0.0, age - step))
        self.channel.settle()


@pytest.fixture(scope="module")
def running(browser: Browser, services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The running system; never without a browser, whose absence is told at once."""
    with live(services, tmp_path_factory.mktemp("live") / "home") as (flow, url):
        made = Live(flow.channel().watch(), url)
        made.post(30, age=9_000)
        yield made


@pytest.fixture(params=[WIDE, NARROW], ids=["1280", "390"])
def shown(request: pytest.FixtureRequest, running: Live, browser: Browser) -> Iterator[Window]:
    """A window whose clock is the test's."""
    with window(browser, running.url, Look(request.param)) as found:
        found.page.clock.install()
        yield found
        assert found.complaints() == []


def halfway(page: Page) -> list[object]:
    """Scrolls to the middle of the feed; returns the place there."""
    page.evaluate("document.querySelectorAll('main article')[9].scrollIntoView()")
    page.evaluate("scrollBy(0, -40)")
    return list(page.evaluate(PLACE))


def there_and_back(page: Page, place: list[object], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Opens the publication at the top of the window, and goes back."""
    page.locator(f'a.when[href="{place[0]}"]').click()
    page.wait_for_url(f"**{place[0]}", timeout=EXPECTED)
    meanwhile()
    page.go_back()
    page.wait_for_url("**/feed*", timeout=EXPECTED)


def at(page: Page, place: list[object]) -> None:
    """Waits until the browser has scrolled there; AssertionError if it rests elsewhere."""
    with suppress(TimeoutError):
        page.wait_for_function(
            f"(place) => JSON.stringify(({PLACE})()) === JSON.stringify(place)", arg=place, timeout=5_000
        )
    assert page.evaluate(PLACE) == place


def announced(page: Page) -> None:
    """Lets time pass until the page tells of new posts."""
    page.clock.fast_forward(EVERY)
    expect(page.locator("#news a")).to_be_visible(timeout=EXPECTED)


def test_new_posts_are_announced_and_nothing_moves(running: Live, shown: Window) -> None:
    page = shown.open("/feed").page
    expect(page.locator("#news a")).to_be_hidden()
    place = halfway(page)
    running.post(3)
    announced(page)
    expect(page.locator("#news a")).to_be_in_viewport()
    assert page.evaluate(PLACE) == place
    page.locator("#news a").click()
    expect(page.locator("main article").first).to_contain_text("Новость")
    assert page.evaluate("scrollY") == 0


def test_going_back_leads_to_the_same_place_also_after_new_posts(running: Live, shown: Window) -> None:
    page = shown.open("/feed").page
    for more in (0, 3):  # without news, and with
        place = halfway(page)
        there_and_back(page, place, lambda more=more: running.post(more))  # type: ignore[misc]
        at(page, place)


def test_a_later_page_of_the_feed_keeps_its_address_and_its_place(running: Live, shown: Window) -> None:
    page = shown.open("/feed").page
    page.get_by_role("link", name="Older").click()
    page.wait_for_url("**cursor=*", timeout=EXPECTED)
    address, place = page.url, halfway(page)
    there_and_back(page, place)
    assert page.url == address
    at(page, place)
