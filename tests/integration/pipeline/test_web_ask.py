"""Questions over HTTP: passages at once, checked sentences as they come, a price before anything is paid."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import httpx
import pytest

from app import wiring
from app.settings import get_settings
from tests.browsing import browsing
from tests.factories.messages import message
from tests.integration.pipeline.database import one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.paid import bought

FERRY = "Паром «Север» отходит в 10:30 от третьего причала."
QUESTION = "Когда отходит паром «Север»?"


@pytest.fixture
def page(flow: Flow) -> Iterator[httpx.Client]:
    """A client of the page over an archive of two posts."""
    flow.drive.embedder = wiring.embedder()  # of the page: a worker with another one is of another version
    flow.post(message(1, FERRY), message(2, "Библиотека закрыта на ремонт."))
    flow.watch()
    with browsing(get_settings()) as client:
        client.headers["Origin"] = str(client.base_url).rstrip("/")
        yield client


def asked(client: httpx.Client, text: str = QUESTION, **more: str) -> str:
    """The address of a question."""
    answer = client.post("/ask", data={"q": text, **more})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_passages_stand_there_at_once_and_the_answer_once_a_worker_wrote_it(flow: Flow, page: httpx.Client) -> None:
    address = asked(page)
    text = page.get(address).text
    assert FERRY in unescape(text)
    assert "The answer is on its way." in text
    assert "media-audit up" in text, "no worker lives"
    assert '<noscript><meta http-equiv="refresh"' in text
    assert page.get(f"{address}.json").json()["answer"]["outcome"] == "open"
    flow.drive.settle()
    text = page.get(address).text
    assert f'<p class="text">{FERRY}</p>' in unescape(text)
    assert "refresh" not in text
    [link] = set(re.findall(r'<blockquote.*?href="(/open\?link=[^"]+)"', text, re.DOTALL))
    assert page.get(link).headers["location"] == "/p/news/1"
    assert asked(page) == address, "asked again, it is answered from its rows"


def test_sentences_are_streamed_as_they_come(flow: Flow, page: httpx.Client) -> None:
    address = asked(page)
    with ThreadPoolExecutor(1) as pool, page.stream("GET", f"{address}/sentences") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines) == "event: answer"
        assert "on its way" in next(lines)
        working = pool.submit(flow.drive.settle)
        rest = [line for line in lines if line]
        working.result()
    assert rest[-2] == "event: end"
    assert any(FERRY in unescape(line) for line in rest)


def test_a_question_without_an_answer_says_so(flow: Flow, page: httpx.Client) -> None:
    address = asked(page, "Сколько стоит билет на оперу?")
    flow.drive.settle()
    assert "no answer that a post proves" in page.get(address).text


def test_a_price_is_shown_before_anything_is_written(
    flow: Flow, page: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bought(flow, monkeypatch) as bill:
        bill.ask_with("openai")
        shown = page.post("/ask", data={"q": QUESTION})
        assert shown.status_code == 200
        [price] = re.findall(r'name="agreed" value="(\d+)"', shown.text)
        assert f"openai may charge up to {int(price):,} tokens" in shown.text
        assert FERRY in unescape(shown.text)
        assert one("SELECT count(*) FROM questions") == 0
        assert page.post("/ask", data={"q": QUESTION, "agreed": str(int(price) - 1)}).status_code == 200
        address = asked(page, agreed=price)
        flow.drive.settle()
        assert bill.chats == 1
        assert f'<p class="text">{FERRY}' in unescape(page.get(address).text)


def test_wrong_questions_are_told_and_none_is_written(flow: Flow, page: httpx.Client) -> None:
    for data in (
        {"q": ""},
        {"q": " "},
        {"q": "a" * 1_001},
        {"q": "kind:dinosaur"},
        {"q": "a", "channel": "@nowhere"},
        {},
    ):
        assert page.post("/ask", data=data).status_code == 400, data
    for number in ("1", "0", "9" * 30, "-1", "x"):
        for address in (f"/ask/{number}", f"/ask/{number}.json", f"/ask/{number}/sentences"):
            assert page.get(address).status_code == 404, address
    assert rows("SELECT id FROM questions") == []


def test_words_of_a_question_never_become_markup(flow: Flow, page: httpx.Client) -> None:
    text = page.get(asked(page, "Когда <script>alert(1)</script> паром?")).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
