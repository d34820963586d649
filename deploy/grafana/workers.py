"""The dashboard "Workers": who lives, what Celery does, task by task. Needs the Celery exporter for most of it.

The exporter (danihodovic/celery-exporter) knows a task's queue only where senders tell of every message, which costs;
so its tasks are shown by name, and queues by their own metrics. Its `hostname` is the host alone, without the worker.
"""

from __future__ import annotations

from deploy.grafana.board import choice, dashboard
from deploy.grafana.panels import A_MINUTE, BAD_FROM_ONE, COUNT, SECONDS, Json, lights, lines, number, query

NAME = 'name=~"$name"'
SHORT = 'label_replace({}, "task", "$1", "name", ".*\\\\.([^.]+)")'  # app.tasks.poll.poll_channel: poll_channel


def board() -> Json:
    """For whoever runs the machines."""
    return dashboard(
        "media-audit-workers",
        "Which processes live, and what Celery does. Tasks and workers come from the Celery exporter: "
        "media-audit up --exporter, or the service celery-exporter of compose.yaml.",
        {
            "Who lives": [*_alive(), _heartbeats(), _hanging()],
            "Queues": _queues(),
            "Tasks": _tasks(),
        },
        [choice("name", "Task", "celery_task_received_total")],
    )


def _alive() -> list[Json]:
    scraped = query('min by (job) (up{job=~"media-audit|celery-exporter"})', "{{job}}")
    active = query("sum(celery_worker_tasks_active)")
    workers = query("max by (queue_name) (celery_active_worker_count)", "{{queue_name}}")
    return [
        lights(
            "Metrics",
            "Whether Prometheus gets an answer from the metrics process and the exporter. Down: the rest here is old.",
            [scraped],
            (6, 4),
        ),
        number(
            "Workers by queue",
            "How many workers say that they serve it. None: its work waits, whoever else lives.",
            [workers],
            COUNT,
            size=(12, 4),
        ),
        number("Tasks under way", "In all workers together.", [active], COUNT, size=(6, 4)),
    ]


def _heartbeats() -> Json:
    return lines(
        "Silent for",
        "Since a process last showed in the database that it lives; all write every 10 s. Above the line it is gone or "
        "hangs: its log is in HOME/logs, and a restart loses nothing.",
        [query("max by (process) (process_heartbeat_age_seconds)", "{{process}}")],
        SECONDS,
        (45, 120),
        (16, 7),
    )


def _hanging() -> Json:
    return lines(
        "Hanging",
        "Processes that live but say that something of theirs does not move. media-audit status tells what.",
        [query("max by (process) (process_hanging)", "{{process}}")],
        COUNT,
        BAD_FROM_ONE,
        (8, 7),
    )


def _queues() -> list[Json]:
    ours = query("max by (queue) (queue_depth)", "{{queue}}")
    theirs = query("max by (queue_name) (celery_queue_length)", "{{queue_name}}")
    slots = query("sum by (queue_name) (celery_active_process_count)", "{{queue_name}}")
    return [
        lines(
            "Messages waiting",
            "By our own count, all priorities together. Bulk work is published in portions, so thousands are no harm.",
            [ours],
            COUNT,
            size=(8, 8),
        ),
        lines(
            "Messages waiting, by the exporter",
            "Live messages alone on Redis: it does not know the queues of lower priority.",
            [theirs],
            COUNT,
            size=(8, 8),
        ),
        lines(
            "Pool slots by queue",
            "Prefork children (threads count as none). Fewer than WORKERS_* say: children die, see the worker's log.",
            [slots],
            COUNT,
            size=(8, 8),
        ),
    ]


def _tasks() -> list[Json]:
    done = _by_task(f"rate(celery_task_succeeded_total{{{NAME}}}[$__rate_interval])")
    kinds = [
        query(f"60 * sum(rate(celery_task_{kind}_total{{{NAME}}}[$__rate_interval]))", kind)
        for kind in ("received", "failed", "retried", "rejected", "revoked")
    ]
    return [
        lines(
            "Tasks done",
            "Messages that were worked through. One may stand for a post or for a batch of fifty.",
            [query(f"60 * {done}", "{{task}}")],
            A_MINUTE,
        ),
        lines(
            "Duration of tasks, 95th percentile",
            "Of whole messages, as Celery sees them; the stages are on the dashboard Pipeline.",
            [
                query(
                    "histogram_quantile(0.95, "
                    + _by_task(f"rate(celery_task_runtime_bucket{{{NAME}}}[$__rate_interval])", "le, ")
                    + ")",
                    "{{task}}",
                )
            ],
            SECONDS,
        ),
        lines(
            "What became of messages",
            "failed is a fault in the program or a killed child: a step that fails ends its task well and is counted "
            "on Pipeline. Look for the traceback in HOME/logs.",
            kinds,
            A_MINUTE,
            size=(24, 7),
        ),
    ]


def _by_task(rate: str, more: str = "") -> str:
    return f"sum by ({more}task) ({SHORT.format(rate)})"
