"""What the metrics process of a running fleet says of it."""

from __future__ import annotations

from app.demo.scraped import FORMATS, scrape
from app.local.fleet import METRICS_URL
from app.observe.agreement import total
from tests.e2e.flow import Flow, TestChannel

# stage -> passages that two publications of four posts with three pictures make
STAGES = {"parse": 4, "download": 3, "vision": 3, "persist": 2, "tag": 2, "index": 2}

PROBED = ("postgres", "broker", "telegram", "vision", "store")


def test_all_processes_are_counted_and_everything_that_they_need_is_up(channel: TestChannel, flow: Flow) -> None:
    url = (flow.home / "run" / METRICS_URL).read_text()
    before = {stage: total(scrape(url, "text"), "media_processing_total", {"stage": stage}) for stage in STAGES}
    channel.post(1, "Одинокий пост")
    channel.album([10, 11, 12], 777, {10: "Ярмарка мёда"})
    channel.watch()

    def grown(format: str) -> dict[str, float]:
        found = scrape(url, format)
        return {stage: total(found, "media_processing_total", {"stage": stage}) - before[stage] for stage in STAGES}

    for format in FORMATS:
        # By the telegram worker, by the pool children of two others: all of them in one place.
        flow.until(lambda format=format: grown(format) == STAGES, f"{STAGES} counted: {grown(format)}")  # type: ignore[misc]
    flow.until(lambda: up(url) == dict.fromkeys(PROBED, 1.0), f"everything up: {up(url)}", 90)
    told = {text for found in scrape(url, "OpenMetrics") for one in found.samples for text in one.labels.values()}
    assert not told & {channel.there.username, channel.there.title, str(channel.id), "777"}


def up(url: str) -> dict[str, float]:
    """target -> 1 or 0."""
    [found] = [family for family in scrape(url, "text") if family.name == "metrics_backend_up"]
    return {one.labels["target"]: one.value for one in found.samples}
