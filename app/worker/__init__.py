"""The Celery application, its scheduler, watchdog, shutdown and chord backend; `celery -A app.worker` finds `app`."""

from app.worker import hooks
from app.worker.application import app
from app.worker.consumer import BrokerAwaitingConsumer

Patient = BrokerAwaitingConsumer  # the name in worker_consumer of configurations of 0.1; stays for one release

__all__ = ["Patient", "app", "hooks"]
