"""A picture over HTTP: all that posted it or a near one, who was first, and how each recipe reads it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

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


def test_every_posting_and_who_was_first(flow: Flow, page: httpx.Client) -> None:
    data = picture("кот", "МЯУ")
    flow.post(message(5, "Наш", photo(data=data)))
    flow.post(message(2, "Раньше", photo(data=data)), message(3, "Другой", photo("пёс")), channel=CITY)
    flow.watch("@news", "@city")
    name = sha256(photo(data=data))
    text = page.get(f"/m/{name[:10]}").text
    content = page.get(f"/m/{name}.json").json()
    assert [one["channel"] for one in content["postings"]] == ["The city", "The news"]
    assert content["first"]["channel"] == "The city"
    assert "First seen:" in text
    assert text.count("the same file") == 2
    assert "МЯУ" in text
    [row, *_] = re.findall(r'href="(/open\?link=\d+)"', text)
    assert page.get(row).headers["location"] == "/p/city/2"
    assert f'href="/m/{name}"' in page.get("/feed").text


def test_near_pictures_stand_with_their_distance(flow: Flow, page: httpx.Client) -> None:
    one, other = photo("кот"), photo("кот")
    flow.post(message(1, "", one), message(2, "", other))
    flow.watch()
    for file, hash_ in ((one, "0123456789abcdef"), (other, "0123456789abcdee")):
        change("UPDATE media_files SET phash = :hash, flat = false WHERE sha256 = :name", hash=hash_, name=sha256(file))
    found = page.get(f"/m/{sha256(one)}.json").json()
    assert [(posting["sha256"], posting["bits"]) for posting in found["postings"]] == [
        (sha256(one), 0),
        (sha256(other), 1),
    ]
    assert "1 of 64 bits" in page.get(f"/m/{sha256(one)}").text


def test_a_file_that_is_no_picture_has_its_postings_too(flow: Flow, page: httpx.Client) -> None:
    file = document(b"%PDF-1.4\n%%EOF\n", mime="application/pdf")
    flow.post(message(1, "", file), message(2, "", file))
    flow.watch()
    found = page.get(f"/m/{sha256(file)}.json").json()
    assert len(found["postings"]) == 2
    assert "no picture" in found["alone"]
    assert "no picture" in page.get(f"/m/{sha256(file)}").text


def test_a_type_without_a_reader_says_so(flow: Flow, page: httpx.Client) -> None:
    file = document(gzip.compress(b'{"tgs": 1, "v": "5.5.2"}'), mime="application/gzip")
    flow.post(message(1, "", file))
    flow.watch()
    found = page.get(f"/m/{sha256(file)}.json").json()["file"]
    assert found["mime"] == "application/x-tgsticker"
    assert found["not_read"] == "no reader for animated stickers of Telegram (.tgs)"
    assert f"not read: {found['not_read']}" in page.get(f"/m/{sha256(file)}").text


def test_long_lists_have_pages(flow: Flow, page: httpx.Client) -> None:
    data = picture("кот")
    flow.post(*[message(number, "", photo(data=data)) for number in range(1, 61)])
    flow.watch()
    name = sha256(photo(data=data))
    first = page.get(f"/m/{name}.json").json()
    second = page.get(f"/m/{name}.json", params={"cursor": first["cursor"]}).json()
    posts = [one["post_id"] for one in (*first["postings"], *second["postings"])]
    assert (len(first["postings"]), len(second["postings"]), len(set(posts))) == (50, 10, 60)
    assert second["cursor"] is None
    change("UPDATE shown SET posted_at = posted_at - interval '10 days' WHERE media_id <= 20")
    line = page.get(f"/m/{name}.json").json()["line"]
    assert [(bar["place"], bar["postings"], bar["height"]) for bar in line["bars"]] == [(0, 20, 0.5), (10, 40, 1.0)]
    text = page.get(f"/m/{name}").text
    assert 'aria-label="Postings with those of near pictures: 60, ' in text
    assert text.count("<rect ") == 2


def test_unknown_files_and_wrong_cursors_are_told(flow: Flow, page: httpx.Client) -> None:
    cat = photo("кот")
    flow.post(message(1, "", cat))
    flow.watch()
    for name in ("0" * 64, "zzz", "%00", sha256(cat)[:7], "..%2ffeed"):
        assert page.get(f"/m/{name}").status_code in (400, 404), name
    assert page.get(f"/m/{sha256(cat)}", params={"cursor": "x"}).status_code == 400
