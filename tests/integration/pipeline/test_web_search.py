"""The search over HTTP: box and form fill each other, hits say why they match, facets and chips are searches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote, unquote

import httpx
import pytest

from app.pipeline.posts import search_words
from app.settings import get_settings
from tests.browsing import browsing
from tests.factories.messages import message, photo
from tests.factories.worlds import CITY
from tests.integration.pipeline.flow import Flow


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over an archive of five posts."""
    flow.post(
        message(1, "Паром ходит по субботам"),
        message(2, "Расписание", photo("пристань", "ПАРОМ 07:15")),
        message(3, "Рыбный рынок открыт"),
        message(4, '<b>Паром</b> & "сом"'),
    )
    flow.post(message(9, "The ferry is late"), channel=CITY)
    flow.watch("@news", "@city")
    with browsing(get_settings()) as client:
        yield client


def hits(text: str) -> list[str]:
    """The addresses of the hits, in order."""
    return re.findall(r'class="when" href="/p/([^"]+)"', text)


def asked(location: str) -> str:
    """The query of an address."""
    return unquote(re.findall(r"[?&]q=([^&]*)", location)[0])


def test_hits_have_their_words_marked_and_say_where_they_match(page: httpx.Client) -> None:
    text = page.get("/search", params={"q": "паром"}).text
    assert set(hits(text)) >= {"news/1", "news/2", "news/4"}
    assert "<mark>Паром</mark> ходит по субботам" in text
    assert "words of a picture" in text
    assert "<b>Паром" not in text
    assert "<b><mark>" not in text
    found = page.get("/search.json", params={"q": "паром"}).json()
    where = {one["shown"]["number"]: one["hit"]["where"] for one in found["hits"]}
    assert "text" in where[1]
    assert "ocr" in where[2]


def test_order_and_pages_stand_in_the_address(page: httpx.Client) -> None:
    found = page.get("/search", params={"q": "паром", "order": "date"}).text
    assert hits(found) == ["news/4", "news/2", "news/1"]
    assert 'option value="date" selected' in found


def test_the_form_writes_the_box_and_the_box_fills_the_form(page: httpx.Client) -> None:
    fields = {"q": "паром lang:en", "kind": "photo", "lang": "", "channel": "@news", "order": "date"}
    answer = page.get("/search/refine", params=fields)
    assert answer.status_code == 303
    assert asked(answer.headers["location"]) == "паром channel:@news kind:photo"
    assert answer.headers["location"].endswith("&order=date")
    text = page.get(answer.headers["location"]).text
    assert hits(text) == ["news/2"]
    assert 'option value="photo" selected' in text
    assert 'name="channel" type="text" value="@news"' in text
    russian = page.get("/search/refine", params={"q": "паром", "kind": "photo"}, headers={"Accept-Language": "ru"})
    assert asked(russian.headers["location"]) == "паром вид:фото"


def test_chips_and_facets_lead_to_searches(page: httpx.Client) -> None:
    content = page.get("/search.json", params={"q": "паром kind:photo"}).json()
    assert [(one["text"], one["left"]) for one in content["chips"]] == [
        ("паром", "kind:photo"),
        ("kind:photo", "паром"),
    ]
    assert content["total"] == 1
    assert "kind" not in content["facets"], "each hit is a photo already"
    wide = page.get("/search.json", params={"q": "паром"}).json()
    [photos] = [one for one in wide["facets"]["kind"] if one["value"] == "photo"]
    assert (photos["hits"], photos["more"]) == (1, "паром kind:photo")
    text = page.get("/search", params={"q": "паром"}).text
    assert f'href="/search?q={quote(photos["more"])}"' in text
    assert 'aria-label="Without паром"' in page.get("/search", params={"q": "паром kind:photo"}).text


def test_a_corrected_word_is_told(flow: Flow, page: httpx.Client) -> None:
    flow.post(*[message(number, f"Расписание автобусов, лист {number}") for number in range(11, 17)])
    flow.run()
    search_words.tidy()
    text = unescape(page.get("/search", params={"q": "рапсисание"}).text)
    assert "No post has рапсисание: searched for расписание." in text
    assert "Search for the word as it is" in text


def test_without_a_query_the_page_explains_itself(page: httpx.Client) -> None:
    text = page.get("/search").text
    assert "words inside pictures" in text
    assert hits(text) == []
    assert "Nothing found" in page.get("/search", params={"q": "динозавр -динозавр"}).text


def test_a_wrong_query_is_told_and_nothing_breaks(page: httpx.Client) -> None:
    for query in ("kind:dinosaur", "wrong:x", "/(/", "has:", "date:never"):
        answer = page.get("/search.json", params={"q": query})
        assert answer.status_code == 400, answer.text
        assert len(answer.json()["detail"]) > 20
        assert page.get("/search", params={"q": query}).status_code == 400
    assert page.get("/search/refine", params={"q": "a", "kind": "dinosaur"}).status_code == 400
