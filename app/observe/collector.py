"""Everything that /metrics shows, gathered within a fixed time whatever hangs."""

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
SHARED = 2.0  # seconds: whoever looks twice in a moment, or scrapes with two servers, costs one look
# Seconds that gauges of the database serve while the next ones take longer than PATIENCE, as with millions of rows due.
# Only while it answers at all: what is told of one that is away would be a guess.
GAUGES_KEPT = 30.0
STORE_EVERY = 10.0  # a file is synced for each
TELEGRAM_EVERY = 30.0  # a connection to somebody else's server for each
# A list of models comes from far away, in up to 15 seconds.
VISION_EVERY, VISION_KEPT = 60.0, 120.0


class Questions:
    """What is asked at each scrape, of whom, and how often. One a process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        place, redis = files.directory(settings), settings.redis
        # Anew at each scrape, for what was counted a moment ago; by a thread, for a disk may hang as a database does.
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
        """Asks everything once, and waits for longer than a scrape does."""
        until = time.monotonic() + WARM_UP
        for pending in [asked.begin() for asked in (*self.backends.values(), self.gauges, self.values)]:
            pending(until)

    def close(self) -> None:
        """Ends the connections that were kept."""
        if self._settings.database_url is not None:
            gauges.engine(self._settings.database()).dispose()


class Observed(Collector):
    """What was counted, gauges and probes, as prometheus_client's registries take them."""

    def __init__(self, questions: Questions, *, exemplary: bool) -> None:
        """exemplary: buckets have their exemplars, for the format that shows them."""
        self._questions = questions
        self._exemplary = exemplary

    def collect(self) -> Iterator[Metric]:
        """All questions are asked at once, and none is waited for beyond PATIENCE."""
        until = time.monotonic() + PATIENCE
        pending = {target: asked.begin() for target, asked in self._questions.backends.items()}
        samples, depths = self._questions.gauges.begin(), self._questions.broker.begin()
        values = self._questions.values.begin()
        examples = self._questions.exemplars.begin() if self._exemplary else None
        counted = values(until)
        if counted is None:  # a disk that hangs or cannot be read: the families stay, without values
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
