"""Locks that prove that a process lives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.home.process_lock import ProcessLock, holder, terminate

HOLD = """
import signal, sys, time
from pathlib import Path
from app.home.process_lock import ProcessLock
signal.signal(signal.SIGTERM, getattr(signal, sys.argv[2]))
lock = ProcessLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
time.sleep(60)
"""


def hold(path: Path, at_sigterm: str = "SIG_DFL") -> subprocess.Popen[str]:
    """A process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path), at_sigterm], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "True\n"
    process.stdout.close()
    return process


def test_a_left_over_file_with_a_living_process_id_means_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(f"{os.getppid()}\n")
    assert holder(path) is None
    assert terminate(path, timeout=1) is False


def test_second_asker_is_refused_and_learns_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    process = hold(path)
    with ProcessLock(path) as mine:
        assert mine.acquire() is False
        assert holder(path) == process.pid
        process.kill()
        process.wait()
        assert holder(path) is None
        assert mine.acquire() is True


def test_terminate_waits_until_the_holder_is_gone(tmp_path: Path) -> None:
    process = hold(tmp_path / "lock")
    assert terminate(tmp_path / "lock", timeout=10) is True
    assert process.wait() == -signal.SIGTERM
    assert holder(tmp_path / "lock") is None


def test_terminate_gives_up_on_one_that_will_not_end(tmp_path: Path) -> None:
    process = hold(tmp_path / "lock", "SIG_IGN")
    with pytest.raises(TimeoutError, match=str(process.pid)):
        terminate(tmp_path / "lock", timeout=0.2)
    process.kill()
    process.wait()


def test_a_child_that_inherits_the_lock_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with ProcessLock(path) as lock:
        assert lock.acquire()
        child = subprocess.Popen(["sleep", "60"], pass_fds=(lock.descriptor,))
    with ProcessLock(path) as again:
        assert again.acquire() is False
        child.kill()
        child.wait()
        assert again.acquire(timeout=1) is True
