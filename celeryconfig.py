"""Celery's settings: transport, queues, limits, beat schedule. Each line with its why.

PostgreSQL is the truth and every message a hint, so all of this decides how fast work moves, never whether it is lost.
"""

from __future__ import annotations

from app.domain.kinds import Step
from app.domain.steps import STEPS
from app.settings import get_settings

_settings = get_settings()
_files = STEPS[Step.ANALYZE].batch or 1  # the most that one message names

broker_url = _settings.broker()  # Redis unless BROKER_URL says otherwise: one service less to run
# Chords count their headers here; nothing else is kept (tasks ignore their results), and nobody waits for a result.
result_backend = "app.worker.chord_backend.ChordCounter+" + _settings.redis()

task_serializer = result_serializer = "json"  # keys are numbers, nothing needs more
accept_content = result_accept_content = ["json"]  # a message must never be able to run code

# A message is acknowledged after its task ran: a killed worker's messages come back. Every step is safe when run twice.
task_acks_late = True
# A child that dies of a file must not get the same message for ever (celery#9082); its row counts the attempts instead.
task_reject_on_worker_lost = False
# One message in advance for each slot: with long tasks a larger prefetch makes the makespan 1.5 to 1.8 times ideal.
worker_prefetch_multiplier = 1

broker_transport_options = {
    # Longer than the longest lease, of paid calls too, and than the longest task (four files, task_annotations): an
    # earlier redelivery would only find rows that are leased.
    "visibility_timeout": int(max(_settings.longest_lease() * 2, _settings.lease_seconds * (_files + 1))),
    # kombu's defaults sweep every 100 s; with these a lost message comes back right after the visibility timeout.
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,  # ... and not only at every tenth look
    # Live posts before history: 0 is served before 6 on Redis.
    "priority_steps": [0, 6],
    "queue_order_strategy": "priority",  # by priority across all queues of a worker, not round robin
    # A dead connection behind a silent firewall is noticed.
    "socket_keepalive": True,
    "health_check_interval": 25,  # seconds: a connection that idled longer is tried before it is trusted
}
broker_connection_retry_on_startup = True  # the broker may start after the workers
broker_connection_max_retries = None  # and be away for a night: after 100 tries a worker would end, and beat with it
task_default_priority = 0  # whoever sends without a word about it is live; bulk says so itself

# Redis restarted in mid-chord: without this the body never ran, 4 of 4 times; with it once, 6 of 6.
result_backend_always_retry = True
# Longer than the slowest header, or the chord would forget those that are done.
result_expires = 86_400
task_ignore_result = True  # headers of chords say otherwise themselves; results cost 1.6 times a task
task_store_errors_even_if_ignored = False  # errors are written to the row of work, where people look

task_default_queue = "default"  # the queue of the steps that only compute; "celery" would be served by nobody
# The queue of each task, for senders that know its name alone: beat, and people. Steps name their queue themselves.
task_routes = STEPS.routes()
task_create_missing_queues = True  # queues are declared by whoever serves or fills them first

# Prefork only (threads have deadlines of their own): a hung decoder is stopped before its lease runs out.
task_soft_time_limit = _settings.lease_seconds * 0.8
task_time_limit = _settings.lease_seconds * 0.9  # for what does not listen to the soft one
# Limits of single tasks, for this reason each:
task_annotations = {
    # A file has a limit and a lease of its own, kept by the kernel (adapters/vision/cage.py); these are for the four
    # of a message together, or the last would pay for those before it.
    "app.tasks.analyze.analyze_media": {
        "soft_time_limit": _settings.lease_seconds * 0.9 * _files,
        "time_limit": _settings.lease_seconds * 1.0 * _files,  # the longest that all of them may take
    },
}
# A child that dies has said all it had to say: its file is given to the next one after a second, not after ten.
worker_lost_wait = 1.0
# Decoders leak: a child is replaced after so many tasks ...
worker_max_tasks_per_child = 2_000
worker_max_memory_per_child = 1_500_000  # ... or above this resident size in KiB

# SIGTERM lets Celery wait for what runs without an end; app/worker/shutdown.py sets it one. This is for SIGQUIT alone.
worker_soft_shutdown_timeout = _settings.stop_seconds
worker_enable_soft_shutdown_on_idle = False  # who has nothing in hand ends at once
# A lost connection ends no task: it would be redelivered and find its row leased or done.
worker_cancel_long_running_tasks_on_connection_loss = False

# Both show that they live, and what they wait for or hang at: status and health checks read it.
worker_consumer = "app.worker.consumer:BrokerAwaitingConsumer"
beat_scheduler = (
    "app.worker.scheduler:Scheduler"  # as above; one that schedules nothing hangs, however punctual its ticks
)
beat_max_loop_interval = 5  # seconds: a tick is its sign of life, however seldom anything is due

worker_send_task_events = False  # events cost a third of a task's cpu; Flower switches them on while it watches
worker_hijack_root_logger = False  # logging is ours (structlog)
timezone = "UTC"  # beat's intervals must not jump with anybody's summer time
enable_utc = True  # expiry in messages is compared across machines

imports = ("app.tasks",)  # importing the package registers every task

beat_schedule = {
    # Looks for new posts. Expiry: a backlog must not end in a burst of polls.
    "poll": {
        "task": "app.tasks.poll.poll_channels",
        "schedule": _settings.poll_interval,
        "options": {"expires": _settings.poll_interval},
    },
    # Finds what messages have lost; expiry as above.
    "sweep": {
        "task": "app.tasks.sweep.sweep",
        "schedule": _settings.sweep_interval,
        "options": {"expires": max(5.0, _settings.sweep_interval)},
    },
}
