"""docs/checks.md: its commands, run as they stand there against a living system, answer as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.local.postgres import binaries
from app.metrics import FAMILIES
from app.observe import gauges
from tests.e2e.flow import Flow, TestChannel
from tests.factories.messages import drawn_photo
from tests.pages import ROOT

PAGE = (ROOT / "docs" / "checks.md").read_text()
PSQL = binaries()
PROBED = {"queue_depth", "metrics_backend_up"}  # app/observe/collector.py


def commands(section: str) -> list[str]:
    """The shell blocks of a section, with the environment that the tests run in."""
    [text] = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
    return [block.replace(".venv/bin/", f"{Path(sys.executable).parent}/") for block in blocks]


def run(command: str) -> list[str]:
    """The lines that a command prints."""
    env = {**os.environ, "PATH": f"{PSQL}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert not done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.mark.usefixtures("flow")
def test_every_component_is_ok() -> None:
    [command] = commands("1. The schema")
    lines = [line.split("|") for line in run(command) if line.count("|") == 2]
    answers = {name.strip(): status.strip() for _, name, status in lines[1:]}
    assert set(answers.values()) == {"OK"}
    assert {"media_groups", "media_group_items", "posts.grouped_id", "idx_posts_with_grouped_id"} <= answers.keys()


@pytest.mark.usefixtures("flow")
def test_every_metric_is_served() -> None:
    [command] = commands("2. The metrics")
    assert set(run(command)) == {f"OK {name}" for name in (*FAMILIES, *gauges.FAMILIES, *PROBED)}


@pytest.mark.usefixtures("flow")
def test_a_metric_that_is_not_served_is_missing() -> None:
    [command] = commands("2. The metrics")
    assert "MISSING no_such_metric" in run(command.replace("work_dead", "no_such_metric"))


def test_the_log_tells_of_tagging_again(flow: Flow, channel: TestChannel) -> None:
    channel.post(1, "Прогулка по городскому парку", drawn_photo())
    channel.watch()
    serves, tagged = commands("3. Tagging again")
    [line] = run(serves)
    assert "app.tasks.tag.tag_publication" in line
    first, *table = run(tagged)
    assert re.search(r"step\W+tag", first)
    counts = {tuple(cell.strip() for cell in row.split("|"))[:2] for row in table if row.count("|") == 2}
    assert {("initial", "initial"), ("vision_retag", "higher_version")} <= counts
    assert run(serves.replace("worker-default", "worker-media")) == [], "another queue does not tag"
