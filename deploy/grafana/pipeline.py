"""The dashboard "Pipeline": is every channel fresh, where does work wait, how fast does it flow, what broke."""

from __future__ import annotations

from deploy.grafana.board import choice, dashboard, typed
from deploy.grafana.panels import (
    A_MINUTE,
    BAD_FROM_ONE,
    BYTES,
    BYTES_A_SECOND,
    COUNT,
    SECONDS,
    Json,
    heat,
    lights,
    lines,
    number,
    query,
    words,
)

STAGE = 'stage=~"$stage"'

TRACE = """\
A point in a chart of durations is one piece of work. Click it, then *explain*: its trace stands here, and in a shell

```
media-audit explain --trace ${trace}
```

shows the post that it belongs to, with every step, reading and tag."""


def board() -> Json:
    """The first one to open."""
    return dashboard(
        "media-audit-pipeline",
        "Whether every channel is fresh, where work waits, how fast it flows and what broke.",
        {
            "Is all well?": [_freshness(), _stale(), _oldest(), _dead(), _outbox(), _backends()],
            "Where work waits": _waiting(),
            "How it flows": [*_flow(), _explain()],
            "Albums and files": _media(),
        },
        [choice("stage", "Stage", "media_processing_total"), typed("trace", "Trace", "The trace_id to explain.")],
    )


def _freshness() -> Json:
    about = "Since the channel that was read longest ago was read to its head. Red: media-audit status names it."
    return number(
        "Oldest channel", about, [query("media_audit:channel_oldest_success:age_seconds")], SECONDS, (600, 3600)
    )


def _stale() -> Json:
    about = "Channels that were not read to their head for too long. media-audit status says which, and why."
    return number("Stale channels", about, [query("max(channels_stale)")], COUNT, BAD_FROM_ONE)


def _oldest() -> Json:
    about = "How long the oldest work has been due. History may wait for hours behind live posts; live work must not."
    return number("Oldest due work", about, [query("max(work_oldest_due_seconds)")], SECONDS, (900, 21600))


def _dead() -> Json:
    about = "Work that was given up. media-audit dead list says why; once mended, media-audit dead retry --all."
    return number("Given up", about, [query("sum(max by (step) (work_dead))")], COUNT, (1, 50))


def _outbox() -> Json:
    about = "The oldest event that subscribers have not got. Above a minute the relay or the broker is in trouble."
    return number("Oldest unsent event", about, [query("max(outbox_oldest_unpublished_seconds)")], SECONDS, (60, 300))


def _backends() -> Json:
    about = "What Media Audit depends on, probed by its metrics process. Down: media-audit doctor names the remedy."
    asked = query("min by (target) (metrics_backend_up)", "{{target}}")
    return lights("Services", about, [asked], (4, 4))


def _waiting() -> list[Json]:
    oldest = query("max by (step) (work_oldest_due_seconds)", "{{step}}")
    depth = query("max by (queue) (queue_depth)", "{{queue}}")
    dead = query("max by (step) (work_dead)", "{{step}}")
    unsent = query("max(outbox_oldest_unpublished_seconds)", "oldest unsent event")
    return [
        lines(
            "Oldest due work by step",
            "A line that climbs as fast as the clock is a step that does nothing: is its worker there (Workers)? "
            "One that falls in jumps works through a backlog.",
            [oldest],
            SECONDS,
            (900, 21600),
        ),
        lines(
            "Messages by queue",
            "Messages that no worker has taken yet. They are hints: a long queue is load, an empty one beside old due "
            "work is a sweeper that does not run.",
            [depth],
            COUNT,
        ),
        lines(
            "Given up by step",
            "Steps that used up their attempts. Growth is what matters: look with media-audit dead list --step STEP.",
            [dead],
            COUNT,
        ),
        lines(
            "Oldest unsent event",
            "Above the line events come late to every subscriber: is the relay alive, does the broker answer?",
            [unsent],
            SECONDS,
            (60, 300),
        ),
    ]


def _flow() -> list[Json]:
    done = f"60 * sum by (stage) (rate(media_processing_total{{{STAGE}}}[$__rate_interval]))"
    failed = (
        f'60 * sum by (stage) (rate(media_processing_total{{{STAGE}, outcome="err"}}[$__rate_interval]))'
        # A stage that never failed has no series yet, and is no gap in the picture.
        f" or 0 * sum by (stage) (rate(media_processing_total{{{STAGE}}}[$__rate_interval]))"
    )
    notices = "60 * sum by (medium, outcome) (rate(alert_deliveries_total[$__rate_interval]))"
    return [
        lines(
            "Work done by stage",
            "Passages that ended, well or not. A stage at zero while others work, and old due work for it, is stuck.",
            [query(done, "{{stage}}")],
            A_MINUTE,
        ),
        lines(
            "Attempts that failed by stage",
            "Each failed attempt; most are tried again with success. The reasons: media-audit status, what is wrong.",
            [query(failed, "{{stage}}")],
            A_MINUTE,
        ),
        lines(
            "Duration by stage, 95th percentile",
            "Nineteen of twenty passages took less. The points are single ones: click for their trace.",
            [query(_slowest("media_processing_duration_seconds", "stage", STAGE), "{{stage}}", exemplars=True)],
            SECONDS,
            size=(16, 8),
        ),
        lines(
            "Notices of alerts",
            "Attempts to tell of a post, by medium and outcome. Failed ones are tried again; gone and unknown wait for "
            "a user: media-audit alerts deliveries names them.",
            [query(notices, "{{medium}}: {{outcome}}")],
            A_MINUTE,
            size=(24, 8),
        ),
    ]


def _explain() -> Json:
    return words("Explain a trace", TRACE, (8, 8))


def _media() -> list[Json]:
    stored = query("sum by (media) (rate(media_bytes_total[$__rate_interval]))", "{{media}}")
    sizes = query("sum by (le) (increase(media_size_bytes_bucket[$__rate_interval]))", "{{le}}", buckets=True)
    return [
        lines(
            "Albums complete after, 50th and 95th percentile",
            "From an album's newest item to all of it. ALBUM_WAIT is its floor; far above it collecting waits: "
            "see the step collect above.",
            [
                query(f"histogram_quantile({share}, {_buckets('album_assembly_lag_seconds')})", name, exemplars=True)
                for share, name in ((0.5, "half"), (0.95, "19 of 20"))
            ],
            SECONDS,
            size=(8, 8),
        ),
        lines(
            "Bytes stored",
            "New files a second, by kind; each file counts once however often it is posted.",
            [stored],
            BYTES_A_SECOND,
            size=(8, 8),
            stacked=True,
        ),
        heat("File sizes", "How many new files fell into each range of sizes.", [sizes], BYTES, (8, 8)),
    ]


def _buckets(histogram: str) -> str:
    return f"sum by (le) (rate({histogram}_bucket[$__rate_interval]))"


def _slowest(histogram: str, label: str, chosen: str) -> str:
    return f"histogram_quantile(0.95, sum by (le, {label}) (rate({histogram}_bucket{{{chosen}}}[$__rate_interval])))"
