"""Decides whether a paid call may begin now: by caps, calls at once, the shared bucket of calls and the block, if any.

Pure: takes the state of a provider at one moment and returns a verdict. Times are UTC, so a day is the same for every
process. A token counts for the day on which its call was reserved.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.breaker import PATIENCE, THRESHOLD, Block

LONG = 60.0  # seconds: a longer wait is reported, and the next provider may take over
BUSY = 1.0  # seconds before a retry while all places are taken: a call takes some seconds
BULK_SHARE = 0.8  # of a cap, for history and re-reading: the rest is for live posts


@dataclass(frozen=True)
class Limits:
    """The budget of a provider: tokens of a day and a month (UTC), None for no limit; calls at once and per minute.

    questions: tokens of a day for questions alone, in the budget of a question; they count for the provider, too.
    """

    daily: int | None = None
    monthly: int | None = None
    at_once: int = 1
    per_minute: float | None = None
    questions: int | None = None
    counts_questions: bool = False  # whether the budget of questions holds, too
    by_operator: frozenset[str] = frozenset()  # daily, monthly, questions: caps that are not those of the settings


@dataclass(frozen=True)
class Account:
    """The state of a provider at one moment, by the database's clock.

    Tokens are the settled ones, or the reserved ones of calls that are open or have an unknown outcome.
    """

    now: datetime
    today: int = 0
    month: int = 0
    questions: int = 0  # of today, for questions
    open: int = 0  # calls under way
    bucket: float = 0.0  # calls that may begin now
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    block: Block | None = None


@dataclass(frozen=True)
class Refusal:
    """The call may not begin now. delay: seconds until a retry.

    lasting: longer than a call or two, so a chain with another provider goes on to that. waits: only a date or the user
    ends it, so the work gets state `waiting` and an idle run does not wait for it; else it is due again soon.
    """

    reason: str
    delay: float
    lasting: bool = False
    waits: bool = False


def admit(provider: str, account: Account, limits: Limits, price: int, *, bulk: bool = False) -> Refusal | None:
    """None if a call that may cost `price` tokens may begin now, else the refusal.

    bulk: history and re-reading, which leave live posts their share.
    """
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
    """Whether work waits for the end of this block. During the first PATIENCE of an outage it stays due."""
    since = account.failing_since
    return (
        block.kind in ("credit", "setting")
        or (block.kind == "rate" and delay > LONG)
        or (block.kind == "outage" and since is not None and account.now - since > PATIENCE)
    )


def _too_dear(provider: str, account: Account, limits: Limits, price: int, *, bulk: bool) -> Refusal | None:
    tomorrow, owner = next_day(account.now), provider.upper()
    caps: tuple[tuple[str, str, int | None, int, datetime, float], ...] = (
        ("daily", f"{owner}_DAILY_TOKENS", limits.daily, account.today, tomorrow, BULK_SHARE),
        ("monthly", f"{owner}_MONTHLY_TOKENS", limits.monthly, account.month, next_month(account.now), BULK_SHARE),
        # All questions are of people who wait: none leaves a share to another.
        ("questions", "ASK_DAILY_TOKENS", limits.questions, account.questions, tomorrow, 1.0),
    )
    for kind, name, cap, spent, until, bulk_share in caps:
        if cap is None:
            continue
        setting = f"{name}={cap}{' of an operator' if kind in limits.by_operator else ''}"
        share = int(cap * bulk_share) if bulk else cap
        if price > share:
            reason = f"one call may cost {price} tokens, more than {setting} allows"
            return Refusal(reason, _wait(account, until), lasting=True, waits=True)
        if spent + price > share:
            what = "the share of history and re-reading of " if share < cap else ""
            return Refusal(f"{what}{setting} is spent", _wait(account, until), lasting=True, waits=True)
    return None


def _too_many(provider: str, account: Account, limits: Limits, *, bulk: bool) -> Refusal | None:
    # Of several places, one is for live posts: history would take each place as it becomes free.
    if account.open >= limits.at_once - (bulk and limits.at_once > 1):
        return Refusal(f"{provider} has {account.open} calls under way ({provider.upper()}_CALLS_AT_ONCE)", BUSY)
    if limits.per_minute is not None and account.bucket < 1:
        delay = (1 - account.bucket) * 60 / limits.per_minute
        return Refusal(f"{provider} may begin {limits.per_minute:g} calls a minute", delay)
    return None


def refill(bucket: float, since: datetime | None, now: datetime, limits: Limits) -> float:
    """The calls in the bucket now. It fills evenly and holds at most as many as may run at once."""
    if limits.per_minute is None or since is None:
        return float(limits.at_once)
    return min(float(limits.at_once), bucket + max(0.0, (now - since).total_seconds()) * limits.per_minute / 60)


def days(tokens: int, limits: Limits) -> int | None:
    """The days that so many tokens take with the bulk share of the daily cap; None if that share is 0."""
    share = None if limits.daily is None else int(limits.daily * BULK_SHARE)
    if not tokens or share is None:
        return 1 if tokens else 0
    return math.ceil(tokens / share) if share else None


def next_day(now: datetime) -> datetime:
    """The next midnight, UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def next_month(now: datetime) -> datetime:
    """The first midnight of the next month, UTC."""
    return next_day(now.replace(day=28) + timedelta(days=4)).replace(day=1)


def _wait(account: Account, until: datetime) -> float:
    return (until - account.now).total_seconds()
