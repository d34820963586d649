"""Every page in the browser: a quiet console, nothing from elsewhere, no fault that axe sees, nothing too wide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.web.archive import Served
from tests.web.browser import LOOKS, Look, Window, window
from tests.web.pages import ERRORS, OTHER, PAGES, Address, routes

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OPTIONS = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": list(RULES)}}
# All looks see the first address of each page. The others are seen wide and light, and narrow and dark.
SHORT = (LOOKS[0], LOOKS[-1])


def violations(page: Page) -> list[str]:
    """Faults that axe finds, each with its rule and the first elements that have it."""
    every = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"axe: {one['id']}: {[node['target'] for node in one['nodes'][:3]]}" for one in every]


def too_wide(page: Page) -> list[str]:
    """Whether the page has to be scrolled sideways."""
    width, wanted = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    return [f"{wanted} pixels wide in a window of {width}"] if wanted > width else []


def without_pictures(page: Page) -> list[str]:
    """Pictures that did not load."""
    broken = "[...document.images].filter((one) => !one.naturalWidth).map((one) => one.src)"
    return [f"no picture: {one}" for one in page.evaluate(broken)]


def faults(shown: Window, one: Address) -> list[str]:
    """All that is wrong with an address."""
    shown.open(one.path, one.status)
    page = shown.page
    found = [*without_pictures(page), *violations(page), *too_wide(page), *shown.complaints()]
    return [f"{one.path} ({one.shows}): {fault}" for fault in found]


def addresses(archive: Served, look: Look) -> Iterator[Address]:
    """The addresses that a look sees."""
    for shown in PAGES.values():
        for number, (shows, find) in enumerate(shown.items()):
            if number == 0 or look in SHORT:
                yield Address(shows, find(archive))
    if look in SHORT:
        yield from ERRORS


def test_the_walk_knows_every_route_of_the_application() -> None:
    assert routes() == PAGES.keys() | OTHER.keys()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_no_page_has_a_fault(browser: Browser, archive: Served, look: Look) -> None:
    with window(browser, archive.url, look) as shown:
        found = [fault for one in addresses(archive, look) for fault in faults(shown, one)]
    assert found == []
