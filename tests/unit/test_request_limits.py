"""Limits of requests: who waits, and until when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.request_limits import LOGIN_ALONE, RATES, Cost, Count, Rate, cost_of, wait
from app.web.limits.counts import OwnCounts

TEN = Rate(10, 60)


class Client:
    """A client of one limit, over a clock of its own."""

    def __init__(self, rate: Rate) -> None:
        self.rate, self.now, self.counts = rate, 600_000.0, OwnCounts()

    def ask(self) -> float:
        """Seconds to wait; 0 for an answer."""
        return wait(self.counts.add(Cost.PAGE, "a", self.rate, self.now), self.rate)

    def let_through(self, pause: float, times: int) -> int:
        """How many of so many requests, each after this pause, are answered."""
        answered = 0
        for _ in range(times):
            self.now += pause
            answered += self.ask() == 0
        return answered


def test_as_many_as_the_limit_come_through_at_once_and_no_more() -> None:
    assert Client(TEN).let_through(0, 50) == 10


def test_the_pace_of_the_limit_can_be_kept_up() -> None:
    assert Client(TEN).let_through(6.7, 500) == 500


def test_a_client_that_never_stops_gets_no_more_than_the_limit() -> None:
    """Ten minutes of ten requests a second: ten windows."""
    assert Client(TEN).let_through(0.1, 6_000) <= 10 * 10 + 1


@given(st.lists(st.floats(0, 90), max_size=60), st.integers(1, 30))
def test_a_client_that_waits_as_told_is_let_through(pauses: list[float], requests: int) -> None:
    client = Client(Rate(requests, 60))
    for pause in pauses:
        client.now += pause
        if told := client.ask():
            client.now += told + 0.001
            assert client.ask() == 0


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.floats(0, 59.99))
def test_nobody_waits_longer_than_two_windows(before: int, now: int, elapsed: float) -> None:
    assert 0 <= wait(Count(before, now, elapsed), TEN) <= 2 * TEN.seconds


def test_counters_of_one_process_have_a_bound_and_clients_do_not_mix() -> None:
    counts = OwnCounts(most=100)
    for number in range(1_000):
        assert counts.add(Cost.LOGIN, f"client {number}", LOGIN_ALONE, 0).now == 1
    assert len(counts._counted) == 100
    assert counts.add(Cost.LOGIN, "client 999", LOGIN_ALONE, 0).now == 2
    assert counts.add(Cost.PAGE, "client 999", LOGIN_ALONE, 0).now == 1


@pytest.mark.parametrize(
    ("method", "path", "cost"),
    [
        ("GET", "/", Cost.PAGE),
        ("GET", "/feed.json", Cost.PAGE),
        ("GET", "/media/" + "0" * 64, Cost.FILE),
        ("GET", "/static/page.css", Cost.FILE),
        ("GET", "/search.json", Cost.SEARCH),
        ("GET", "/search/refine", Cost.PAGE),
        ("GET", "/ask", Cost.PAGE),
        ("POST", "/ask", Cost.QUESTION),
        ("POST", "/login", Cost.LOGIN),
        ("DELETE", "/media/x", Cost.PAGE),
    ],
)
def test_each_address_has_its_cost(method: str, path: str, cost: Cost) -> None:
    assert cost_of(method, path) == cost


def test_a_reader_never_meets_a_limit() -> None:
    """A page with a hundred pictures every two seconds, its style and script, and a dozen open tabs asking for news."""
    assert RATES[Cost.PAGE].requests >= 30 + 12 * 4
    assert RATES[Cost.FILE].requests >= 30 * 100
    assert RATES[Cost.SEARCH].requests >= 30
    assert LOGIN_ALONE.requests / LOGIN_ALONE.seconds < RATES[Cost.LOGIN].requests / RATES[Cost.LOGIN].seconds
