"""Thumbnails over HTTP: what stands in for one that is not there, and what the pages show."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from app import wiring
from app.demo.world import File
from app.settings import get_settings
from tests.browsing import browsing
from tests.factories.files import stored, video
from tests.factories.heic_files import heic, words
from tests.factories.messages import document, message, photo, sha256
from tests.factories.pictures import encoded, texture
from tests.integration.pipeline.flow import Flow

FOREVER, ASKED_AGAIN = "private, max-age=31536000, immutable", "private, no-cache"


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over the flow's database and store."""
    with browsing(get_settings()) as client:
        yield client


def posted(flow: Flow, *files: File) -> None:
    flow.post(*[message(number, "", file) for number, file in enumerate(files, 1)])
    flow.watch()


def make(file: File, mime: str) -> None:
    wiring.thumbnails().make(stored(wiring.store().path(sha256(file)), mime))


def test_a_thumbnail_is_served_once_and_for_ever(flow: Flow, page: httpx.Client) -> None:
    cat = photo(data=encoded(texture(600, 400)))
    posted(flow, cat)
    make(cat, "image/jpeg")
    for width, size in {256: (256, 171), 512: (512, 341), 1080: (600, 400)}.items():
        answer = page.get(f"/thumb/{width}/{sha256(cat)}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        assert Image.open(io.BytesIO(answer.content)).size == size
        assert answer.headers["cache-control"] == FOREVER
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert page.head(f"/thumb/256/{sha256(cat)}").content == b""


def test_before_its_thumbnail_the_picture_itself_is_shown(flow: Flow, page: httpx.Client) -> None:
    cat = photo(data=encoded(texture(600, 400)))
    posted(flow, cat)
    wiring.thumbnails().remove(sha256(cat))
    answer = page.get(f"/thumb/256/{sha256(cat)}")
    assert (answer.status_code, answer.content) == (200, cat.read())
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == ASKED_AGAIN, "else a browser would keep the large one for a year"
    assert "sandbox" in answer.headers["content-security-policy"]
    make(cat, "image/jpeg")
    assert page.get(f"/thumb/256/{sha256(cat)}").headers["content-type"] == "image/webp"


def test_what_browsers_do_not_show_is_a_plain_tile_before(flow: Flow, page: httpx.Client, tmp_path: Path) -> None:
    film = document(video(tmp_path / "film", [texture(320, 240)]).read_bytes(), "video", "video/mp4")
    telephone = document(heic(words()), mime="image/heic")
    posted(flow, film, telephone)
    for file, mime in ((film, "video/mp4"), (telephone, "image/heic")):
        wiring.thumbnails().remove(sha256(file))
        before = page.get(f"/thumb/256/{sha256(file)}")
        assert (before.status_code, before.headers["content-type"]) == (200, "image/svg+xml")
        assert before.headers["cache-control"] == ASKED_AGAIN
        make(file, mime)
        assert page.get(f"/thumb/256/{sha256(file)}").headers["content-type"] == "image/webp"


def test_other_files_widths_and_names_have_none(flow: Flow, page: httpx.Client) -> None:
    pdf, cat = document(b"%PDF-1.4\n%%EOF\n", mime="image/png"), photo("кот")
    posted(flow, pdf, cat)
    absent = [f"256/{sha256(pdf)}", f"300/{sha256(cat)}", f"-1/{sha256(cat)}", f"256/{'0' * 64}", f"256/{'A' * 64}"]
    for address in (*absent, "256/..%2f..%2fetc%2fpasswd", f"256/{'x' * 9000}"):
        assert page.get(f"/thumb/{address}").status_code == 404, address
    assert page.get(f"/thumb/x/{sha256(cat)}").status_code == 400


def test_pages_ask_for_the_width_that_they_show(flow: Flow, page: httpx.Client) -> None:
    cat = photo(data=encoded(texture(1200, 800)))
    posted(flow, cat)
    name = sha256(cat)
    for address, width, finer in (
        ("/", 256, 512),
        ("/feed", 512, 1080),
        ("/p/news/1", 1080, None),
        (f"/m/{name}", 1080, None),
    ):
        text = page.get(address).text
        assert f'src="/thumb/{width}/{name}"' in text, address
        assert (f'srcset="/thumb/{finer}/{name} 2x"' in text) == (finer is not None)
        assert f'src="/media/{name}"' not in text
    assert f'href="/media/{name}"' in page.get(f"/m/{name}").text


def test_what_may_move_moves_on_its_own_page(flow: Flow, page: httpx.Client, tmp_path: Path) -> None:
    gif = document(encoded(texture(320, 240), "GIF"), mime="image/gif")
    film = document(video(tmp_path / "film", [texture(320, 240)]).read_bytes(), "video", "video/mp4")
    posted(flow, gif, film)
    assert f'src="/thumb/512/{sha256(gif)}"' in page.get("/feed").text
    assert f'src="/media/{sha256(gif)}"' in page.get(f"/m/{sha256(gif)}").text
    assert f'poster="/thumb/512/{sha256(film)}"' in page.get("/feed").text
