"""The metrics that count work, and the rules for their labels. docs/metrics.md says what each one counts, and when.

A label's values are a closed set: no post, channel or album ever becomes one, so the number of series is limited.
app/observe/files.py gives this process a sink for its values; without one, no metric is recorded.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol, get_args

import structlog
from prometheus_client.mmap_dict import mmap_key
from prometheus_client.utils import INF, floatToGoString

from app.domain.alerts import Medium
from app.domain.ask.answer import Verdict
from app.domain.request_limits import Cost
from app.domain.steps import STEPS, Stage
from app.settings import PROVIDERS, get_settings

log = structlog.get_logger()

OTHER = "other"  # replaces a value outside the set, which may not make a series of its own

Media = Literal["photo", "video", "album", "doc", "unknown"]
Outcome = Literal["ok", "err"]
Status = Literal[
    "ok",
    "partial",
    "refused",
    "no_answer",
    "rate_limited",
    "unavailable",
    "unanswered",
    "out_of_credit",
    "misconfigured",
    "declined",
    "err",
]
Delivered = Literal["sent", "failed", "gone", "unknown"]
SkipReason = Literal["same_input", "gate_shut", "superseded", "refused", "no_answer"]

STAGES = ("parse", *STEPS.stages)  # parse: posts written, by any step
MEDIA, OUTCOMES = get_args(Media), get_args(Outcome)
STATUSES, SKIPPED = get_args(Status), get_args(SkipReason)
SENT_BY = tuple(medium.value for medium in Medium if medium is not Medium.FEED)
DELIVERED = get_args(Delivered)
VERDICTS = tuple(verdict.value for verdict in Verdict)
YES_NO = ("true", "false")
READERS = (*PROVIDERS, OTHER)
CONFIGURED = ("configured",)  # means the models that the settings name, and `other`
MODELS = 5  # the four settings that name a model, and `other`
SERVED = ("served",)  # means the templates of the page's addresses, and `other`
TEMPLATES = 56  # with `other`: the page and the API have some forty, and later ones find room
METHODS, CODES = ("read", "write"), ("2xx", "3xx", "4xx", "5xx")
# Of requests: one for each cost that has a limit, then those of connections. The last stands for an unknown one.
REFUSALS = (*(cost.value for cost in Cost), "size", "slow", "busy", "malformed")

# From steps of a millisecond (a merge in a batch) to OCR of a full page (70 s) and a video over a slow line; neighbours
# differ by a factor of two to three and a half, because queries ask for the order of magnitude.
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0)
# Of a model: local ones take 0.05 s to minutes, paid ones 1 to 30 s; a bucket ends at VISION_TIMEOUT (120 s).
READING_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
# From phone pictures to videos; the buckets of the earlier system, so that its dashboards go on working.
BYTES = (50_000.0, 100_000.0, 500_000.0, 1_000_000.0, 5_000_000.0, 20_000_000.0)
# An album is open for ALBUM_WAIT (30 s), and its files take some time; hours mean that a process or service was down.
LAG_SECONDS = (1.0, 5.0, 15.0, 30.0, 45.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
# Of the page: a file takes a millisecond, a page of a large archive is to take less than .1 s, a search less than 1 s.
PAGE_SECONDS = (0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

Labels = tuple[str, ...]
MOST: Mapping[Labels, int] = {
    CONFIGURED: MODELS,
    SERVED: TEMPLATES,
}  # values of the labels that are known at work alone


@dataclass(frozen=True, eq=False)  # hashed by identity: each family is one object
class Family:
    """One metric. labels: name -> allowed values. buckets: upper bounds of a histogram; empty for a counter."""

    name: str
    help: str
    labels: Mapping[str, tuple[str, ...]]
    buckets: tuple[float, ...] = ()

    @property
    def type(self) -> str:
        """counter or histogram."""
        return "histogram" if self.buckets else "counter"

    @property
    def bounds(self) -> tuple[float, ...]:
        """The buckets, with +Inf as the last."""
        return (*self.buckets, INF)

    def most_series(self) -> int:
        """The largest number of label sets."""
        count = 1
        for values in self.labels.values():
            count *= MOST.get(values, len(values))
        return count


WORK = {"stage": STAGES, "media": MEDIA, "outcome": OUTCOMES}

PROCESSED = Family("media_processing_total", "Passages of work that ended, by stage", WORK)
PROCESSING_SECONDS = Family(
    "media_processing_duration_seconds", "Seconds of work on one subject, by stage", WORK, SECONDS
)
MEDIA_BYTES = Family("media_bytes_total", "Bytes of files that entered the store, once each", {"media": MEDIA})
MEDIA_SIZE = Family("media_size_bytes", "Sizes of files that entered the store, once each", {"media": MEDIA}, BYTES)
VISION_SECONDS = Family(
    "vision_analysis_duration_seconds",
    "Seconds that a model took for one reading, repairs included",
    {"provider": READERS, "has_ocr": YES_NO},
    READING_SECONDS,
)
VISION_REQUESTS = Family(
    "vision_analysis_requests_total",
    "Files that a provider was asked about, by how the question ended",
    {"provider": READERS, "status": STATUSES},
)
VISION_TOKENS = Family(
    "vision_tokens_used_total",
    "Tokens that paid readings cost; those of calls whose end is not known as they were reserved",
    {"provider": READERS, "model": CONFIGURED},
)
RETAGGED = Family(
    "retagging_processed_total",
    "Later taggings, by whether the tags changed",
    {"changed": YES_NO, "outcome": OUTCOMES},
)
RETAGGING_SECONDS = Family(
    "retagging_duration_seconds", "Seconds that a later tagging took", {"changed": YES_NO}, SECONDS
)
RETAGGING_SKIPPED = Family(
    "retagging_skipped_total", "Later taggings that called no tagger, or wrote nothing", {"reason": SKIPPED}
)
ALBUM_LAG = Family(
    "album_assembly_lag_seconds",
    "Seconds from the arrival of an album's newest item to the album's first completion",
    {},
    LAG_SECONDS,
)
ANSWER_SENTENCES = Family(
    "answer_sentences_total", "Sentences of answers, by the check that they failed; kept: none", {"verdict": VERDICTS}
)
ALERT_DELIVERIES = Family(
    "alert_deliveries_total",
    "Attempts to deliver notices of alerts, by how they ended",
    {"medium": SENT_BY, "outcome": DELIVERED},
)
WEB_REQUESTS = Family(
    "web_requests_total",
    "Requests to the page, by the template of the address that answered; other: none did",
    {"route": SERVED, "method": METHODS, "code": CODES},
)
WEB_SECONDS = Family(
    "web_request_duration_seconds", "Seconds until an answer of the page began", {"route": SERVED}, PAGE_SECONDS
)
WEB_DATABASE_SECONDS = Family(
    "web_database_seconds_total", "Seconds of them that statements of the database took", {"route": SERVED}
)
WEB_REFUSALS = Family(
    "web_refusals_total",
    "Requests and connections that the page refused, by the limit that they met",
    {"reason": REFUSALS},
)
WEB_UNLIMITED = Family("web_unlimited_total", "Requests served without a limit, as Valkey was away", {})

FAMILIES = {
    family.name: family
    for family in (
        *(PROCESSED, PROCESSING_SECONDS, MEDIA_BYTES, MEDIA_SIZE, VISION_SECONDS, VISION_REQUESTS),
        *(VISION_TOKENS, RETAGGED, RETAGGING_SECONDS, RETAGGING_SKIPPED, ALBUM_LAG),
        *(ANSWER_SENTENCES, ALERT_DELIVERIES),
        *(WEB_REQUESTS, WEB_SECONDS, WEB_DATABASE_SECONDS, WEB_REFUSALS, WEB_UNLIMITED),
    )
}


class Sink(Protocol):
    """Takes the values of this process. Raises nothing; blocks only while another thread adds a value."""

    def add(self, amounts: Mapping[str, float]) -> None:
        """Adds the amounts to the values under these keys, all in one step."""

    def note(self, key: str, trace_id: str, value: float, at: float) -> None:
        """Records the newest example of a histogram's bucket; it may be lost. at: Unix time."""


_sinks: list[Sink] = []


class Templates:
    """The templates of the page's addresses, as labels. They come from the code, never from a request."""

    def __init__(self, most: int) -> None:
        """most: labels, `other` included."""
        self._most = most
        self._seen: dict[str, None] = {}

    def label(self, path: str) -> str:
        """The label of a template; `other` for none, and where there are too many."""
        if path != OTHER and len(self._seen) < self._most - 1:
            self._seen.setdefault(path)
        return path if path in self._seen else OTHER

    def labels(self) -> Labels:
        """Those that were seen so far, and `other`."""
        return (*self._seen, OTHER)


TEMPLATES_SEEN = Templates(TEMPLATES)


def into(sink: Sink | None) -> None:
    """Makes this process record into the sink; None stops recording."""
    _sinks[:] = [] if sink is None else [sink]


def recording() -> bool:
    """Whether this process records metrics."""
    return bool(_sinks)


def count(family: Family, labels: Labels, amount: float = 1.0) -> None:
    """Adds to a counter. labels: values in the family's order."""
    for sink in _sinks:
        sink.add({key_of(family, "", normal(family, labels)): amount})


def observe(family: Family, labels: Labels, value: float, trace_id: str | None = None) -> None:
    """Adds an observation to a histogram; trace_id leads from its bucket to the work observed."""
    for sink in _sinks:
        labels = normal(family, labels)
        bound = family.bounds[bisect_left(family.buckets, value)]
        bucket = key_of(family, "_bucket", labels, bound)
        sink.add({bucket: 1.0, key_of(family, "_sum", labels): value})
        if trace_id:
            sink.note(bucket, trace_id, value, time.time())


def processed(stage: Stage, media: Media, outcome: Outcome, seconds: float, trace_id: str | None = None) -> None:
    """Counts a step that ended. seconds: its duration."""
    labels = (stage, media, outcome)
    count(PROCESSED, labels)
    observe(PROCESSING_SECONDS, labels, seconds, trace_id)


def normal(family: Family, labels: Labels) -> Labels:
    """The labels, with the last value of its set for a value outside of it: a stray value makes no new series."""
    return tuple(
        value if value in allowed(values) else _stray(family, name, allowed(values)[-1])
        for value, (name, values) in zip(labels, family.labels.items(), strict=True)
    )


def allowed(values: tuple[str, ...]) -> tuple[str, ...]:
    """The allowed values; for CONFIGURED the models that the settings name, for SERVED the templates seen so far."""
    if values == SERVED:
        return TEMPLATES_SEEN.labels()
    if values != CONFIGURED:
        return values
    found = get_settings()
    named = (found.vision_model, found.gigachat_model, found.openai_model, found.tagger_model)
    return (*(model for model in named if model), OTHER)


@lru_cache  # logs each stray label once
def _stray(family: Family, name: str, instead: str) -> str:
    log.warning("a label value that is not in its set", metric=family.name, label=name)
    return instead


@lru_cache(maxsize=8192)
def key_of(family: Family, suffix: str, labels: Labels, bound: float | None = None) -> str:
    """The key of a value in prometheus_client's value files, without the help text, which is in this module."""
    names = tuple(family.labels)
    if bound is not None:
        names, labels = (*names, "le"), (*labels, floatToGoString(bound))
    key: str = mmap_key(family.name, family.name + suffix, list(names), list(labels), "")
    return key
