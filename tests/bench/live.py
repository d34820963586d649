"""make bench-live: seconds from a post on the loopback Telegram until the page shows it, its search finds it, and the
receiver of an alert has its webhook.

Real workers with beat, and the page as `up` starts them, all settings as they are by default. Posts come at random
moments, which no poll knows. Prints seconds, asserts no time.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx

from app.db import engine
from tests.e2e.flow import TestChannel
from tests.factories.alerts import alert
from tests.receiving import LoopbackReceiver, Reply
from tests.receiving import Sent as Webhook
from tests.services import TestServices
from tests.web.live import live

LOOK = 0.1  # seconds between two looks
LONGEST = 300.0  # seconds that all posts may take after the last one came
# Seconds between two polls of a channel -> mean seconds between two posts: the default, and the least.
GAPS = {"60": 5.0, "1": 1.5}
# A look each tenth of a second is more than the page answers one client.
PLAIN = {"TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": "loopback", "WEB_RATE_FACTOR": "100"}
PLAIN |= {"ALERTS_ALLOWED_NETWORKS": "127.0.0.0/8"}
WORD = re.compile(r"примета\d+я")  # each post has its own


@dataclass
class Sent:
    """Posts with moments: on the server, in the feed, found, at the receiver of an alert."""

    posted: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    found: dict[str, float] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)

    def arrived(self, webhook: Webhook) -> Reply:
        """Notes a webhook; the first counts."""
        [word] = WORD.findall(webhook.json()["data"]["text"])
        self.told.setdefault(word, time.monotonic())
        return Reply(204)

    def waited(self, until: dict[str, float]) -> list[float]:
        """Seconds of each post up to a moment."""
        return [until[word] - self.posted[word] for word in self.posted]


def send(channel: TestChannel, sent: Sent, posts: int, gap: float) -> None:
    """Sends so many posts at random moments. gap: seconds between two of them, on the average."""
    chance = random.Random(1)
    for number in range(1, posts + 1):
        time.sleep(chance.expovariate(1 / gap))
        channel.post(number, f"Новость дня, примета{number}я.", age=0)
        sent.posted[f"примета{number}я"] = time.monotonic()


def look_on(client: httpx.Client, sent: Sent, sending: threading.Thread) -> None:
    """Reads the feed again and again, and searches for what it has shown, until all of it was found."""
    end = time.monotonic() + LONGEST
    while sending.is_alive() or min(len(sent.found), len(sent.told)) < len(sent.posted):
        feed = client.get("/feed.json").raise_for_status().text
        sent.shown |= {word: time.monotonic() for word in sent.posted.keys() - sent.shown.keys() if word in feed}
        for word in sorted(sent.shown.keys() - sent.found.keys()):
            if client.get("/search.json", params={"q": word, "order": "date"}).json()["hits"]:
                sent.found[word] = time.monotonic()
        end = end if not sending.is_alive() else time.monotonic() + LONGEST
        assert time.monotonic() < end, "a post did not arrive"
        time.sleep(LOOK)


def measure(interval: str, posts: int, folder: Path) -> Sent:
    """So many posts, over a fleet that polls in this interval."""
    services = TestServices(folder / "services")
    sent = Sent()
    settled = PLAIN | {"POLL_INTERVAL": interval}
    try:
        with LoopbackReceiver(sent.arrived) as receiver, live(services, folder / "home", settled) as (flow, url):
            channel = flow.channel().add()
            polled = "SELECT 1 FROM channels WHERE id = %s AND cursor IS NOT NULL"
            flow.until(lambda: channel.rows(polled), "first poll", 120)
            alert("новость", webhooks=[receiver.address])
            sending = threading.Thread(target=send, args=(channel, sent, posts, GAPS.get(interval, 5.0)))
            with httpx.Client(base_url=url, timeout=30) as client:
                client.get("/search.json", params={"q": "слово"})  # loads the model of meanings, for seconds
                sending.start()
                look_on(client, sent, sending)
            sending.join()
    finally:
        engine().dispose()
        engine.cache_clear()  # the next interval has a database of its own
        services.stop()
    return sent


def line(name: str, seconds: Sequence[float]) -> str:
    """p50, p95 and the longest."""
    cuts = quantiles(seconds, n=20, method="inclusive")
    return f"  {name:20} p50 {cuts[9]:5.1f}  p95 {cuts[18]:5.1f}  longest {max(seconds):5.1f}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=50)
    parser.add_argument("--intervals", nargs="*", default=list(GAPS), help="seconds between two polls of the channel")
    asked = parser.parse_args()
    for interval in asked.intervals:
        with tempfile.TemporaryDirectory(prefix="bench-live-") as folder:
            sent = measure(interval, asked.posts, Path(folder))
        print(f"POLL_INTERVAL={interval}, {len(sent.found)} posts, seconds:")
        print(line("in the feed", sent.waited(sent.shown)))
        print(line("found by the search", sent.waited(sent.found)))
        print(line("at a receiver", sent.waited(sent.told)), flush=True)


if __name__ == "__main__":
    main()
