"""Gauges from the database: one short read-only transaction. Its cost grows with open rows, not with finished ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, timedelta
from functools import lru_cache
from math import inf, nan
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Engine, create_engine, extract, func, literal, select, text
from sqlalchemy.orm import Session

from app import db
from app.domain.freshness import stale_after
from app.domain.kinds import State
from app.domain.steps import STEPS
from app.models import Channel, OutboxEvent, Work
from app.observe import heartbeats
from app.pipeline.engine import ledger
from app.pipeline.engine.caps import in_force
from app.pipeline.engine.counters import ended_work
from app.settings import PAID, Settings

# Seconds for each statement, which scans all due rows: 0.3 s for 300,000. With some millions there are no gauges.
STATEMENT_SECONDS = 10.0
CONNECT_SECONDS = 2  # the shortest timeout that libpq accepts
# A connection whose other end vanished silently ends after 5 + 2 x 2 seconds, not after the kernel's two hours.
KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 9000}
PERIODS = ("day", "month")

# family -> (help text, labels)
FAMILIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "channel_last_success_timestamp_seconds": (
        "When the enabled channel that is furthest behind was read to its head, or added if never; NaN without any",
        (),
    ),
    "channels_stale": ("Enabled channels whose head no poll has reached for five intervals, at least five minutes", ()),
    "work_oldest_due_seconds": (
        "Age of the work that may be done and has waited longest, 0 when none waits",
        ("step",),
    ),
    "work_dead": ("Work that was given up and waits for a person", ("step",)),
    "outbox_oldest_unpublished_seconds": ("Age of the oldest event that was not sent, 0 when all were", ()),
    "vision_budget_usage_tokens": (
        "Tokens of this UTC day and month, pictures and tags together; reserved ones where no end is known",
        ("provider", "period"),
    ),
    "vision_budget_limit_tokens": ("The cap of the same, +Inf when there is none", ("provider", "period")),
    "vision_budget_limit_by_operator": (
        "1 while an operator has set that cap, 0 for the setting",
        ("provider", "period"),
    ),
    **heartbeats.FAMILIES,
}

Values = dict[tuple[str, ...], float]  # by the values of the labels
Samples = dict[str, Values]  # by family


@lru_cache
def engine(url: str) -> Engine:
    """The engine of the metrics process, with two connections: one for the gauges, one for the probe of the server."""
    return create_engine(
        url,
        pool_size=2,
        max_overflow=1,
        pool_pre_ping=True,
        pool_timeout=CONNECT_SECONDS,
        connect_args={"application_name": "media-audit metrics", "connect_timeout": CONNECT_SECONDS, **KEEPALIVES},
    )


@contextmanager
def reading(url: str, seconds: float = 1.0) -> Iterator[Session]:
    """Opens a read-only snapshot of the database. seconds: limit of each statement."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine(url).connect().execution_options(**options) as connection, Session(connection) as session:
        session.execute(text(f"SET LOCAL statement_timeout = {int(seconds * 1000)}"))
        session.execute(
            text("SET LOCAL max_parallel_workers_per_gather = 0")
        )  # parallel workers are for the work itself
        yield session


def read(settings: Settings) -> Samples:
    """Reads all gauges, by the database's clock; every step, provider and period has one."""
    with reading(settings.database(), STATEMENT_SECONDS) as session:
        oldest, stale = _channels(session, stale_after(settings.poll_interval))
        steps = {(step.value,): 0.0 for step in STEPS}
        budgets = {name: _budget(session, settings, name) for name in PAID}
        return {
            "channel_last_success_timestamp_seconds": {(): oldest},
            "channels_stale": {(): stale},
            "work_oldest_due_seconds": steps | _oldest_due(session),
            "work_dead": steps | _dead(session),
            "outbox_oldest_unpublished_seconds": {(): _outbox(session)},
            "vision_budget_usage_tokens": _by_period({name: usage for name, (usage, _, _) in budgets.items()}),
            "vision_budget_limit_tokens": _by_period({name: limit for name, (_, limit, _) in budgets.items()}),
            "vision_budget_limit_by_operator": _by_period({name: by for name, (_, _, by) in budgets.items()}),
            **heartbeats.read(session),
        }


def families(samples: Samples | None) -> Iterator[GaugeMetricFamily]:
    """The gauges for prometheus_client. Without samples the families have no values: old values are never repeated."""
    for name, (meaning, labels) in FAMILIES.items():
        yield family(name, meaning, labels, (samples or {}).get(name, {}))


def family(name: str, meaning: str, labels: tuple[str, ...], values: Values) -> GaugeMetricFamily:
    """One gauge with all its series."""
    made = GaugeMetricFamily(name, meaning, labels=labels)
    for key, value in values.items():
        made.add_metric(key, value)
    return made


def _channels(session: Session, stale: float) -> tuple[float, float]:
    """(Unix time at which the channel furthest behind was read; number of stale channels)."""
    last = func.coalesce(Channel.last_success_at, Channel.added_at)
    late = func.count().filter(last < func.clock_timestamp() - timedelta(seconds=stale))
    oldest, count = session.execute(select(extract("epoch", func.min(last)), late).where(Channel.enabled)).one()
    return nan if oldest is None else float(oldest), float(count)


def _oldest_due(session: Session) -> Values:
    """Age of each step's oldest row that may run now. The state is a literal: idx_work_turn covers that state only."""
    now = func.statement_timestamp()
    age = extract("epoch", now - func.min(Work.next_attempt_at))
    query = select(Work.step, age).where(_state(State.DUE), Work.next_attempt_at <= now).group_by(Work.step)
    return {(step,): max(0.0, float(seconds)) for step, seconds in session.execute(query)}


def _dead(session: Session) -> Values:
    """Dead rows by step."""
    ended = ended_work(session)
    return {(step.value,): float(states[State.DEAD]) for step, states in ended.items() if State.DEAD in states}


def _state(state: State) -> Any:
    return Work.state == literal(state.value, literal_execute=True)


def _outbox(session: Session) -> float:
    """Age of the unsent event with the lowest id, which is the oldest or nearly so.

    Reads one entry of idx_outbox_events_unpublished, however many events wait.
    """
    age = extract("epoch", func.clock_timestamp() - OutboxEvent.created_at)
    oldest = select(age).where(OutboxEvent.published_at.is_(None)).order_by(OutboxEvent.id).limit(1)
    return max(0.0, float(session.scalar(oldest) or 0.0))


Periods = tuple[float, float]  # of PERIODS


def _budget(session: Session, settings: Settings, provider: str) -> tuple[Periods, Periods, Periods]:
    """(usage, caps, whether an operator has set them)."""
    limits = in_force(session, provider, settings.limits(provider), db.now(session).astimezone(UTC))
    account = ledger.account(session, provider, limits)
    caps = [inf if cap is None else float(cap) for cap in (limits.daily, limits.monthly)]
    by = [float(name in limits.by_operator) for name in ("daily", "monthly")]
    return (float(account.today), float(account.month)), (caps[0], caps[1]), (by[0], by[1])


def _by_period(found: Mapping[str, Periods]) -> Values:
    return {
        (provider, period): value
        for provider, values in found.items()
        for period, value in zip(PERIODS, values, strict=True)
    }
