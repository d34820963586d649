"""Exemplars lead from a histogram's bucket to a trace: the newest trace id of each bucket, in a hash of Redis.

prometheus_client's multiprocess mode has no exemplars. Lossy on purpose: an observation costs an entry in a dictionary,
a thread sends new entries at most once a second, and entries that Redis does not take are dropped.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import redis
import structlog
from prometheus_client.metrics_core import Metric
from prometheus_client.samples import Exemplar

log = structlog.get_logger()

HASH = "metrics:exemplars"
EXPIRY = 24 * 3600  # seconds: yesterday's trace does not explain today's slow bucket
EVERY = 1.0  # seconds between two messages to Redis
PAUSE = 30.0  # seconds after an error of Redis
SILENCE = 1.0  # seconds for an answer of Redis
MANY = 20_000  # fields to read at once: more than there can be buckets


@dataclass(frozen=True)
class Example:
    """One observation of a bucket. at: Unix time."""

    trace_id: str
    value: float
    at: float


class Notes:
    """The exemplars of this process. The sending thread starts with the first note, so a parent that forks has none."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._new: dict[str, Example] = {}  # by the key of a value file: at most one for each bucket
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, key: str, example: Example) -> None:
        """Keeps the newest example of each bucket until it is sent."""
        with self._lock:
            self._new[key] = example
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_for_ever, name="exemplars", daemon=True)
                self._thread.start()
        self._some.set()

    def send(self) -> None:
        """Sends new examples. Raises the errors of redis."""
        with self._lock:
            new, self._new = self._new, {}
        if not new:
            return
        fields = {key: f"{one.trace_id} {one.value!r} {one.at!r}" for key, one in new.items()}
        with connect(self._url) as client, client.pipeline(transaction=False) as pipeline:
            pipeline.hset(HASH, mapping=dict(fields))
            pipeline.expire(HASH, EXPIRY)
            pipeline.execute()

    def _send_for_ever(self) -> None:
        while True:
            self._some.wait()
            self._some.clear()
            try:
                self.send()
                time.sleep(EVERY)
            except Exception as error:  # the thread must not end, or no example would be sent again
                log.debug("exemplars dropped", error=type(error).__name__)
                time.sleep(PAUSE)


_notes: list[Notes] = []


def into(url: str | None) -> None:
    """Sends the examples of this process to this Redis from now on; None: to none."""
    _notes[:] = [Notes(url)] if url else []


def forked() -> None:
    """Drops, in a forked child, the parent's notes: their thread does not exist in the child."""
    into(None)


def note(key: str, trace_id: str, value: float, at: float) -> None:
    """Records an example for a bucket, by the key of its value. Never raises, never waits for Redis."""
    try:
        for notes in _notes:
            notes.note(key, Example(trace_id, value, at))
    except Exception as error:  # the system gives no thread
        log.debug("exemplar dropped", error=type(error).__name__)


def connect(url: str) -> redis.Redis:
    """A client with short timeouts."""
    return redis.Redis.from_url(url, socket_timeout=SILENCE, socket_connect_timeout=SILENCE, decode_responses=True)


def read(url: str) -> dict[str, Example]:
    """The newest example of each bucket, by the key of its value; empty if Redis does not answer."""
    try:
        with connect(url) as client:
            found: Mapping[str, str] = client.hgetall(HASH)
    except (redis.RedisError, OSError) as error:
        log.debug("no exemplars", error=type(error).__name__)
        return {}
    examples = {key: example for key, text in list(found.items())[:MANY] if (example := _parse(text)) is not None}
    return {key: one for key, one in examples.items() if time.time() - one.at < EXPIRY}


def put_into(found: Iterable[Metric], examples: Mapping[str, Example]) -> None:
    """Adds examples to the buckets of histograms: OpenMetrics shows them, the classic format leaves them out."""
    known = {_place(key): example for key, example in examples.items()}
    for metric in found:
        if metric.type != "histogram":
            continue
        for place, sample in enumerate(metric.samples):
            example = known.get((sample.name, frozenset(sample.labels.items())))
            if example is not None:
                exemplar = Exemplar({"trace_id": example.trace_id}, example.value, example.at)
                metric.samples[place] = sample._replace(exemplar=exemplar)


Place = tuple[str, frozenset[tuple[str, str]]]


def _place(key: str) -> Place:
    try:
        _, name, labels, _ = json.loads(key)
        return str(name), frozenset((str(label), str(value)) for label, value in labels.items())
    except (ValueError, AttributeError, TypeError):
        return "", frozenset()


def _parse(text: str) -> Example | None:
    try:
        trace_id, value, at = text.split(" ")
        return Example(trace_id, float(value), float(at)) if trace_id.isalnum() and len(trace_id) <= 64 else None
    except ValueError:
        return None
