"""Celery's settings: transport, queues, limits, beat schedule, each with its reason.

PostgreSQL is the truth and every message a hint: these settings decide how fast work moves, never whether it is lost.
"""

from __future__ import annotations

from app.domain.kinds import Step
from app.domain.steps import STEPS
from app.settings import get_settings

_settings = get_settings()
_files = STEPS[Step.ANALYZE].batch or 1  # most files in one message
# Each file has its own lease and a limit by the kernel (adapters/vision/resource_limits.py). These limits are for the
# files of a message together, or the last one would pay for those before it.
_of_files = {
    "soft_time_limit": _settings.lease_seconds * 0.9 * _files,
    "time_limit": _settings.lease_seconds * 1.0 * _files,
}

broker_url = _settings.broker()  # Redis unless BROKER_URL is set: one service less to run
# Chords count their headers here. No other result is kept (tasks ignore their results), and no caller waits for one.
result_backend = "app.worker.chord_backend.ChordCounter+" + _settings.redis()

task_serializer = result_serializer = "json"  # keys are numbers, which JSON can hold
accept_content = result_accept_content = ["json"]  # a message must never be able to run code

# A message is acknowledged after its task ran: messages of a killed worker come back. Every step is safe to run twice.
task_acks_late = True
# A child that dies of a file must not get the same message for ever (celery#9082); its row counts attempts instead.
task_reject_on_worker_lost = False
# Prefetches one message for each slot: with long tasks, a larger prefetch makes the makespan 1.5 to 1.8 times ideal.
worker_prefetch_multiplier = 1

broker_transport_options = {
    # Longer than the longest lease, including paid calls, and than the longest task (four files, task_annotations): an
    # earlier redelivery would only find leased rows.
    "visibility_timeout": int(max(_settings.longest_lease() * 2, _settings.lease_seconds * (_files + 1))),
    # kombu's defaults restore every 100 s; with these a lost message comes back right after the visibility timeout.
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,  # at every check instead of every tenth
    # Live posts before history, and thumbnails behind both: 0 is served before 6 on Redis, 6 before 9.
    "priority_steps": [0, 6, 9],
    "queue_order_strategy": "priority",  # by priority across all queues of a worker, not round robin
    # Detects a dead connection behind a silent firewall.
    "socket_keepalive": True,
    "health_check_interval": 25,  # seconds: a connection that idled longer is tested before use
}
broker_connection_retry_on_startup = True  # the broker may start after the workers
broker_connection_max_retries = None  # an outage may last a night: by default workers and beat end after 100 tries
task_default_priority = 0  # a message without a priority is live; bulk messages set theirs

# After a restart of Redis in mid-chord, the body never ran without this, 4 of 4 times; with it, it ran once, 6 of 6.
result_backend_always_retry = True
# Longer than the slowest header, or the chord would forget finished headers.
result_expires = 86_400
task_ignore_result = True  # headers of chords override this themselves; a task with a result costs 1.6 times as much
task_store_errors_even_if_ignored = False  # the row of work has the error, where users look

task_default_queue = "default"  # for steps that only compute; no worker would serve Celery's default "celery"
# The queue of each task, for senders that know its name alone: beat and users. Steps name their queue themselves.
task_routes = STEPS.routes()
task_create_missing_queues = True  # the first worker or sender declares a queue

# Prefork only (threads have their own deadlines): a hung decoder is stopped before its lease expires.
task_soft_time_limit = _settings.lease_seconds * 0.8
task_time_limit = _settings.lease_seconds * 0.9  # for code that ignores the soft limit
# Limits of single tasks: those that decode files.
task_annotations = {STEPS[step].task: _of_files for step in (Step.ANALYZE, Step.THUMBNAIL)}
# Seconds to wait for the result of a dead child. It sends none, so another child gets the file after 1 s, not 10.
worker_lost_wait = 1.0
# Decoders leak: a child is replaced after this many tasks ...
worker_max_tasks_per_child = 2_000
worker_max_memory_per_child = 1_500_000  # ... or above this resident size in KiB

# For SIGQUIT only. On SIGTERM, Celery waits for running tasks without a limit; app/worker/shutdown.py sets one.
worker_soft_shutdown_timeout = _settings.stop_seconds
worker_enable_soft_shutdown_on_idle = False  # an idle worker ends at once
# A lost connection cancels no task: its message comes again, and finds the row leased or done.
worker_cancel_long_running_tasks_on_connection_loss = False

# Both send our heartbeats, with the reason for a wait or hang, for status and health checks.
worker_consumer = "app.worker.consumer:BrokerAwaitingConsumer"
beat_scheduler = "app.worker.scheduler:Scheduler"  # as above; ticks that schedule no message count as a hang
beat_max_loop_interval = 5  # seconds between ticks, each with a heartbeat, however seldom a task is due

worker_send_task_events = False  # events take a third of a task's CPU time; Flower switches them on while it watches
worker_hijack_root_logger = False  # logging is ours (structlog)
timezone = "UTC"  # beat's intervals must not jump with daylight saving time
enable_utc = True  # expiry in messages is compared across machines

imports = ("app.tasks",)  # importing the package registers every task

beat_schedule = {
    # Polls for new posts. Expiry: a backlog must not end in a burst of polls.
    "poll": {
        "task": "app.tasks.poll.poll_channels",
        "schedule": _settings.poll_interval,
        "options": {"expires": _settings.poll_interval},
    },
    # Publishes work whose message was lost; expiry as above.
    "sweep": {
        "task": "app.tasks.sweep.sweep",
        "schedule": _settings.sweep_interval,
        "options": {"expires": max(5.0, _settings.sweep_interval)},
    },
}
