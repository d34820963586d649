"""After commit: what a step returned becomes messages. Losing one is harmless, its row stays due."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from celery import Signature, chord, signature
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from app import guards, telemetry, wiring
from app.domain.flow import Call, FanOut, Next, batches
from app.domain.kinds import Step
from app.queues import QUEUES, REMOTE
from app.settings import get_settings
from app.worker import app

log = structlog.get_logger()

TASKS = {
    Step.POLL: "app.tasks.poll.poll_channel",
    Step.BACKFILL: "app.tasks.backfill.backfill_channel",
    Step.COLLECT: "app.tasks.collect.collect_album",
    Step.DOWNLOAD: "app.tasks.download.download_media",
    Step.PERSIST: "app.tasks.persist.persist_publication",
    Step.ANALYZE: "app.tasks.analyze.analyze_media",
    Step.MERGE: "app.tasks.merge.merge_vision",
    Step.TAG: "app.tasks.tag.tag_publication",
    Step.INDEX: "app.tasks.index.index_publication",
}
SIZES = {
    Step.POLL: 1,
    Step.BACKFILL: 1,
    Step.ANALYZE: 4,  # seconds a file: small batches keep all children busy until the end
    Step.COLLECT: 10,  # one request each
}
DOUBLED_WITHIN = 10  # seconds: polls that overlap; an edit after that is news of its own
LIVE, BULK = 0, 6  # Redis serves the lower number first
# How Celery and Redis say that nobody is there; RuntimeError is the result store's, after its own retries.
AWAY = (OperationalError, RedisError, RuntimeError)


def publish(nexts: Iterable[Next]) -> None:
    """Sends the messages. A broker that is down loses hints only: the sweeper sends them again.

    RuleBroken inside of a transaction.
    """
    guards.refuse_messages()
    items = batches(nexts, SIZES, get_settings().batch_size, waits=waits)
    for number, item in enumerate(items):
        try:
            _send(item)
        except AWAY as error:
            # The others would wait for the same broker, one timeout after another.
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
    """The Celery signature of a call, immutable: results of other tasks never become arguments."""
    return signature(
        TASKS[call.step],
        args=([list(key) for key in call.keys], call.bulk),
        immutable=True,
        options={
            "queue": queue_of(call),
            "priority": BULK if call.bulk else LIVE,
            "headers": telemetry.headers(call.trace_id),
        },
        app=app,
    )


def queue_of(call: Call) -> str:
    """Where a call runs: work that waits for a network has threads of its own."""
    return REMOTE if waits(call) else QUEUES[call.step]


def waits(call: Call) -> bool:
    """Whether a call asks somebody behind a network, for seconds a key: then each key is a message of its own, or a
    live post would wait for a batch that began before it."""
    return call.remote or (call.step is Step.TAG and get_settings().tagger != "local")


def _chord(fan: FanOut) -> None:
    """Body and errback are the same recomputation from rows: a header's failure only changes who triggers it."""
    body = to_signature(fan.body)
    body.on_error(to_signature(fan.body))
    chord([_header(call) for call in fan.headers], body).apply_async()


def _header(call: Call) -> Signature:
    return to_signature(call).set(ignore_result=False)


def _published_before(call: Call) -> bool:
    """Whether the same album was published a moment ago. Suppresses the message, never the work."""
    if call.dedup is None:
        return False
    try:
        fresh = wiring.hints().set(call.dedup, 1, nx=True, ex=DOUBLED_WITHIN)
    except RedisError:
        return False  # a hint that cannot be asked must not stop anything
    return not fresh


def _call(item: Next) -> Call:
    return item.body if isinstance(item, FanOut) else item
