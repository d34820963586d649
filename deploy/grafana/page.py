"""The dashboard "Page": how much it is used, how fast it answers, and what it refuses."""

from __future__ import annotations

from deploy.grafana.board import choice, dashboard
from deploy.grafana.panels import A_MINUTE, COUNT, SECONDS, SHARE, Json, lines, number, query

ROUTE = 'route=~"$route"'
FAILS = (0.01, 0.05)  # the second: the alert PageFails
SLOW = (0.5, 2.0)  # the second: the alert PageSlow


def board() -> Json:
    """For the person whose readers wait."""
    return dashboard(
        "media-audit-page",
        "Requests to the page by the template of their address, their seconds, and requests that it refused.",
        {"Is all well?": _now(), "Requests": _requests(), "Seconds": _seconds()},
        [choice("route", "Address", "web_requests_total")],
    )


def _now() -> list[Json]:
    asked = "sum(increase(web_requests_total[$__range]))"
    failed = 'sum(increase(web_requests_total{code="5xx"}[$__range]))'
    return [
        number("Requests", "In the chosen time, files included.", [query(asked, instant=True)], COUNT, size=(6, 4)),
        number(
            "Failed",
            "Of all requests, those that the page could not answer (5xx): a service is away, or a fault. "
            "media-audit doctor tells which service; HOME/logs/web.log has the faults.",
            [query(f"({failed} or vector(0)) / ({asked} > 0)", instant=True)],
            SHARE,
            FAILS,
            (6, 4),
        ),
        number(
            "Refused",
            "Requests and connections beyond a limit, in the chosen time. Below they stand by reason.",
            [query("sum(increase(web_refusals_total[$__range]))", instant=True)],
            COUNT,
            size=(6, 4),
        ),
        number(
            "Without a limit",
            "Requests that were served although Valkey, which counts them, was away.",
            [query("sum(increase(web_unlimited_total[$__range]))", instant=True)],
            COUNT,
            (None, 1),
            (6, 4),
        ),
    ]


def _requests() -> list[Json]:
    by_route = f"60 * sum by (route) (rate(web_requests_total{{{ROUTE}}}[$__rate_interval]))"
    by_code = f"60 * sum by (method, code) (rate(web_requests_total{{{ROUTE}}}[$__rate_interval]))"
    refused = "60 * sum by (reason) (rate(web_refusals_total[$__rate_interval]))"
    return [
        lines("By address", "A page and its JSON are one.", [query(by_route, "{{route}}")], A_MINUTE, size=(8, 8)),
        lines(
            "By result",
            "4xx: nothing there, or refused. 5xx: a service is away, or a fault of Media Audit.",
            [query(by_code, "{{method}}: {{code}}")],
            A_MINUTE,
            size=(8, 8),
            stacked=True,
        ),
        lines(
            "Refused by reason",
            "page, file, search, question, login: a client asks too often. size, malformed: no page sends this. slow: "
            "it held a connection. busy: more connections than are served.",
            [query(refused, "{{reason}}")],
            A_MINUTE,
            size=(8, 8),
        ),
    ]


def _seconds() -> list[Json]:
    buckets = f"sum by (le, route) (rate(web_request_duration_seconds_bucket{{{ROUTE}}}[$__rate_interval]))"
    database = f"sum by (route) (rate(web_database_seconds_total{{{ROUTE}}}[$__rate_interval]))"
    total = f"sum by (route) (rate(web_request_duration_seconds_sum{{{ROUTE}}}[$__rate_interval]))"
    return [
        lines(
            "Until an answer begins, 95th percentile",
            "A page of a large archive takes less than .1 s, a search less than 1 s. Slower: see the share of the "
            "database beside it.",
            [query(f"histogram_quantile(0.95, {buckets})", "{{route}}", exemplars=True)],
            SECONDS,
            SLOW,
        ),
        lines(
            "Share of the database",
            "Near 1: PostgreSQL is slow (media-audit db locks). Near 0: the process itself is short of a processor.",
            [query(f"{database} / ({total} > 0)", "{{route}}")],
            SHARE,
        ),
    ]
