"""Requests to the page are counted by the template of their address, and by nothing that a client says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import NoReturn

import httpx
import pytest

from app.daemons import metrics_server
from app.domain.access.roles import Act
from app.local.fleet import METRICS_URL
from app.observe import files
from app.observe.agreement import total
from app.settings import Settings
from app.web.admission import needs
from app.web.application import application
from app.web.safety import HEADERS
from tests.browsing import browsing, serving


@pytest.fixture
def page(settings: Settings) -> Iterator[httpx.Client]:
    """A client of a page that counts, over an empty archive, with low limits for questions."""
    files.attach(settings)
    with browsing(settings.model_copy(update={"web_rate_factor": 0.1})) as client:
        yield client
    files.detach()


def counted(settings: Settings, sample: str, **labels: str) -> float:
    """The sum of a sample over the series with these labels."""
    return total(files.merged(files.directory(settings)), sample, labels)


def test_requests_are_counted_by_template_method_and_code(settings: Settings, page: httpx.Client) -> None:
    page.get("/feed")
    page.head("/feed.json")
    page.get("/c/geheim", params={"cursor": "geheim"})
    page.get("/geheim")
    page.get("/static/page.css")
    page.post("/ask", headers={"Origin": str(page.base_url).rstrip("/")})
    page.post("/ask", headers={"Origin": "https://geheim.example"})
    page.post("/channels/7/stop", headers={"Origin": str(page.base_url).rstrip("/")})
    sample = "web_requests_total"
    assert counted(settings, sample, route="/feed", method="read", code="2xx") == 2
    assert counted(settings, sample, route="/c/{channel}", code="4xx") == 1
    assert counted(settings, sample, route="/static", code="2xx") == 1
    assert counted(settings, sample, route="/ask", method="write", code="4xx") == 1
    assert counted(settings, sample, route="/channels", method="write", code="4xx") == 1, "an act counts as its page"
    assert counted(settings, sample, route="other", method="read") == 1
    assert counted(settings, sample, route="other", method="write") == 1, "refused before it reached its address"
    assert counted(settings, "web_request_duration_seconds_count") == counted(settings, sample) == 8
    seconds = counted(settings, "web_request_duration_seconds_sum", route="/feed")
    assert 0 < counted(settings, "web_database_seconds_total", route="/feed") < seconds
    assert counted(settings, "web_database_seconds_total", route="/static") == 0


def test_the_metrics_process_shows_them_without_a_word_of_a_client(settings: Settings, page: httpx.Client) -> None:
    own = {"Origin": str(page.base_url).rstrip("/")}
    answers = [page.post("/ask?geheim", headers=own | {"User-Agent": "geheim"}) for _ in range(3)]
    assert [one.status_code for one in answers] == [400, 429, 429]
    page.get("/search", params={"q": "geheim:geheim has:"})  # cannot be read
    page.get("/feed?x=%00")
    with serving(settings, metrics_server.run, METRICS_URL) as url:
        text = httpx.get(url).text
    assert 'web_refusals_total{reason="question"} 2.0' in text
    assert 'web_refusals_total{reason="malformed"} 1.0' in text
    assert 'web_refusals_total{reason="login"} 0.0' in text, "a rate begins at zero"
    assert 'web_request_duration_seconds_bucket{le="+Inf",route="/search"} 1.0' in text
    assert "geheim" not in text
    assert "127.0.0.1" not in text


def test_a_fault_is_a_page_with_all_headers_and_is_counted(settings: Settings) -> None:
    def broken() -> NoReturn:
        raise RuntimeError("geheim")

    served = application(settings=settings)
    served.add_api_route("/broken", needs(Act.READ)(broken), response_model=None)

    async def fault() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://localhost") as client:
            return await client.get("/broken")

    files.attach(settings)
    answer = asyncio.run(fault())
    files.detach()
    assert answer.status_code == 500
    assert "please report it" in answer.text
    assert "geheim" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert counted(settings, "web_requests_total", route="/broken", code="5xx") == 1
