"""The Celery application and the hooks of its processes."""

from __future__ import annotations

import os
from typing import Any

import structlog
from billiard.exceptions import WorkerLostError
from celery import Celery
from celery.signals import (
    celeryd_after_setup,
    heartbeat_sent,
    setup_logging,
    task_failure,
    worker_process_init,
    worker_shutdown,
    worker_shutting_down,
)

from app import db, rules
from app.log import configure_logging
from app.pipeline.analyze import wake
from app.pipeline.lost import child_lost
from app.pipeline.paying import stopping
from app.pipeline.presence import Presence
from app.settings import get_settings

log = structlog.get_logger()


class Application(Celery):  # type: ignore[misc]
    """Celery, which sends nothing from inside of a transaction."""

    def send_task(self, *args: Any, **options: Any) -> Any:
        """Every message of every task goes through here: calls, headers, bodies, errbacks, retries."""
        rules.refuse_messages()
        return super().send_task(*args, **options)


app = Application("media_audit")
app.config_from_object("celeryconfig")

_presence: dict[str, Presence] = {}


@setup_logging.connect
def _logging(**_: Any) -> None:
    configure_logging(get_settings())


@celeryd_after_setup.connect
def _announce(sender: str, instance: Any, **_: Any) -> None:
    queues = sorted(str(queue) for queue in instance.app.amqp.queues.consume_from)
    _presence[sender] = Presence(sender, os.getpid(), ",".join(queues))
    tasks = sorted(name for name in instance.app.tasks if name.startswith("app."))
    if {"media", "llm"} & set(queues):
        with db.brief_transaction() as session:
            wake(session)
    log.info("worker serves", worker=sender, queues=queues, tasks=tasks)


@heartbeat_sent.connect
def _alive(**_: Any) -> None:
    for presence in _presence.values():
        presence.beat()


@worker_process_init.connect
def _forked(**_: Any) -> None:
    """A forked child must not share its parent's connections."""
    db.forget_connections()


@worker_shutting_down.connect
def _begin_nothing(**_: Any) -> None:
    """SIGTERM: paid calls under way may end, others do not begin."""
    stopping.set()


@worker_shutdown.connect
def _leave(**_: Any) -> None:
    from app import wiring  # late: the prefork parents never load an adapter

    if wiring.telegram.exists:
        wiring.telegram().close()


@task_failure.connect
def _failed(sender: Any = None, exception: BaseException | None = None, args: Any = None, **_: Any) -> None:
    """The parent's view of a child that died: its rows need not wait for their leases to run out."""
    if isinstance(exception, WorkerLostError) and args:
        child_lost(sender.name, args[0])
