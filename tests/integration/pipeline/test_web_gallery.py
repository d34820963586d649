"""The gallery over HTTP: a tile for each picture and its copies, filters, pages, and pictures that come meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import httpx
import pytest

from app.settings import get_settings
from tests.browsing import browsing
from tests.factories.messages import document, message, photo, picture, sha256
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change
from tests.integration.pipeline.flow import Flow


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over the flow's database and store."""
    with browsing(get_settings()) as client:
        yield client


def tiles(text: str) -> list[str]:
    """The tiles of a page, in its order."""
    return re.findall(r'<article class="tile">.*?</article>', text, re.DOTALL)


def posts(text: str) -> list[str]:
    """The posts that the tiles of a page lead to."""
    return [name for tile in tiles(text) for name in re.findall(r'class="when" href="/p/([^"]+)"', tile)]


def test_a_picture_is_one_tile_however_often_it_was_posted(flow: Flow, page: httpx.Client) -> None:
    data = picture("кот окно", "МЯУ")
    flow.post(message(1, "", photo(data=data)), message(2, "", photo("пёс")))
    flow.post(message(7, "", photo(data=data)), message(8, "", photo(data=data)), channel=CITY)
    flow.watch("@news", "@city")
    text = page.get("/gallery").text
    assert sorted(posts(text)) == ["city/8", "news/2"]
    [cat] = [tile for tile in tiles(text) if 'href="/p/city/8"' in tile]
    assert f'href="/m/{sha256(photo(data=data))}"' in cat
    assert 'alt="кот, окно"' in cat
    assert "×3 in 2 channels" in cat
    assert 'href="/c/city">The city</a>' in cat
    [dog] = [tile for tile in tiles(text) if tile != cat]
    assert "×" not in dog
    russian = page.get("/gallery", headers={"Accept-Language": "ru"}).text
    assert "×3 в 2 каналах" in russian
    [first, *_] = [one for one in page.get("/gallery.json").json()["tiles"] if one["copies"] == 3]
    assert (first["channels"], first["labels"], first["message_id"]) == (2, ["кот", "окно"], 8)


def test_a_description_stands_for_a_picture(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "", photo("кот")))
    flow.watch()
    change(
        "UPDATE post_enrichment SET metadata = jsonb_set(metadata, '{items,0,description}', '\"Кот у окна\"')"
        " WHERE kind = 'vision'"
    )
    assert 'alt="Кот у окна"' in page.get("/gallery").text


def test_filters_stand_in_the_address(flow: Flow, page: httpx.Client) -> None:
    estimate = replace(document(b"%PDF-1.4\n"), name="Смета <1>.pdf")
    flow.post(message(1, "", photo("кот")), message(2, "", estimate))
    flow.post(message(3, "", photo("пёс")), channel=CITY)
    flow.watch("@news", "@city")
    assert sorted(posts(page.get("/gallery").text)) == ["city/3", "news/1", "news/2"]
    assert posts(page.get("/gallery", params={"channel": "", "kind": "photo"}).text).count("news/2") == 0
    text = page.get("/gallery", params={"channel": "@news", "kind": "document"}).text
    assert posts(text) == ["news/2"]
    assert '<option value="document" selected>' in text
    assert 'name="channel" value="news"' in text
    assert "Смета &lt;1&gt;.pdf</span>" in text
    assert "<img" not in text
    none = page.get("/gallery", params={"kind": "video"}).text
    assert "Nothing of this kind is here." in none
    assert 'href="/gallery">Show everything' in none
    assert page.get("/gallery", params={"channel": "@nowhere"}).status_code == 404
    wrong = page.get("/gallery.json", params={"kind": "dinosaur"})
    assert (wrong.status_code, "photo, video, audio, document" in wrong.json()["detail"]) == (400, True)


def test_deleted_posts_are_marked(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "", photo("кот")), message(2, "", photo("пёс")))
    flow.watch()
    change("UPDATE posts SET deleted_at = now() WHERE telegram_message_id = 2")
    marked = {posts(tile)[0]: "deleted in Telegram" in tile for tile in tiles(page.get("/gallery").text)}
    assert marked == {"news/1": False, "news/2": True}


def test_pages_hold_while_pictures_come_and_tell_of_them(flow: Flow, page: httpx.Client) -> None:
    empty = re.findall(r'data-newer="([^"]+)"', page.get("/gallery").text)
    files = [document(b"file %d" % number) for number in range(60)]
    flow.post(*[message(number, "", file) for number, file in enumerate(files, 1)])
    flow.watch()
    text = page.get("/gallery?kind=document").text
    [newer] = re.findall(r'data-newer="([^"]+)"', text)
    assert page.get(unescape(newer)).json() == {"count": 0}
    flow.post(message(61, "", document(b"new")), message(62, "", photo("кот")))
    flow.run()
    assert page.get(unescape(newer)).json() == {"count": 1}, "of this kind"
    assert page.get(unescape(empty[0])).json() == {"count": 62}
    [older] = re.findall(r'rel="next" href="([^"]+)"', text)
    second = page.get(unescape(older)).text
    assert posts(text) + posts(second) == [f"news/{number}" for number in range(60, 0, -1)]
    assert "data-newer" not in second
    assert 'href="/gallery?kind=document">To the newest' in second
    assert posts(page.get("/gallery?kind=document").text)[0] == "news/61"


def test_an_empty_gallery_says_what_to_do(flow: Flow, page: httpx.Client) -> None:
    assert "media-audit channels add" in page.get("/gallery").text
    assert page.get("/gallery", params={"cursor": "x"}).status_code == 400
