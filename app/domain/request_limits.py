"""How many requests a client of the page may send: the cost of a request, and the wait of one beyond its limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Cost(StrEnum):
    """Requests that are counted together, as they cost alike."""

    PAGE = "page"
    FILE = "file"
    SEARCH = "search"
    QUESTION = "question"
    LOGIN = "login"
    API = "api"


@dataclass(frozen=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


# For each client: an address, or a token of the API. A reader never meets them. A program that does is told when to go
# on.
RATES: Mapping[Cost, Rate] = {
    Cost.PAGE: Rate(300, 60),  # five a second: a reader who skips through pages, with a dozen open tabs asking for news
    Cost.FILE: Rate(3_000, 60),  # thirty pages of a hundred pictures each
    Cost.SEARCH: Rate(60, 60),  # the dearest to read: up to a fifth of a second of the database
    Cost.QUESTION: Rate(10, 60),  # each is work for a worker, and tokens with a paid answerer
    Cost.LOGIN: Rate(10, 600),  # a user mistypes ten times at most; guessing gets 1,440 tries a day
    # By address, all tokens and wrong ones together, before the token is looked up. Each token has the limits above.
    Cost.API: Rate(6_000, 60),
}
# While the shared counts are away: each process counts by itself, and a restart forgets.
LOGIN_ALONE = Rate(5, 600)

READING = ("GET", "HEAD", "OPTIONS")
FILES = ("/media/", "/thumb/", "/static/")  # beginnings of addresses
API = "/api/"
SEARCHES = frozenset({"/search", "/search.json"})
FEEDS = "/feeds/"  # each asks a saved search
SENT = {"/ask": Cost.QUESTION, "/login": Cost.LOGIN}


def cost_of(method: str, path: str) -> Cost:
    """The cost of a request for this path of an address, before its user is known."""
    if path.startswith(API):
        return Cost.API
    if method not in READING:
        return SENT.get(path, Cost.PAGE)
    if path.startswith(FILES):
        return Cost.FILE
    return Cost.SEARCH if path in SEARCHES or path.startswith(FEEDS) else Cost.PAGE


@dataclass(frozen=True)
class Count:
    """Requests of a client in the window of before and in this one, the present request included; refused ones, too.

    elapsed: seconds since this window began.
    """

    before: int
    now: int
    elapsed: float


def wait(count: Count, rate: Rate) -> float:
    """Seconds until the next request is let through; 0 if this one is.

    A sliding window from two counters: the window of before counts by the part of it that is not over. A client that
    waits as long as it is told is let through; refused requests of the window of before never make it wait longer.
    """
    before = min(count.before, rate.requests)
    left = rate.seconds - count.elapsed
    if before * left / rate.seconds + count.now <= rate.requests:
        return 0.0
    if count.now < rate.requests:
        return left - (rate.requests - 1 - count.now) * rate.seconds / max(before, 1)
    return left + rate.seconds / rate.requests
