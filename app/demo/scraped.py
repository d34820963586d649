"""Checks the demo's own metrics process: both formats must agree with the report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from urllib.request import Request, urlopen

from prometheus_client import Metric, parser
from prometheus_client.openmetrics import parser as openmetrics

from app.demo.checks import Check
from app.observe.agreement import AGREEMENTS, disagreements

# name -> the content type that a scraper accepts, and the parser of its answer.
FORMATS: Mapping[str, tuple[str, Callable[[str], Iterable[Metric]]]] = {
    "text": ("text/plain; version=0.0.4", parser.text_string_to_metric_families),
    "OpenMetrics": ("application/openmetrics-text; version=1.0.0", openmetrics.text_string_to_metric_families),
}
PATIENCE = 10.0  # seconds: a process counts just after the commit that a report already sees
ANSWER = 10.0  # seconds that one scrape may take


def scrape(url: str, format: str) -> list[Metric]:
    """Scrapes all families in this format. OSError or ValueError without an answer in this format."""
    accept, read = FORMATS[format]
    with urlopen(Request(url, headers={"Accept": accept}), timeout=ANSWER) as answer:
        kind = answer.headers["Content-Type"]
        if accept.partition(";")[0] not in kind:
            raise ValueError(f"{kind} instead of {accept}")
        return list(read(answer.read().decode()))


def check_metrics(url: str | None, totals: Mapping[str, int]) -> Check:
    """Whether /metrics agrees with the report in both formats. url: None if no metrics process runs."""
    name = "metrics say what the report says"
    if url is None:
        return Check(name, True, "switched off (METRICS=off)")
    deadline = time.monotonic() + PATIENCE
    while wrong := _differences(url, totals):
        if time.monotonic() > deadline:
            return Check(name, False, "; ".join(wrong[:3]))
        time.sleep(0.2)
    return Check(name, True, f"{len(AGREEMENTS)} figures in both formats, at {url}")


def _differences(url: str, totals: Mapping[str, int]) -> list[str]:
    found = []
    for format in FORMATS:
        try:
            found += [f"{format}: {wrong}" for wrong in disagreements(scrape(url, format), totals)]
        except (OSError, ValueError) as error:
            found.append(f"{format}: {error}")
    return found
