"""make pictures: the page on the sample channels of a demo that goes on, wide and narrow, as docs/pictures shows it."""

from __future__ import annotations

import argparse
from io import BytesIO
from urllib.parse import quote

import httpx
from PIL import Image
from playwright.sync_api import Browser

from app.local.fleet import running_page
from app.settings import get_settings
from tests.pages import ROOT
from tests.web.browser import Look, chromium, window

PICTURES = ROOT / "docs/pictures"
WIDE, NARROW = (1280, 900), (390, 844)
MOST = 60_000  # bytes of a picture: they lie in the repository
QUALITIES = (80, 70, 60, 50, 40, 30, 20)  # of WebP, the first that is small enough


def addresses(url: str) -> dict[str, str]:
    """Name of a picture -> address. The sample channels are the same each time, their numbers in the rows are not."""
    get = httpx.Client(base_url=url, timeout=60).get
    album = get("/search.json", params={"q": "ярмарка kind:photo", "order": "date"}).json()["hits"]
    shown = max((one["shown"] for one in album), key=lambda one: len(one["items"]))
    medium = next(medium for item in shown["items"] for medium in item["media"] if medium["sha256"])
    return {
        "overview": "/",
        "feed": "/feed",
        "channel": "/c/lanternfield_workshop",
        "gallery": "/gallery",
        "publication": f"/p/{quote(shown['channel']['key'])}/{shown['number']}",
        "picture": f"/m/{medium['sha256']}",
        "search": f"/search?q={quote('ярмарка OR lamp')}",
        "ask": "/ask",
        "answer": "/ask/1",
        "channels": "/channels",
        "work": "/work",
        "versions": "/versions",
        "budgets": "/budgets",
    }


def small(png: bytes) -> bytes:
    """A screenshot as WebP of at most MOST bytes."""
    with Image.open(BytesIO(png)) as opened:
        for quality in QUALITIES:
            packed = BytesIO()
            opened.save(packed, "WEBP", quality=quality, method=6)
            if packed.tell() <= MOST:
                break
        return packed.getvalue()


def take(browser: Browser, url: str, name: str, address: str) -> None:
    """Both pictures of a page: wide in light, narrow in dark."""
    for look in (Look(WIDE, "light"), Look(NARROW, "dark")):
        with window(browser, url, look) as shown:
            page = shown.open(address).page
            page.evaluate("document.activeElement.blur()")
            (PICTURES / f"{name}-{look.size[0]}.webp").write_bytes(small(page.screenshot()))


def main() -> None:
    """Takes all pictures from the page of MEDIA_AUDIT_HOME, or of --url."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="of a page of a demo")
    parser.add_argument("--only", default="", help="a part of the names of the pictures to take")
    asked = parser.parse_args()
    url = asked.url or running_page(get_settings())
    if url is None:
        raise SystemExit("no page runs in this home: media-audit demo --keep")
    PICTURES.mkdir(exist_ok=True)
    with chromium() as browser:
        for name, address in addresses(url).items():
            if asked.only in name:
                take(browser, url, name, address)


if __name__ == "__main__":
    main()
