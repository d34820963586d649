"""Handlers of Celery's signals: start and end of each worker process, and begin and end of each task."""

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
from app.pipeline.posts.takeover import take_over
from app.pipeline.steps.analyze import wake
from app.settings import get_settings
from app.worker import heartbeats, shutdown

log = structlog.get_logger()

_asleep: set[str] = set()  # workers that have yet to wake rows which wait for other settings
_workers: list[Any] = []  # the worker of this process, once it is set up
_PARENT = os.getpid()  # forks the children of a pool


@celeryd_init.connect  # before Celery's first warnings
@setup_logging.connect
def _logging(**_: Any) -> None:
    configure_logging(get_settings())
    if get_settings().log_format == "json":
        celery.apps.worker.safe_say = _say_json


def _say_json(message: str, *_: Any) -> None:
    """Writes a message of Celery's signal handlers, past any logger: signal handlers must not take locks."""
    line = {"event": message.strip(), "level": "info", "timestamp": datetime.now(UTC).isoformat()}
    os.write(2, f"{json.dumps(line)}\n".encode())


@worker_init.connect
@beat_init.connect
def _counts(**_: Any) -> None:
    """Attaches the metric files. Not at import: Flower and commands load this module too, without metrics."""
    files.attach(get_settings())


@celeryd_after_setup.connect
def _announce(sender: str, instance: Any, **_: Any) -> None:
    _workers.append(instance)
    queues = sorted(str(queue) for queue in instance.app.amqp.queues.consume_from)
    heartbeats.add(sender, instance, queues)
    tasks = sorted(name for name in instance.app.tasks if name.startswith("app."))
    if {"media", "llm", "telegram"} & set(queues):
        _asleep.add(sender)
        _wake()
    if issubclass(instance.pool_cls, PreforkPool):
        telemetry.prepare()
        if "default" in queues:
            wiring.load_for_children()
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
    """Wakes waiting rows once after a start, when the database answers: they may wait for settings that are set now."""
    if not _asleep:
        return
    try:
        with db.brief_transaction() as session:
            if heartbeats.serve("media") or heartbeats.serve("llm"):
                wake(session)
            if heartbeats.serve("telegram") and (login := wiring.login()):
                take_over(session, login)
        _asleep.clear()
    except SQLAlchemyError as error:
        log.warning("the database does not answer, what waits is woken later", error=type(error).__name__)


@worker_process_init.connect
def _forked(**_: Any) -> None:
    """Sets up a forked child: drops its parent's connections; sets resource limits where it decodes files."""
    db.forget_connections()
    files.attach(get_settings())
    forked = os.getpid() != _PARENT  # a solo pool calls this too: limits would kill the worker itself
    if forked:
        IN_PROGRESS.take(current_process().index)
    if forked and heartbeats.serve("media"):
        resource_limits.close(get_settings())
    telemetry.start(heartbeats.name())


@worker_process_shutdown.connect
def _last_words(exitcode: int, **_: Any) -> None:
    """Ends a child of the pool at once. Its results are with the parent by now, and billiard would sleep for a second
    so that the parent can kill it: each stop of a worker, and each new child after many tasks, would take that longer.
    """
    telemetry.stop()
    os._exit(exitcode)


@task_prerun.connect
def _begins(task_id: str, task: Any, **_: Any) -> None:
    trace.begin_task(task.name, task_id, task.request.get(trace.HEADER))


@task_postrun.connect
def _ends(task_id: str, **_: Any) -> None:
    trace.end_task(task_id)


@worker_shutting_down.connect
def _begin_nothing(**_: Any) -> None:
    """On SIGTERM: running steps may finish within STOP_SECONDS, and no paid call begins."""
    if not stopping.is_set():
        stopping.set()
        shutdown.begin(_children)


def _children() -> list[int]:
    """The process ids of the prefork pool's children; none for threads."""
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
    """Runs in the parent after a child died: fails the rows that it had leased at once, before their leases end."""
    if isinstance(exception, WorkerLostError | TimeLimitExceeded) and args and not stopping.is_set():
        child_lost(sender.name, args[0], str(exception))
