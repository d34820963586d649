"""The dashboard "Vision and cost": do the models answer, how fast, what do they cost, what is tagged again."""

from __future__ import annotations

from deploy.grafana.board import choice, dashboard
from deploy.grafana.panels import (
    A_MINUTE,
    COUNT,
    SECONDS,
    SHARE,
    TOKENS_A_MINUTE,
    Json,
    gauges,
    lights,
    lines,
    number,
    query,
)

PROVIDER = 'provider=~"$provider"'
BUDGET = (0.8, 0.95)  # the alerts VisionBudgetNearCap and VisionBudgetSpent
RATIO = f"provider_period:vision_budget_used:ratio{{{PROVIDER}}}"


def board() -> Json:
    """For whoever pays."""
    return dashboard(
        "media-audit-vision",
        "What models read, how fast, at what price, and which posts are tagged again because of it.",
        {
            "Is all well?": _now(),
            "Requests": _requests(),
            "Cost": _cost(),
            "Tagging again": _retagging(),
            "Questions": _questions(),
        },
        [choice("provider", "Provider", "vision_analysis_requests_total")],
    )


def _now() -> list[Json]:
    up = query('min by (target) (metrics_backend_up{target="vision"})', "{{target}}")
    requests = f"vision_analysis_requests_total{{{PROVIDER}}}"
    good = f'vision_analysis_requests_total{{{PROVIDER}, status=~"ok|partial"}}'
    answered = f"sum(increase({good}[$__range])) / (sum(increase({requests}[$__range])) > 0)"
    readings = f"sum(increase({good}[$__range]))"
    return [
        lights("Provider", "Whether vision answers now. Down: media-audit doctor names the remedy.", [up], (4, 4)),
        number(
            "Pictures read",
            "In the chosen time, each file once, however often it was posted.",
            [query(readings, instant=True)],
            COUNT,
        ),
        number(
            "Answered",
            "Of all requests in the chosen time, those that gave a reading. The rest by status is below.",
            [query(answered, instant=True)],
            SHARE,
        ),
        gauges(
            "Budget used",
            "What has been spent of each cap, reservations included. At 100% work waits for the next UTC day or month.",
            [query(RATIO, "{{provider}}, {{period}}")],
            BUDGET,
            (12, 4),
        ),
    ]


def _requests() -> list[Json]:
    by_status = f"60 * sum by (provider, status) (rate(vision_analysis_requests_total{{{PROVIDER}}}[$__rate_interval]))"
    buckets = f"rate(vision_analysis_duration_seconds_bucket{{{PROVIDER}}}[$__rate_interval])"
    return [
        lines(
            "Requests by status",
            "ok and partial gave a reading. no_answer was paid and said nothing. rate_limited and unavailable are "
            "tried again; out_of_credit and "
            "misconfigured wait for you: media-audit doctor.",
            [query(by_status, "{{provider}}: {{status}}")],
            A_MINUTE,
            stacked=True,
        ),
        lines(
            "Duration, 95th percentile",
            "With and without text in the picture. Near VISION_TIMEOUT (120 s) calls end as unanswered, and may be "
            "paid without a reading.",
            [
                query(
                    f"histogram_quantile(0.95, sum by (le, provider, has_ocr) ({buckets}))",
                    "{{provider}}, text: {{has_ocr}}",
                    exemplars=True,
                )
            ],
            SECONDS,
        ),
    ]


def _cost() -> list[Json]:
    spent = query(f"max by (provider, period) (vision_budget_usage_tokens{{{PROVIDER}}})", "{{provider}}, {{period}}")
    cap = query(
        f"max by (provider, period) (vision_budget_limit_tokens{{{PROVIDER}}}) < +Inf",
        "{{provider}}, cap of the {{period}}",
    )
    chosen = query(
        f"max by (provider, period) (vision_budget_limit_tokens{{{PROVIDER}}}) < +Inf"
        f" and on (provider, period) max by (provider, period) (vision_budget_limit_by_operator{{{PROVIDER}}}) == 1",
        "{{provider}}, cap of the {{period}}, by an operator",
    )
    rate = f"60 * sum by (provider, model) (rate(vision_tokens_used_total{{{PROVIDER}}}[$__rate_interval]))"
    return [
        lines(
            "Tokens against their caps",
            "Of this UTC day and month, tags and pictures together. The caps are GIGACHAT_DAILY_TOKENS, "
            "OPENAI_DAILY_TOKENS and their MONTHLY kin, or those of an operator, which the last series names; "
            "unlimited has no line.",
            [spent, cap, chosen],
            COUNT,
        ),
        lines(
            "Tokens by model",
            "As the provider charged them.",
            [query(rate, "{{provider}}: {{model}}")],
            TOKENS_A_MINUTE,
            stacked=True,
        ),
    ]


def _retagging() -> list[Json]:
    ended = "60 * sum by (changed, outcome) (rate(retagging_processed_total[$__rate_interval]))"
    took = "sum by (le, changed) (rate(retagging_duration_seconds_bucket[$__rate_interval]))"
    skipped = "60 * sum by (reason) (rate(retagging_skipped_total[$__rate_interval]))"
    return [
        lines(
            "Posts tagged again",
            "Whether other tags came of it. Many without a change: the new recipe reads as the old one did.",
            [query(ended, "changed: {{changed}}, {{outcome}}")],
            A_MINUTE,
            size=(8, 8),
        ),
        lines(
            "Duration of tagging again, 95th percentile",
            "With a local tagger milliseconds; with a model the time of its answer.",
            [query(f"histogram_quantile(0.95, {took})", "changed: {{changed}}", exemplars=True)],
            SECONDS,
            size=(8, 8),
        ),
        lines(
            "Tagging again that was not needed",
            "Passages that called no tagger, by reason. same_input is a saving: nothing that tags hang on had changed.",
            [query(skipped, "{{reason}}")],
            A_MINUTE,
            size=(8, 8),
        ),
    ]


def _questions() -> list[Json]:
    sentences = "60 * sum by (verdict) (rate(answer_sentences_total[$__rate_interval]))"
    return [
        lines(
            "Sentences of answers, by check",
            "kept: they stood every check, and users see them. Many others: a model that does not keep to the spans, "
            "or posts that change while their question is answered.",
            [query(sentences, "{{verdict}}")],
            A_MINUTE,
        ),
    ]
