"""Gauges of live processes, from the heartbeat rows that every process writes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import case, extract, func, select
from sqlalchemy.orm import Session

from app.models import WorkerHeartbeat
from app.queues import NAMES

OTHER = "other"  # a worker name chosen by a user makes no series of its own
PROCESSES = (*NAMES, "beat", "relay", "consumer", "metrics", OTHER)

FAMILIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "process_heartbeat_age_seconds": (
        "Since any process of this kind last showed that it lives, those that ended in good order aside",
        ("process",),
    ),
    "process_hanging": (
        "Processes of this kind that live, but say that something of theirs does not move",
        ("process",),
    ),
}


def read(session: Session) -> dict[str, dict[tuple[str, ...], float]]:
    """Reads the gauges by kind of process. A kind that does not run, or was stopped in good order, has no value.

    Among several processes of a kind the latest heartbeat counts: a killed container leaves its row under a name that
    never returns, which must not raise an alert.
    """
    name = func.split_part(WorkerHeartbeat.worker, "@", 1)
    kind = case((name.in_(PROCESSES), name), else_=OTHER)
    age = extract("epoch", func.clock_timestamp() - func.max(WorkerHeartbeat.seen_at))
    hanging = func.count(WorkerHeartbeat.hangs)
    rows = session.execute(select(kind, age, hanging).where(WorkerHeartbeat.ended_at.is_(None)).group_by(kind)).all()
    return {
        "process_heartbeat_age_seconds": {(found,): max(0.0, float(seconds)) for found, seconds, _ in rows},
        "process_hanging": {(found,): float(count) for found, _, count in rows},
    }
