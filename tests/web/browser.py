"""Debian's chromium on the page: its windows, and all that went wrong in them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

REMEDY = "chromium is not here: as root, apt-get install chromium"
WIDE = (1280, 900)
NARROW = (390, 844)
Scheme = Literal["light", "dark"]
LEFT = "net::ERR_ABORTED"  # of a stream, or of pictures that were on their way as the user went on
TOLD = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
# Pictures below the window load once a user comes near them; here, at once.
LOAD = """Promise.all([...document.images].map((one) => {
  one.loading = "eager";
  return one.complete || new Promise((done) => { one.onload = one.onerror = done; });
}))"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's chromium without a screen. The whole run ends at once without it: nothing here can be told then.

    Without its sandbox, which root and many containers cannot have: it opens our own pages alone.
    """
    program = shutil.which("chromium")
    if program is None:
        pytest.exit(REMEDY, returncode=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Look:
    """How a user looks at the page. size: width and height of the window in CSS pixels."""

    size: tuple[int, int] = WIDE
    scheme: Scheme = "light"
    language: str = "en"
    script: bool = True

    def __str__(self) -> str:
        return f"{self.size[0]} {self.scheme} {self.language}{'' if self.script else ' without script'}"


# Each pair of width, colours and language comes once.
LOOKS = (
    Look(WIDE, "light", "en"),
    Look(WIDE, "dark", "ru"),
    Look(NARROW, "light", "ru"),
    Look(NARROW, "dark", "en"),
)


@dataclass
class Window:
    """A page of the browser. url: of the server; wrong: complaints of the browser so far, a line each."""

    page: Page
    url: str
    wrong: list[str] = field(default_factory=list)

    def open(self, address: str, status: int = 200) -> Window:
        """Goes to an address of the server and has all its pictures loaded."""
        answer = self.page.goto(self.url + address, wait_until="load")
        assert answer is not None
        assert answer.status == status, f"{address}: {answer.status}"
        self.page.evaluate(LOAD)
        return self

    def complaints(self) -> list[str]:
        """What went wrong since the last call."""
        found, self.wrong[:] = list(self.wrong), []
        return found

    def text(self) -> str:
        """The words of the whole page that a user sees, in one line."""
        return " ".join(self.page.inner_text("body").split())

    def listen(self) -> None:
        """Notes messages of the console, faults of scripts, requests that fail, and those to another host."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # The status of an answer is noted by `_response`, without that of the page itself, which a test knows.
        if not TOLD.match(message.text):
            self.wrong.append(f"console: {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self.wrong.append(f"failed: {request.url}: {request.failure}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.wrong.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.wrong.append(f"status {response.status}: {response.url}")


@contextmanager
def window(browser: Browser, url: str, look: Look = Look()) -> Iterator[Window]:
    """A window of a fresh visitor."""
    with context(browser, look) as made:
        found = Window(made.new_page(), url)
        found.listen()
        yield found


@contextmanager
def context(browser: Browser, look: Look) -> Iterator[BrowserContext]:
    """The windows of one visitor, who share cookies."""
    width, height = look.size
    made = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=look.scheme,
        locale=look.language,
        java_script_enabled=look.script,
        reduced_motion="reduce",
    )
    made.set_default_timeout(20_000)
    try:
        yield made
    finally:
        made.close()
