"""The circuit breaker of paid providers: blocks further calls for a while after failures, and for other reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from app.errors import (
    Incapable,
    MediaAuditError,
    Misconfigured,
    OutOfCredit,
    RateLimited,
    Refused,
    Transient,
    Unanswered,
    Unavailable,
)

THRESHOLD = 5  # failures in a row before a block: one picture that the provider cannot process must not cause it
PATIENCE = timedelta(minutes=10)  # of an outage during which work stays due; in a longer one it waits and is reported
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 900.0  # seconds until one call probes a failed provider, doubling each time
RATE_PAUSE = 5.0  # seconds after a 429 that does not say how long, or says that its wait is over
SHORTEST_PAUSE = 1.0  # seconds: a shorter one would let each row in turn run into the same 429
SETTING_PAUSE = 600.0  # seconds: settings are read at start, but a key may be corrected on the provider's side


@dataclass(frozen=True)
class Block:
    """No worker may call the provider before `until`. kind: rate (429), outage, credit, setting."""

    kind: Literal["rate", "outage", "credit", "setting"]
    until: datetime
    reason: str


@dataclass(frozen=True)
class Health:
    """The failures of a provider in a row, the time of the first, and its block, if any."""

    failures: int = 0
    failing_since: datetime | None = None
    block: Block | None = None


def observe(health: Health, error: MediaAuditError | None, now: datetime) -> Health:
    """The health after a call that ended in `error`, or in an answer (None). Errors of the decoder do not change it."""
    if error is None or isinstance(error, Refused):
        # A pause that the provider asked for stays: this call began before it.
        kept = health.block
        return Health(block=kept if kept is not None and kept.kind != "outage" and kept.until > now else None)
    if isinstance(error, Incapable):  # tags may come from another model of the provider
        return health
    if isinstance(error, Misconfigured):
        return replace(health, block=_block("setting", now, SETTING_PAUSE, error.reason))
    if isinstance(error, OutOfCredit):
        return replace(health, block=_block("credit", now, error.retry_after or LONGEST_PAUSE, error.reason))
    if isinstance(error, RateLimited):
        pause = max(SHORTEST_PAUSE, error.retry_after or RATE_PAUSE)
        return replace(health, block=_block("rate", now, pause, error.reason))
    return _failed(health, error, now) if isinstance(error, Unavailable | Unanswered) else health


def _failed(health: Health, error: Transient, now: datetime) -> Health:
    count = health.failures + 1
    since = health.failing_since or now
    if count < THRESHOLD:
        block = _block("rate", now, error.retry_after, error.reason) if error.retry_after else health.block
        return Health(count, since, block)
    reason = f"{count} calls failed in a row: {error.reason}"
    return Health(count, since, _block("outage", now, max(error.retry_after or 0.0, pause_after(count)), reason))


def pause_after(failures: int) -> float:
    """Seconds until one call probes the provider, after so many failures in a row."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(10, failures - THRESHOLD)))


def _block(kind: Literal["rate", "outage", "credit", "setting"], now: datetime, seconds: float, reason: str) -> Block:
    return Block(kind, now + timedelta(seconds=seconds), reason)
