"""Decides on retries: the next state of a step after an error, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.breaker import SETTING_PAUSE
from app.domain.kinds import State
from app.errors import MediaAuditError, Misconfigured, OutOfCredit, Permanent, Skip, Transient, Withheld

BASE = 2.0  # seconds after the first failure
CEILING = 900.0  # a quarter of an hour: long enough for an outage, short enough to notice its end


@dataclass(frozen=True)
class Verdict:
    """The next state of the work row. delay: seconds until the next attempt (DUE, WAITING)."""

    state: State
    reason: str
    delay: float = 0.0
    charge: bool = True  # False gives the attempt back


def after(error: MediaAuditError, attempts: int, limit: int, jitter: float) -> Verdict:
    """The verdict after attempt number `attempts` (from 1) ended in `error`. limit: attempts in all; jitter: 0 to 1."""
    if isinstance(error, Skip):
        return Verdict(State.SKIPPED, error.reason)
    if isinstance(error, OutOfCredit):
        return Verdict(State.WAITING, error.reason, error.retry_after or CEILING, charge=False)
    if isinstance(error, Misconfigured):
        return Verdict(State.WAITING, error.reason, SETTING_PAUSE, charge=False)
    if isinstance(error, Withheld):
        return Verdict(State.WAITING, error.reason, (error.retry_after or CEILING) * (1 + jitter / 4), charge=False)
    if isinstance(error, Transient):
        if error.charge and attempts >= limit:
            return Verdict(State.DEAD, f"gave up after {attempts} attempts: {error.reason}")
        delay = error.retry_after if error.retry_after is not None else backoff(attempts)
        # Jitter only adds: a retry before the time that the server allowed causes the next flood wait.
        return Verdict(State.DUE, error.reason, delay * (1 + jitter / 4), error.charge)
    reason = error.reason if isinstance(error, Permanent) else str(error)
    return Verdict(State.DEAD, reason)


def backoff(attempts: int) -> float:
    """Seconds to wait after attempt number `attempts` (from 1): doubling, bounded by CEILING."""
    return float(min(CEILING, BASE * 2 ** (max(1, attempts) - 1)))
