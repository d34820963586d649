"""The arithmetic of make bench-cost: each process under its name, each task with all of its runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import task_costs
from tests.bench.processes import name_of
from tests.bench.task_costs import TaskCost


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (
            "/v/bin/python -m celery -A app.worker --quiet worker --without-gossip -n default@%h -Q default",
            "worker default",
        ),
        (
            "/v/bin/python -m celery -A app.worker --quiet worker -n telegram@%h -Q telegram -P threads",
            "worker telegram",
        ),
        ("/v/bin/python -m celery -A app.worker --quiet beat --schedule /tmp/run/beat-schedule --pidfile=", "beat"),
        ("/v/bin/python -m app.daemons.metrics_server ", "metrics_server"),
        ("/v/bin/python /v/bin/media-audit run --until-idle --json", "`run`"),
        ("/v/bin/python -c from multiprocessing.resource_tracker import main", "others"),
        ("/v/bin/python -m app.demo.telegram --world=tests.bench.channel_world:full", None),
        ("/v/bin/python -m app.local.supervisor /tmp/home postgres 12", None),
        ("postgres: media_audit media_audit [local] idle", None),
        ("/v/lib/valkey-server 127.0.0.1:0", None),
    ],
)
def test_a_command_line_names_its_process(command: str, name: str | None) -> None:
    assert name_of(command) == name


def test_runs_of_a_task_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "tasks.jsonl"
    rows = [("app.tasks.tag.tag_publication", 0.5, 3), ("app.tasks.poll.poll_channel", 2.0, 4)]
    rows.append(("app.tasks.tag.tag_publication", 0.25, 2))
    lines = [json.dumps({"task": task, "seconds": cpu, "statements": n}) for task, cpu, n in rows]
    path.write_text("\n".join(lines) + "\n")
    found = task_costs.read(path)
    assert list(found.items()) == [("poll_channel", TaskCost(1, 2.0, 4)), ("tag_publication", TaskCost(2, 0.75, 5))]


def test_a_run_without_workers_has_no_tasks(tmp_path: Path) -> None:
    assert task_costs.read(tmp_path / "missing.jsonl") == {}
