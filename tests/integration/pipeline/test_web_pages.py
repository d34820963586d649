"""The page over HTTP: what came in by the real pipeline is shown, as a page and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import httpx
import pytest

from app import db
from app.demo.world import Forwarded, TextEntity
from app.settings import Settings, get_settings
from tests.browsing import browsing
from tests.factories.messages import START, album, document, message, photo, picture, sha256, texts
from tests.factories.worlds import CITY
from tests.integration.pipeline.database import change, one
from tests.integration.pipeline.flow import Flow
from tests.services import TestServices

SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over the flow's database and store."""
    with browsing(get_settings()) as client:
        yield client


def numbers(text: str) -> list[int]:
    """The lead messages of the publications of a feed, in its order."""
    return [int(number) for number in re.findall(r'class="when" href="/p/[^/]+/(\d+)"', text)]


def read(client: httpx.Client, address: str, status: int = 200) -> str:
    """A page as text."""
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    return answer.text


def test_the_feed_shows_what_came_in_newest_first(flow: Flow, page: httpx.Client) -> None:
    cat = photo("кот окно", "МЯУ 5")
    flow.post(message(1, "Первый"), *album([2, 3, 4], 77, {3: "Три снимка"}), message(5, "Кот", cat))
    flow.watch()
    text = read(page, "/feed")
    assert numbers(text) == [5, 1, 2]  # the album was posted a minute before message 1
    assert f'src="/thumb/512/{sha256(cat)}"' in text
    assert 'alt="кот, окно"' in text
    assert text.count("<img ") == 4
    content = page.get("/feed.json").json()
    assert [one["number"] for one in content["publications"]] == [5, 1, 2]
    assert [item["message_id"] for item in content["publications"][2]["items"]] == [2, 3, 4]
    assert content["publications"][0]["items"][0]["media"][0]["words"] == "МЯУ 5"


def test_pages_of_the_feed_hold_each_post_once_while_others_arrive(flow: Flow, page: httpx.Client) -> None:
    flow.post(*texts(range(1, 51)))
    flow.watch()
    first = page.get("/feed.json").json()
    flow.post(*texts(range(51, 54)))
    flow.run()
    second = page.get("/feed.json", params={"cursor": first["older"]}).json()
    third = page.get("/feed.json", params={"cursor": second["older"]}).json()
    shown = [one["number"] for part in (first, second, third) for one in part["publications"]]
    assert shown == list(range(50, 0, -1))
    assert third["older"] is None
    assert page.get("/newer.json", params={"top": first["top"]}).json() == {"count": 3}
    assert page.get("/newer.json", params={"top": third["top"]}).json() == {"count": 43}
    back = page.get("/feed.json", params={"cursor": third["newer"]}).json()
    assert [one["number"] for one in back["publications"]] == [one["number"] for one in second["publications"]]
    front = page.get("/feed.json", params={"cursor": first["newer"]}).json() if first["newer"] else None
    assert front is None
    assert numbers(read(page, f"/feed?cursor={second['newer']}")) == list(range(50, 30, -1))


def test_a_channel_shows_its_own_posts(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Новость"))
    flow.post(message(7, "Городу"), message(8, "Снова"), channel=CITY)
    flow.watch("@news", "@city")
    assert numbers(read(page, "/c/city")) == [8, 7]
    assert numbers(read(page, "/c/news")) == [1]
    assert sorted(numbers(read(page, "/feed"))) == [1, 7, 8]
    text = read(page, "/c/nowhere", 404)
    assert "no watched channel is called" in unescape(text)


def test_a_publication_shows_its_items_its_words_and_how_its_tags_came_about(flow: Flow, page: httpx.Client) -> None:
    ship = photo("паром у причала", "РЕЙС 07:15")
    flow.post(*album([2, 3], 77, {2: "Два снимка"}), message(4, "Третий", ship, grouped_id=77, date=None))
    flow.watch()
    for number in (2, 3, 4):  # any item opens the whole
        text = read(page, f"/p/news/{number}")
        assert re.findall(r'aria-label="Message (\d+)"', text) == ["2", "3", "4"]
    assert "РЕЙС 07:15" in text
    story = page.get("/p/news/3.json").json()["story"]
    assert [row["trigger"] for row in story["lineage"]] == ["initial", "vision_retag"]
    assert text.count("<td>vision_retag</td>") == 1
    assert "https://t.me/news/2" in text
    assert "no post" in unescape(read(page, "/p/news/99", 404))


def test_links_and_tags_of_a_text_lead_on_and_nothing_runs(flow: Flow, page: httpx.Client) -> None:
    text = "Тут: t.me/x и #порт"
    marks = (
        TextEntity("Url", 5, 6),
        TextEntity("Hashtag", 14, 5),
        TextEntity("TextUrl", 0, 3, "javascript:alert(1)"),
        TextEntity("Bold", 0, 3),
    )
    flow.post(message(1, text, entities=marks))
    flow.watch()
    for address in ("/feed", "/p/news/1"):
        shown = read(page, address)
        assert '<a href="https://t.me/x" rel="noopener noreferrer nofollow">t.me/x</a>' in shown
        assert f'<a href="/search?q={quote("tag:порт")}">#порт</a>' in shown
        assert '<span class="bold">Тут</span>' in shown
        assert "javascript:" not in shown


def test_an_edit_shows_what_it_changed(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Паром уходит в семь утра"))
    flow.watch()
    flow.post(message(1, "Паром уходит в восемь утра", edit_date=START))
    flow.run()
    shown = read(page, "/p/news/1")
    assert "Паром уходит в <del>семь</del><ins>восемь</ins> утра" in shown
    assert len(page.get("/p/news/1.json").json()["shown"]["items"][0]["history"]) == 1


def test_a_publication_tells_where_its_pictures_were_first_and_what_they_cost(flow: Flow, page: httpx.Client) -> None:
    data = picture("кот")
    origin = Forwarded(4242, "Котохроника", 9, START)
    flow.post(message(1, "", photo(data=data)), channel=CITY)
    flow.post(message(5, "Опять кот", photo(data=data), forwarded=origin))
    flow.watch("@news", "@city")
    paid_for = "INSERT INTO token_ledger (provider, model, purpose, key, work_id, reserved, settled, outcome, ended_at)"
    change(
        f"{paid_for} SELECT 'gigachat', 'm', 'vision', revision::text, id, 99, 1234, 'answered', now() FROM work"
        " WHERE step = 'analyze'"
    )
    later, first = read(page, "/p/news/5"), read(page, "/p/city/1")
    assert 'First seen: <a href="/p/city/1">' in later
    assert "Seen here first" in first
    assert 'Forwarded from <a href="/search?q=from%3A4242">Котохроника</a>' in later
    assert "Forwarded from" in read(page, "/feed")
    assert '<td class="number">1,234</td>' in later
    assert "the text alone" in later
    assert "the text and readings from version 1 on" in later
    assert [one["channel_key"] for one in page.get("/p/news/5.json").json()["first"].values()] == ["city"]


def test_a_pasted_link_opens_its_publication(flow: Flow, page: httpx.Client) -> None:
    flow.post(*album([2, 3], 77), message(9, "Один"))
    flow.watch()
    bare = one("SELECT telegram_id FROM channels")
    for link in (
        *("https://t.me/news/3?single", "t.me/news/3", "@news/3", " news/3 ", "http://telegram.me/s/news/3", "News/3"),
        *("t.me/news/3?comment=7", "tg://resolve?domain=news&post=3&single", "news.t.me/3", "https://t.me/news/1/3"),
        *(f"t.me/c/{bare}/3", f"https://t.me/c/{bare}/3?single", f"tg://privatepost?channel={bare}&post=3"),
        f"-100{bare}/3",
    ):
        answer = page.get("/open", params={"link": link})
        assert (answer.status_code, answer.headers["location"]) == (303, "/p/news/2")
    assert "no post" in unescape(read(page, "/open?link=t.me/news/77", 404))
    assert "names no channel" in unescape(read(page, "/open?link=t.me/share/url", 404))
    assert "no post" in unescape(read(page, "/open?link=t.me/%2BAbCdEf123456", 404))


def test_words_of_posts_never_become_markup(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, SCRIPT, photo(SCRIPT, SCRIPT)), message(2, "", document(b"x" * 9, mime=SCRIPT)))
    flow.watch()
    for address in ("/feed", "/p/news/1", "/p/news/2"):
        text = read(page, address)
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert unescape(read(page, "/p/news/1")).count(SCRIPT) >= 3  # text, description, words of the picture


def test_the_page_speaks_the_language_of_its_reader(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Слова"))
    flow.watch()
    wanted = {"ru-RU,ru;q=0.9,en;q=0.5": "ru", "de,en;q=0.7,ru;q=0.2": "en", "fr": "en", "ru;q=0, *": "en"}
    for header, language in wanted.items():
        answer = page.get("/feed", headers={"Accept-Language": header})
        assert answer.headers["content-language"] == language
        assert f'<html lang="{language}">' in answer.text
    assert "Лента" in page.get("/feed", headers={"Accept-Language": "ru"}).text
    chosen = page.get("/language/ru", params={"back": "/c/news"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/c/news")
    assert "Лента" in page.get("/feed", headers={"Accept-Language": "en"}).text  # the cookie is kept


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/x", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_link_leads_to_another_site(flow: Flow, page: httpx.Client, back: str) -> None:
    assert page.get("/language/en", params={"back": back}).headers["location"] == "/"


def test_the_overview_says_how_everything_is(flow: Flow, page: httpx.Client) -> None:
    flow.post(message(1, "Слова"), message(2, "", photo("кот")))
    flow.watch()
    change("UPDATE work SET state = 'dead' WHERE step = 'index' AND subject_id = 1")
    change("UPDATE channels SET last_error = 'the channel is private' WHERE username = 'news'")
    text = read(page, "/")
    assert numbers(text) == [2, 2, 1], "the picture, then the newest posts"
    assert '<a href="/c/news">The news</a>' in text
    assert 'href="/gallery">To the gallery' in text
    assert [one["message_id"] for one in page.get("/overview.json").json()["pictures"]] == [2]
    assert "the channel is private" in text
    now = page.get("/overview.json").json()["status"]
    assert now["stages"]["index"]["dead"] == 1
    assert [one["posts"] for one in now["channels"]] == [2]
    assert "PostgreSQL" in text
    assert get_settings().database().split(":")[2].split("@")[0] not in text, "the password"


def test_an_empty_archive_says_what_to_do(flow: Flow, page: httpx.Client) -> None:
    for address in ("/feed", "/"):
        assert "media-audit channels add" in read(page, address)
    assert page.get("/feed.json").json()["publications"] == []


def test_a_wrong_cursor_is_told(flow: Flow, page: httpx.Client) -> None:
    for cursor in ("x", "WzFd", "WyJvbGRlciIsIm5vdyIsMV0", "[" * 4000):
        assert "begin again without it" in read(page, f"/feed?cursor={cursor}", 400)
        answer = page.get("/feed.json", params={"cursor": cursor})
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


def test_a_database_that_is_away_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:geheim@127.0.0.1:1/none")
    get_settings.cache_clear()
    with browsing(get_settings()) as client:
        for address in ("/feed", "/", "/c/news", "/gallery", "/search?q=a", "/p/news/1", f"/m/{'0' * 64}", "/ask/1"):
            text = read(client, address, 503)
            assert "media-audit doctor" in text
            assert "geheim" not in text
        answer = client.get("/gallery.json")
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert client.get("/static/page.css").status_code == 200


def test_the_page_serves_again_once_the_database_does(page: httpx.Client, services: TestServices) -> None:
    name = db.engine().url.database or ""
    assert read(page, "/feed")
    with services.admin() as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            admin.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,))
            assert "media-audit doctor" in read(page, "/feed", 503)
        finally:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert read(page, "/feed")
