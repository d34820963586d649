"""Files over HTTP: by their content, in parts, and never as something that a browser runs."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.adapters.store import file_store
from app.settings import get_settings
from tests.browsing import browsing
from tests.factories.messages import document, message, photo, sha256
from tests.factories.office_files import paragraph, word_parts, zipped
from tests.integration.pipeline.database import one
from tests.integration.pipeline.flow import Flow

HTML = b"<!doctype html><html><body><script>alert(1)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over the flow's database and store."""
    with browsing(get_settings()) as client:
        yield client


def test_a_picture_is_shown_by_its_content(flow: Flow, page: httpx.Client) -> None:
    cat = photo("кот")
    flow.post(message(1, "", cat))
    flow.watch()
    answer = page.get(f"/media/{sha256(cat)}")
    assert (answer.status_code, answer.content) == (200, cat.read())
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    head = page.head(f"/media/{sha256(cat)}")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(cat.read())))


def test_content_that_could_run_is_only_saved(flow: Flow, page: httpx.Client) -> None:
    claimed = {HTML: "image/png", SVG: "image/jpeg", PDF: "text/html"}
    files = {content: document(content, mime=mime) for content, mime in claimed.items()}
    flow.post(*[message(number, "", file) for number, file in enumerate(files.values(), 1)])
    flow.watch()
    for content, file in files.items():
        answer = page.get(f"/media/{sha256(file)}")
        assert answer.content == content
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["content-security-policy"]
    assert "<img" not in page.get("/feed").text


def test_a_document_stands_under_the_name_that_people_call_its_type(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "", document(zipped(word_parts(paragraph("Смета"))), mime="text/plain")))
    flow.watch()
    shown = page.get("/feed").text
    assert "<small>docx · " in shown
    assert "openxmlformats" not in shown


def test_parts_of_a_file_are_served(flow: Flow, page: httpx.Client) -> None:
    file = document(bytes(range(256)) * 100)
    flow.post(message(1, "", file))
    flow.watch()
    answer = page.get(f"/media/{sha256(file)}", headers={"Range": "bytes=250-259"})
    assert (answer.status_code, answer.content) == (206, bytes([*range(250, 256), *range(4)]))
    assert answer.headers["content-range"] == "bytes 250-259/25600"
    assert page.get(f"/media/{sha256(file)}", headers={"Range": "bytes=99999-"}).status_code == 416
    # A thousand parts, each of the whole file, are no thousand files.
    many = ",".join(["0-"] * 1_000)
    answer = page.get(f"/media/{sha256(file)}", headers={"Range": f"bytes={many}"})
    assert len(answer.content) < 2 * 25_600
    assert answer.status_code in (200, 206)


def test_a_file_that_is_gone_from_the_store_is_told(flow: Flow, page: httpx.Client) -> None:
    cat = photo("кот")
    flow.post(message(1, "", cat))
    flow.watch()
    file_store(get_settings()).path(sha256(cat)).unlink()
    answer = page.get(f"/media/{sha256(cat)}")
    assert answer.status_code == 404
    assert "media-audit verify" in answer.text


def test_a_file_that_is_not_here_yet_says_why(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Большой", document(b"x" * 300_000)))  # more than MEDIA_MAX_BYTES of these tests
    flow.watch()
    assert one("SELECT sha256 FROM post_media") is None
    text = page.get("/p/news/1").text
    assert 'class="missing"' in text
    assert one("SELECT coalesce(reason, last_error) FROM work WHERE step = 'download'") in text


NAMES = [
    "0" * 64,
    "A" * 64,
    "0" * 64 + ".json",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "../../etc/passwd",
    "%00",
    "x" * 9000,
]


def test_no_name_leads_out_of_the_store(flow: Flow, page: httpx.Client) -> None:
    for name in NAMES:
        answer = page.get(f"/media/{name}")
        assert answer.status_code in (400, 404), name
        assert "root:" not in answer.text
