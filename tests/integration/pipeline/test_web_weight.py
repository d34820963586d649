"""The first paint of each page is small: HTML, style and script, packed, of an archive with long texts."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.settings import get_settings
from tests.browsing import browsing
from tests.factories.messages import document, message, photo, sha256
from tests.integration.pipeline.flow import Flow

MOST = 60_000  # bytes


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over the flow's database and store."""
    with browsing(get_settings()) as client:
        yield client


def weight(client: httpx.Client, address: str) -> int:
    """The bytes that a browser receives for an address."""
    with client.stream("GET", address) as answer:
        assert answer.status_code == 200, address
        assert answer.headers["content-encoding"] == "gzip", address
        return len(b"".join(answer.iter_raw()))


def test_the_first_paint_of_each_page_is_small(flow: Flow, page: httpx.Client) -> None:
    cat = photo("кот")
    words = [f"паром {' '.join(sha256(document(b'%d %d' % (number, n))) for n in range(30))}" for number in range(59)]
    flow.post(*[message(number, text, document(b"%d" % number)) for number, text in enumerate(words, 1)])
    flow.post(message(60, "Кот", cat), message(61, "Ещё", cat))
    flow.watch()
    always = sum(weight(page, f"/static/{name}") for name in ("page.css", "page.js"))
    pages = ("/", "/feed", "/c/news", "/gallery", "/search?q=паром", "/p/news/60", f"/m/{sha256(cat)}", "/ask?q=паром")
    assert {address: size for address in pages if (size := always + weight(page, address)) > MOST} == {}
