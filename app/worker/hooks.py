"""Celery's signals: what each process of a worker does at its start, around each task and at its end."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

import celery.apps.worker
import structlog
from billiard.exceptions import TimeLimitExceeded, WorkerLostError
from billiard.process import current_process
from celery.concurrency.prefork import TaskPool as PreforkPool
from celery.signals import (
    beat_init,
    celeryd_after_setup,
    celeryd_init,
    heartbeat_sent,
    setup_logging,
    task_failure,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_shutdown,
    worker_shutting_down,
)
from sqlalchemy.exc import SQLAlchemyError

from app import db, telemetry, trace, wiring
from app.adapters.vision import resource_limits
from app.log import configure_logging
from app.observe import files
from app.pipeline.engine.in_progress import IN_PROGRESS
from app.pipeline.engine.lost_child import child_lost
from app.pipeline.engine.paid_step import stopping
from app.pipeline.steps.analyze import wake
from app.settings import get_settings
from app.worker import heartbeats, shutdown

log = structlog.get_logger()

_asleep: set[str] = set()  # workers that have not woken yet what waits for other settings
_workers: list[Any] = []  # the one of this process, once it is set up
_PARENT = os.getpid()  # a pool's children are forked from it


@celeryd_init.connect  # before Celery's first warnings
@setup_logging.connect
def _logging(**_: Any) -> None:
    configure_logging(get_settings())
    if get_settings().log_format == "json":
        celery.apps.worker.safe_say = _say_json


def _say_json(message: str, *_: Any) -> None:
    """What Celery says in signal handlers, where nothing may be locked, and so past any logger."""
    line = {"event": message.strip(), "level": "info", "timestamp": datetime.now(UTC).isoformat()}
    os.write(2, f"{json.dumps(line)}\n".encode())


@worker_init.connect
@beat_init.connect
def _counts(**_: Any) -> None:
    """Not at import: Flower and commands load this module too, and count nothing."""
    files.attach(get_settings())


@celeryd_after_setup.connect
def _announce(sender: str, instance: Any, **_: Any) -> None:
    _workers.append(instance)
    queues = sorted(str(queue) for queue in instance.app.amqp.queues.consume_from)
    heartbeats.add(sender, instance, queues)
    tasks = sorted(name for name in instance.app.tasks if name.startswith("app."))
    if {"media", "llm"} & set(queues):
        _asleep.add(sender)
        _wake()
    if issubclass(instance.pool_cls, PreforkPool):
        telemetry.prepare()
    else:
        telemetry.start(sender)
    log.info("worker serves", worker=sender, queues=queues, tasks=tasks)


@heartbeat_sent.connect
def _alive(**_: Any) -> None:
    heartbeats.beat()
    _wake()


@task_prerun.connect
def _begin(**_: Any) -> None:
    IN_PROGRESS.begin(get_settings().lease_seconds)


@task_postrun.connect
def _end(**_: Any) -> None:
    IN_PROGRESS.end()


def _wake() -> None:
    """Once a start, as soon as the database answers: the settings may be others than those that something waits for."""
    if not _asleep:
        return
    try:
        with db.brief_transaction() as session:
            wake(session)
        _asleep.clear()
    except SQLAlchemyError as error:
        log.warning("the database does not answer, what waits is woken later", error=type(error).__name__)


@worker_process_init.connect
def _forked(**_: Any) -> None:
    """A forked child must not share its parent's connections; one that reads files is bounded."""
    db.forget_connections()
    files.attach(get_settings())
    forked = os.getpid() != _PARENT  # a solo pool calls this too: its bounds would end the worker itself
    if forked:
        IN_PROGRESS.take(current_process().index)
    if forked and heartbeats.serve("media"):
        resource_limits.close(get_settings())
    telemetry.start(heartbeats.name())


@worker_process_shutdown.connect
def _last_words(**_: Any) -> None:
    telemetry.stop()


@task_prerun.connect
def _begins(task_id: str, task: Any, **_: Any) -> None:
    trace.begin_task(task.name, task_id, task.request.get(trace.HEADER))


@task_postrun.connect
def _ends(task_id: str, **_: Any) -> None:
    trace.end_task(task_id)


@worker_shutting_down.connect
def _begin_nothing(**_: Any) -> None:
    """SIGTERM: what is under way may end, for a while; paid calls do not begin."""
    if not stopping.is_set():
        stopping.set()
        shutdown.begin(_children)


def _children() -> list[int]:
    """The process ids of a prefork pool."""
    return [pid for worker in _workers for pid in worker.pool.info.get("processes", ())]


@worker_shutdown.connect
def _leave(**_: Any) -> None:
    if wiring.telegram.exists:
        wiring.telegram().close()
    shutdown.end()
    heartbeats.end()
    telemetry.stop()


@task_failure.connect
def _failed(sender: Any = None, exception: BaseException | None = None, args: Any = None, **_: Any) -> None:
    """The parent's view of a child that died: its rows need not wait for their leases to run out."""
    if isinstance(exception, WorkerLostError | TimeLimitExceeded) and args and not stopping.is_set():
        child_lost(sender.name, args[0], str(exception))
