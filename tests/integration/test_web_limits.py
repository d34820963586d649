"""Clients that ask too often are told when to go on; without Valkey reading goes on."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import redis
from pydantic import SecretStr
from structlog.testing import capture_logs

from app.domain.request_limits import LOGIN_ALONE, RATES, Cost
from app.settings import Settings
from app.web.limits.counts import PREFIX
from app.web.limits.rates import Limits, TooManyRequests
from tests.browsing import browsing

SLOW = 0.01  # of the usual limits: three pages, thirty files, one search, one question
AWAY = SecretStr("redis://127.0.0.1:1/0")


@pytest.fixture
def page(settings: Settings) -> Iterator[httpx.Client]:
    """A client of a page over an empty archive, with low limits."""
    with browsing(settings.model_copy(update={"web_rate_factor": SLOW})) as client:
        yield client


def own(page: httpx.Client) -> dict[str, str]:
    """The headers of a form of this page."""
    return {"Origin": str(page.base_url).rstrip("/")}


def test_a_client_beyond_its_limit_is_told_when_to_go_on(page: httpx.Client) -> None:
    answers = [page.get("/feed") for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
    refusal = answers[-1]
    seconds = int(refusal.headers["retry-after"])
    assert 1 <= seconds <= 120
    assert f"Go on in {seconds} s: nothing is lost" in refusal.text
    assert "content-security-policy" in refusal.headers
    russian = page.get("/feed", headers={"Accept-Language": "ru"})
    assert "Слишком много запросов" in russian.text
    problem = page.get("/feed.json")
    assert (problem.status_code, problem.headers["content-type"]) == (429, "application/problem+json")
    assert "Retry-After" in problem.json()["detail"]
    assert page.get("/static/page.css").status_code == 200, "other requests have limits of their own"


def test_a_question_that_was_refused_can_be_sent_again(page: httpx.Client) -> None:
    assert page.post("/ask", headers=own(page)).status_code == 400  # counts, though it asks nothing
    refusal = page.post("/ask", data={"q": 'Сколько стоит "паром"?', "channel": "news"}, headers=own(page))
    assert refusal.status_code == 429
    assert '<input type="hidden" name="q" value="Сколько стоит &#34;паром&#34;?">' in refusal.text
    assert '<input type="hidden" name="channel" value="news">' in refusal.text
    assert "Send again" in refusal.text


def test_a_foreign_site_cannot_use_up_the_limits_of_its_visitors(page: httpx.Client) -> None:
    for _ in range(5):
        assert page.post("/ask", data={"q": "a"}, headers={"Origin": "https://evil.example"}).status_code == 403
    assert page.post("/ask", headers=own(page)).status_code == 400


def test_a_page_with_a_hundred_pictures_meets_no_limit(settings: Settings) -> None:
    with browsing(settings) as page:
        assert page.get("/feed").status_code == 200
        assert {page.head(f"/media/{number:064x}").status_code for number in range(100)} == {404}
        client = redis.Redis.from_url(settings.redis())
        keys = client.keys(f"{PREFIX}:*")
        assert 2 <= len(keys) <= 4, "two costs, two windows at most"
        assert all(0 < client.ttl(key) <= 120 for key in keys), "none stays"


def test_reading_goes_on_without_valkey_and_guessing_does_not(settings: Settings) -> None:
    lost = settings.model_copy(update={"redis_url": AWAY, "web_rate_factor": SLOW})
    limits = Limits(lost)
    with capture_logs() as log:
        for _ in range(20):
            limits.admit(Cost.PAGE, "192.0.2.1")
        for _ in range(LOGIN_ALONE.requests):
            limits.admit(Cost.LOGIN, "anna")
        with pytest.raises(TooManyRequests) as refused:
            limits.admit(Cost.LOGIN, "anna")
        limits.admit(Cost.LOGIN, "boris")
    assert 0 < refused.value.seconds <= 2 * LOGIN_ALONE.seconds
    assert [one["event"] for one in log] == ["requests are not limited: Valkey does not answer"]
    with browsing(lost) as page:
        assert {page.get("/feed").status_code for _ in range(6)} == {200}


def test_attempts_to_sign_in_are_counted_by_all_processes(settings: Settings) -> None:
    processes = [Limits(settings.model_copy(update={"web_rate_factor": 0})) for _ in range(2)]
    for number in range(RATES[Cost.LOGIN].requests):
        processes[number % 2].admit(Cost.LOGIN, "anna")
    for process in processes:
        with pytest.raises(TooManyRequests):
            process.admit(Cost.LOGIN, "anna")
        process.admit(Cost.PAGE, "anna")
