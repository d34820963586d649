"""python -m app.demo.keep: keeps a demo's services, loopback Telegram, workers and Flower running until it is stopped.

Started by `media-audit demo --keep` with the demo's own environment; `media-audit down` ends it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from app.ask.waiting import no_worker
from app.db import brief_transaction
from app.demo.play import telegram
from app.errors import MediaAuditError
from app.home.process_lock import ProcessLock
from app.local import services
from app.local.fleet import LOCK, METRICS_URL, fleet, flower_for
from app.settings import Settings, get_settings

START_SECONDS = 120.0
METRICS_SECONDS = 30.0  # deadline for the metrics process to answer; the demo goes on without it
WORKERS_SECONDS = 30.0  # deadline for the workers to take questions; they load a model, for seconds


def start(home: Path) -> Settings:
    """Starts the keeper in the background; returns the settings with the addresses of its services."""
    log = home / "logs/keeper.log"
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.demo.keep", str(home)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            start_new_session=True,  # Ctrl-C in the terminal must not reach it
        )
    assert process.stdout
    guard = threading.Timer(START_SECONDS, process.kill)
    guard.start()
    said = process.stdout.readline()  # empty if it ended before it was ready
    guard.cancel()
    if not said:
        raise MediaAuditError(f"the demo does not go on by itself; the reason is in {log}")
    get_settings.cache_clear()
    return get_settings()


def main() -> None:
    """Runs until SIGTERM; prints `ready` on stdout once all processes have started."""
    home = Path(sys.argv[1])
    lock = ProcessLock(home / LOCK)
    if not lock.acquire(timeout=5.0):
        raise SystemExit("Media Audit already runs in this home")
    with lock:  # held to the very end, so that `down` returns when no process is left
        _serve(home)


def _serve(home: Path) -> None:
    services.start(home, tied=True)
    get_settings.cache_clear()
    settings = get_settings()
    with telegram(home) as server:
        while server.next_batch():  # brings the channels to the demo's end
            pass
        with fleet(settings, flower=flower_for(settings), page=True, locked=True):
            _await_workers()
            if settings.metrics:
                _await(home)
            os.write(sys.stdout.fileno(), b"ready\n")
            threading.Event().wait()


def _await_workers() -> None:
    """Waits until a worker takes questions: a user may ask one as soon as the command has ended."""
    until = time.monotonic() + WORKERS_SECONDS
    while time.monotonic() < until:
        with brief_transaction() as session:
            if no_worker(session) is None:
                return
        time.sleep(0.1)


def _await(home: Path) -> None:
    """Waits until the metrics process answers, since a user may open its address as soon as it is printed."""
    until = time.monotonic() + METRICS_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen((home / "run" / METRICS_URL).read_text(), timeout=5.0):
            return
        time.sleep(0.1)


if __name__ == "__main__":
    main()
