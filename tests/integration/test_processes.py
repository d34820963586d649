"""Our children: watched, restarted, and never left behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.errors import UserError
from app.local import processes as processes_module
from app.local.processes import Processes, stop_running

ENV = {"PATH": os.environ["PATH"], "GREETING": "from the environment"}
UP = """
import sys, time
from pathlib import Path
from app.local.processes import Processes
with Processes(Path(sys.argv[1])) as processes:
    processes.add("sleeper", ["sh", "-c", "echo $$ > %s; exec sleep 60" % sys.argv[2]], {}, Path(sys.argv[2] + ".log"))
    time.sleep(60)
"""


def until(true: Callable[[], object], seconds: float = 120.0) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def lives(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid_in(path: Path) -> int:
    """The process id that a child wrote down."""
    until(lambda: path.exists() and path.read_text().strip())
    return int(path.read_text())


def test_output_goes_to_the_log_and_settings_come_by_environment(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "child.log"
    with Processes() as processes:
        processes.add("child", ["sh", "-c", "echo hello $GREETING; exec sleep 60"], ENV, log)
        until(lambda: log.exists() and log.read_text() == "hello from the environment\n")
        pid = processes.alive()["child"]
        assert pid
        assert lives(pid)
    assert not lives(pid)


def test_children_end_while_the_caller_does_something_else(tmp_path: Path) -> None:
    with Processes() as processes:
        processes.add("child", ["sleep", "60"], ENV, tmp_path / "log")
        until(lambda: processes.alive()["child"])
        pid = processes.alive()["child"]
        assert pid
        processes.end()
        until(lambda: not lives(pid))
        assert processes.restarts() == {"child": 0}


def test_a_log_that_grows_is_set_aside_while_its_process_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes_module, "LOG_BYTES", 10_000)
    monkeypatch.setattr(processes_module, "LOG_CHECK", 0.1)
    log, former = tmp_path / "log", tmp_path / "log.1"
    count = "n=1000; while :; do echo line $n; n=$((n + 1)); sleep 0.0005; done"
    with Processes() as processes:
        processes.add("child", ["sh", "-c", count], ENV, log)
        # A copy that has just begun is there already, and empty.
        until(lambda: former.exists() and former.stat().st_size > 10_000 and log.stat().st_size > 100)
        first = former.read_bytes()
        until(lambda: former.read_bytes() != first and log.stat().st_size > 100)
        assert processes.restarts() == {"child": 0}
    assert first.startswith(b"line 1000\nline 1001\n")
    lines = log.read_text().splitlines()
    assert all(line.startswith("line ") for line in lines), "the writer must not leave a hole where it was"
    last = [*former.read_text().splitlines(), *lines][-1]  # it may have been set aside this very moment
    assert int(last.removeprefix("line ")) > 2000
    assert log.stat().st_size < 60_000


def test_a_killed_child_is_started_again_with_its_pool_gone(tmp_path: Path) -> None:
    family = "sleep 60 & echo $! > pool; exec sleep 60"
    with Processes() as processes:
        processes.add("child", ["sh", "-c", f"cd {tmp_path}; {family}"], ENV, tmp_path / "log")
        pool = pid_in(tmp_path / "pool")
        first = processes.alive()["child"]
        assert first
        os.kill(first, signal.SIGKILL)
        until(lambda: processes.alive()["child"] not in (None, first))
        assert processes.restarts() == {"child": 1}
        until(lambda: not lives(pool))


def test_all_are_asked_at_once_and_the_deaf_is_killed_after_the_grace(tmp_path: Path) -> None:
    order = tmp_path / "order"
    polite = "trap 'echo {0} >> {1}; kill %1; exit' TERM; sleep 60 & echo ready > {1}.{0}; wait"
    deaf = "trap '' TERM; echo ready > {1}.{0}; sleep 60"
    with Processes(grace=1.0) as processes:
        for name, script in (("first", polite), ("deaf", deaf), ("last", polite)):
            processes.add(name, ["bash", "-c", script.format(name, order)], ENV, tmp_path / f"{name}.log")
            until(Path(f"{order}.{name}").exists)
        pids = processes.alive()
        started = time.monotonic()
    assert 1.0 <= time.monotonic() - started < 30.0  # each of them would sleep for a minute
    assert sorted(order.read_text().split()) == ["first", "last"]
    assert not any(lives(pid) for pid in pids.values() if pid)


def start_up(tmp_path: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A process that keeps one child, and the child's process id."""
    child = tmp_path / "child.pid"
    up = subprocess.Popen([sys.executable, "-c", UP, str(tmp_path / "up.lock"), str(child)])
    return up, pid_in(child)


def test_children_die_with_a_killed_parent(tmp_path: Path) -> None:
    up, child = start_up(tmp_path)
    up.kill()
    up.wait()
    until(lambda: not lives(child))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_leave_it_takes_its_children_along(number: signal.Signals, tmp_path: Path) -> None:
    up, child = start_up(tmp_path)
    up.send_signal(number)
    assert up.wait(timeout=60) != 0
    assert not lives(child)


def test_down_stops_an_up_and_a_second_up_is_refused(tmp_path: Path) -> None:
    up, child = start_up(tmp_path)
    with pytest.raises(UserError, match=f"process {up.pid}: `media-audit down`"), Processes(tmp_path / "up.lock"):
        pass
    assert stop_running(tmp_path / "up.lock") is True
    up.wait()
    assert not lives(child)
    assert stop_running(tmp_path / "up.lock") is False


def test_a_launch_that_fails_once_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fork says EAGAIN or ENOMEM on a machine that is short of memory, as when it has just killed a worker. The kernel
    ends children with the thread that launched them: it must outlive that."""
    real = subprocess.Popen
    failed: list[bool] = []

    def scarce(*args: Any, **options: Any) -> Any:
        if not failed:
            failed.append(True)
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return real(*args, **options)

    with Processes() as processes:
        processes.add("steady", ["sleep", "60"], ENV, tmp_path / "a.log")
        until(lambda: processes.alive()["steady"], 5)
        steady = processes.alive()["steady"]
        monkeypatch.setattr("app.local.processes.subprocess.Popen", scarce)
        processes.add("other", ["sleep", "60"], ENV, tmp_path / "b.log")
        until(lambda: processes.alive()["other"], 5)
        assert failed
        assert processes.alive()["steady"] == steady
        assert lives(steady or 0)
        assert processes.restarts() == {"steady": 0, "other": 1}
