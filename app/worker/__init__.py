"""The Celery application, its scheduler, watchdog, shutdown and chord backend; `celery -A app.worker` finds `app`."""

from app.worker import hooks
from app.worker.application import app
from app.worker.consumer import BrokerAwaitingConsumer

Patient = BrokerAwaitingConsumer  # worker_consumer in configurations of 0.1 names it so; stays for one release

__all__ = ["Patient", "app", "hooks"]
