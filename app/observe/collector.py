"""Everything that /metrics shows, gathered within a fixed time whatever hangs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import Metric
from prometheus_client.registry import Collector

from app.observe import gauges, probes
from app.observe.asked import Asked
from app.settings import Settings

# Seconds for all answers together: below the two that /metrics may take, and far below Prometheus' ten.
PATIENCE = 1.5
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
        self.gauges = Asked("gauges", lambda: gauges.read(settings), SHARED, GAUGES_KEPT)
        self.broker = Asked("broker", lambda: probes.broker(settings), SHARED)
        self.backends: dict[str, Asked[Any]] = {
            "postgres": Asked("postgres", lambda: probes.postgres(settings), SHARED),
            "broker": self.broker,
            "telegram": Asked("telegram", lambda: probes.telegram(settings), TELEGRAM_EVERY),
            "vision": Asked("vision", lambda: probes.vision(settings), VISION_EVERY, VISION_KEPT),
            "store": Asked("store", lambda: probes.store(settings), STORE_EVERY),
        }


class Observed(Collector):
    """The gauges and probes, as prometheus_client's registries take them."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def collect(self) -> Iterator[Metric]:
        """All questions are asked at once, and none is waited for beyond PATIENCE."""
        until = time.monotonic() + PATIENCE
        pending = {target: asked.begin() for target, asked in self._questions.backends.items()}
        samples, depths = self._questions.gauges.begin(), self._questions.broker.begin()
        up = {target: answer(until) is not None for target, answer in pending.items()}
        yield gauges.family("metrics_backend_up", "1 where a probe of the target succeeded", ("target",), _by_name(up))
        yield from gauges.families(samples(until) if up["postgres"] else None)
        waiting = "Messages that wait in a queue; what workers took in advance counts no more"
        yield gauges.family("queue_depth", waiting, ("queue",), _by_name(depths(until) or {}))


def _by_name(values: Mapping[str, float]) -> gauges.Values:
    return {(name,): float(value) for name, value in values.items()}
