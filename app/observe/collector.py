"""Collects everything that /metrics shows, within a fixed time even if a database, broker or disk hangs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import Metric
from prometheus_client.registry import Collector

from app import metrics
from app.observe import exemplars, files, gauges, probes
from app.observe.cached_probe import CachedProbe
from app.settings import Settings

# Seconds for all answers together: below the two that /metrics may take, and far below Prometheus' ten.
PATIENCE = 1.0
WARM_UP = 5.0  # seconds for the first answers, which load drivers and make connections
SHARED = 2.0  # seconds that an answer is shared: scrapes by two servers, or two in a moment, cost one probe
# Seconds that gauges of the database serve while the next ones take longer than PATIENCE, as with millions of due rows.
# Only while the database answers at all: old values of a database that is down would be a guess.
GAUGES_KEPT = 30.0
STORE_EVERY = 10.0  # seconds; each probe syncs a file
TELEGRAM_EVERY = 30.0  # seconds; each probe connects to Telegram's server
# Seconds; a list of models comes over the internet, in up to 15 s.
VISION_EVERY, VISION_KEPT = 60.0, 120.0


class Questions:
    """The probes behind a scrape, with their intervals. Each process has one object."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        place, redis = files.directory(settings), settings.redis
        # Renewed at each scrape, to show the latest counts; in a thread, because a disk may hang like a database.
        self.values = CachedProbe("value files", lambda: files.merged(place), 0.0)
        self.exemplars = CachedProbe("exemplars", lambda: exemplars.read(redis()), SHARED)
        self.gauges = CachedProbe("gauges", lambda: gauges.read(settings), SHARED, GAUGES_KEPT)
        self.broker = CachedProbe("broker", lambda: probes.broker(settings), SHARED)
        self.backends: dict[str, CachedProbe[Any]] = {
            "postgres": CachedProbe("postgres", lambda: probes.postgres(settings), SHARED),
            "broker": self.broker,
            "telegram": CachedProbe("telegram", lambda: probes.telegram(settings), TELEGRAM_EVERY),
            "vision": CachedProbe("vision", lambda: probes.vision(settings), VISION_EVERY, VISION_KEPT),
            "store": CachedProbe("store", lambda: probes.store(settings), STORE_EVERY),
        }

    def warm(self) -> None:
        """Runs all probes once, with more patience than a scrape has."""
        until = time.monotonic() + WARM_UP
        for pending in [asked.begin() for asked in (*self.backends.values(), self.gauges, self.values)]:
            pending(until)

    def close(self) -> None:
        """Closes the connections to the database."""
        if self._settings.database_url is not None:
            gauges.engine(self._settings.database()).dispose()


class Observed(Collector):
    """Counts, gauges and probe results as a collector for prometheus_client's registries."""

    def __init__(self, questions: Questions, *, exemplary: bool) -> None:
        """exemplary: whether buckets get their exemplars, for the format that shows them."""
        self._questions = questions
        self._exemplary = exemplary

    def collect(self) -> Iterator[Metric]:
        """Starts all probes at once and waits at most PATIENCE for their answers."""
        until = time.monotonic() + PATIENCE
        pending = {target: asked.begin() for target, asked in self._questions.backends.items()}
        samples, depths = self._questions.gauges.begin(), self._questions.broker.begin()
        values = self._questions.values.begin()
        examples = self._questions.exemplars.begin() if self._exemplary else None
        counted = values(until)
        if counted is None:  # the disk hangs or is unreadable: families without values
            counted = [Metric(one.name.removesuffix("_total"), one.help, one.type) for one in metrics.FAMILIES.values()]
        if examples is not None:
            exemplars.put_into(counted, examples(until) or {})
        yield from counted
        up = {target: answer(until) is not None for target, answer in pending.items()}
        yield gauges.family("metrics_backend_up", "1 where a probe of the target succeeded", ("target",), _by_name(up))
        yield from gauges.families(samples(until) if up["postgres"] else None)
        waiting = "Messages that wait in a queue; what workers took in advance counts no more"
        yield gauges.family("queue_depth", waiting, ("queue",), _by_name(depths(until) or {}))


def _by_name(values: Mapping[str, float]) -> gauges.Values:
    return {(name,): float(value) for name, value in values.items()}
