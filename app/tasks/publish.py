"""Publishes the calls that a step returned, after its commit. Losing a message is harmless: its row stays due."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from celery import Signature, chord, signature
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from app import guards, telemetry, wiring
from app.domain.flow import Call, FanOut, Next, batches
from app.domain.steps import STEPS
from app.queues import batch_of, queue_of
from app.settings import get_settings
from app.worker import app

log = structlog.get_logger()

DOUBLED_WITHIN = 10  # seconds: covers overlapping polls; a later edit is news of its own
LIVE, BULK, LAST = 0, 6, 9  # Redis serves the lower number first
# Errors of Celery and Redis for an unreachable broker; RuntimeError comes from the result store after its own retries.
AWAY = (OperationalError, RedisError, RuntimeError)


def publish(nexts: Iterable[Next]) -> None:
    """Sends the messages. A broker that is down loses hints only: the sweeper sends them again.

    Raises RuleBroken inside a transaction.
    """
    guards.refuse_messages()
    items = batches(nexts, lambda call: batch_of(call, get_settings()))
    for number, item in enumerate(items):
        try:
            _send(item)
        except AWAY as error:
            # The other messages would wait for the same broker, one timeout after another.
            steps = sorted({_call(left).step.value for left in items[number:]})
            log.warning("not published, the sweeper will", steps=steps, error=type(error).__name__)
            return


def _send(item: Next) -> None:
    with telemetry.within(_call(item).trace_id):
        if isinstance(item, FanOut):
            _chord(item)
        elif not _published_before(item):
            to_signature(item).apply_async()


def to_signature(call: Call) -> Signature:
    """Makes the Celery signature of a call; immutable, so that results of other tasks never become arguments."""
    return signature(
        STEPS[call.step].task,
        args=([list(key) for key in call.keys], call.bulk),
        immutable=True,
        options={
            "queue": queue_of(call, get_settings()),
            "priority": priority_of(call),
            "headers": telemetry.headers(call.trace_id),
        },
        app=app,
    )


def priority_of(call: Call) -> int:
    """The priority of a call's message."""
    if STEPS[call.step].last:
        return LAST
    return BULK if call.bulk else LIVE


def _chord(fan: FanOut) -> None:
    """Sends a chord. Body and errback run the same recomputation from rows: a header's failure only changes its
    trigger."""
    body = to_signature(fan.body)
    body.on_error(to_signature(fan.body))
    chord([_header(call) for call in fan.headers], body).apply_async()


def _header(call: Call) -> Signature:
    return to_signature(call).set(ignore_result=False)


def _published_before(call: Call) -> bool:
    """Whether the same album was published within DOUBLED_WITHIN. Suppresses the message, never the work."""
    if call.dedup is None:
        return False
    try:
        fresh = wiring.hints().set(call.dedup, 1, nx=True, ex=DOUBLED_WITHIN)
    except RedisError:
        return False  # an unreachable hint must not stop anything
    return not fresh


def _call(item: Next) -> Call:
    return item.body if isinstance(item, FanOut) else item
