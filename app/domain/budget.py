"""Whether a paid call may be made now: caps, calls at once, a shared bucket of calls, a provider that is blocked.

Pure: the state of a provider at one moment goes in, a verdict comes out. Times are UTC, so a day is the same for every
process; a token counts for the day on which its call was reserved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.domain.breaker import PATIENCE, THRESHOLD, Block

LONG = 60.0  # seconds: whoever has to wait for longer is told, and may be replaced by the next provider
BUSY = 1.0  # seconds until a free place is looked for again: a call takes some seconds
BULK_SHARE = 0.8  # of a cap, for history and re-reading: the rest is for live posts


@dataclass(frozen=True)
class Limits:
    """What a provider may cost. Tokens a day and a month (UTC); None is no limit. per_minute: calls that may begin."""

    daily: int | None = None
    monthly: int | None = None
    at_once: int = 1
    per_minute: float | None = None


@dataclass(frozen=True)
class Account:
    """A provider at one moment, by the database's clock. Tokens are settled ones, or reserved where the end of a call
    is open or unknown."""

    now: datetime
    today: int = 0
    month: int = 0
    open: int = 0  # calls under way
    bucket: float = 0.0  # calls that may begin now
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    block: Block | None = None


@dataclass(frozen=True)
class Refusal:
    """No call now. delay: seconds until it is asked again.

    lasting: it takes longer than a call or two, so whoever has another provider goes there. waits: only a date or a
    person ends it, so the work waits and holds up nobody; else it is due again soon.
    """

    reason: str
    delay: float
    lasting: bool = False
    waits: bool = False


def admit(provider: str, account: Account, limits: Limits, price: int, *, bulk: bool = False) -> Refusal | None:
    """None when a call that may cost `price` tokens can be made now. bulk: history and re-reading, which leave live
    posts their share."""
    return (
        _blocked(provider, account)
        or _too_dear(provider, account, limits, price, bulk=bulk)
        or _too_many(provider, account, limits, bulk=bulk)
    )


def _blocked(provider: str, account: Account) -> Refusal | None:
    block = account.block
    if block is not None and block.until > account.now:
        delay = (block.until - account.now).total_seconds()
        lasting = block.kind != "rate" or delay > LONG
        return Refusal(block.reason, delay, lasting=lasting, waits=_waits(account, block, delay))
    if account.failures >= THRESHOLD and account.open:
        reason = f"{provider} failed {account.failures} times in a row, and one call tries it"
        return Refusal(reason, 2 * BUSY, lasting=True)
    return None


def _waits(account: Account, block: Block, delay: float) -> bool:
    """An outage is waited out for a while; then whoever waits for the end of the work is told."""
    since = account.failing_since
    return (
        block.kind in ("credit", "setting")
        or (block.kind == "rate" and delay > LONG)
        or (block.kind == "outage" and since is not None and account.now - since > PATIENCE)
    )


def _too_dear(provider: str, account: Account, limits: Limits, price: int, *, bulk: bool) -> Refusal | None:
    caps: tuple[tuple[Literal["daily", "monthly"], int | None, int, datetime], ...] = (
        ("daily", limits.daily, account.today, next_day(account.now)),
        ("monthly", limits.monthly, account.month, next_month(account.now)),
    )
    for name, cap, spent, until in caps:
        if cap is None:
            continue
        setting = f"{provider.upper()}_{name.upper()}_TOKENS={cap}"
        share = int(cap * BULK_SHARE) if bulk else cap
        if price > share:
            reason = f"one call may cost {price} tokens, more than {setting} allows"
            return Refusal(reason, _wait(account, until), lasting=True, waits=True)
        if spent + price > share:
            what = "the share of history and re-reading of " if share < cap else ""
            return Refusal(f"{what}{setting} is spent", _wait(account, until), lasting=True, waits=True)
    return None


def _too_many(provider: str, account: Account, limits: Limits, *, bulk: bool) -> Refusal | None:
    # One place is left to live posts, where there are several: history would take each as it becomes free.
    if account.open >= limits.at_once - (bulk and limits.at_once > 1):
        return Refusal(f"{provider} has {account.open} calls under way ({provider.upper()}_CALLS_AT_ONCE)", BUSY)
    if limits.per_minute is not None and account.bucket < 1:
        delay = (1 - account.bucket) * 60 / limits.per_minute
        return Refusal(f"{provider} may begin {limits.per_minute:g} calls a minute", delay)
    return None


def refill(bucket: float, since: datetime | None, now: datetime, limits: Limits) -> float:
    """The calls that a bucket holds now: it fills evenly and holds as many as may run at once."""
    if limits.per_minute is None or since is None:
        return float(limits.at_once)
    return min(float(limits.at_once), bucket + max(0.0, (now - since).total_seconds()) * limits.per_minute / 60)


def days(tokens: int, limits: Limits) -> int | None:
    """The days that re-reading's share of the daily cap makes of so many tokens; None when it allows none at all."""
    share = None if limits.daily is None else int(limits.daily * BULK_SHARE)
    if not tokens or share is None:
        return 1 if tokens else 0
    return math.ceil(tokens / share) if share else None


def next_day(now: datetime) -> datetime:
    """The next midnight."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def next_month(now: datetime) -> datetime:
    """The first midnight of the next month."""
    return next_day(now.replace(day=28) + timedelta(days=4)).replace(day=1)


def _wait(account: Account, until: datetime) -> float:
    return (until - account.now).total_seconds()
