"""A Prometheus of a test's own, with the project's configuration and rules."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.pages import ROOT
from tests.rows import until

PLACE = ROOT / "deploy/prometheus"
# Seconds between two scrapes: a run of minutes is to be seen as one of hours would be. The exporter asks the workers
# at each scrape and waits two seconds for their answers.
EVERY = {"media-audit": 2, "celery-exporter": 5, "prometheus": 2}


def program(name: str) -> str:
    """prometheus or promtool: those that set-up has put beside Python, else the system's. Never skipped without."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found, f"{name} is not here: `make test-prometheus` gets it, or apt-get install prometheus"
    return found


def promtool(*args: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """promtool with these arguments; everything that it says is on stdout."""
    argv = [program("promtool"), *args]
    return subprocess.run(
        argv, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False
    )


@dataclass(frozen=True)
class Prometheus:
    """One that runs. url: of its HTTP API."""

    url: str

    def ask(self, path: str, **params: Any) -> Any:
        """The data of an answer of the HTTP API; AssertionError with its words for an error."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=params, timeout=30).json()
        assert answer["status"] == "success", f"{params}: {answer.get('error')}"
        return answer["data"]

    def up(self) -> dict[str, str]:
        """Job -> how its last scrape went: nothing, or what went wrong."""
        targets = self.ask("targets", state="active")["activeTargets"]
        return {one["labels"]["job"]: one["lastError"] if one["health"] == "up" else one["health"] for one in targets}


@contextmanager
def prometheus(home: Path, targets: Mapping[str, str]) -> Iterator[Prometheus]:
    """Runs until the context is left. targets: job -> host:port; the jobs are those of prometheus.yml."""
    home.mkdir()
    log = home / "log"
    port = free_port()
    (home / "prometheus.yml").write_text(yaml.safe_dump(_config({**targets, "prometheus": f"127.0.0.1:{port}"})))
    argv = [
        program("prometheus"),
        f"--config.file={home / 'prometheus.yml'}",
        f"--storage.tsdb.path={home / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
    ]
    with log.open("wb") as file, subprocess.Popen(argv, stdout=file, stderr=file) as process:
        try:
            found = Prometheus(f"http://127.0.0.1:{port}")
            until(lambda: process.poll() is None and _ready(found.url), f"Prometheus is ready; see {log}", 30)
            yield found
        finally:
            process.terminate()


def _config(targets: Mapping[str, str]) -> dict[str, Any]:
    """The project's own, but for addresses and pace."""
    config: dict[str, Any] = yaml.safe_load((PLACE / "prometheus.yml").read_text())
    config["rule_files"] = [str(PLACE / pattern) for pattern in config["rule_files"]]
    config["global"] = {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "2s"}
    assert {job["job_name"] for job in config["scrape_configs"]} == set(targets)
    for job in config["scrape_configs"]:
        name = job["job_name"]
        job["static_configs"] = [{"targets": [targets[name]]}]
        job |= {"scrape_interval": f"{EVERY[name]}s", "scrape_timeout": f"{EVERY[name]}s"}
    return config


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    """On loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
