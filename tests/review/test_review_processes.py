"""Review: a launch that fails."""

from __future__ import annotations

import errno
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from app.local import processes as module
from app.local.processes import Processes
from tests.integration.test_processes import ENV, lives, until


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_launch_that_fails_once_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """fork says EAGAIN or ENOMEM on a machine that is short of memory, as when it has just killed a worker."""
    real, failed = subprocess.Popen, []

    def scarce(*args: Any, **options: Any) -> Any:
        if not failed:
            failed.append(True)
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return real(*args, **options)

    with Processes() as processes:
        processes.add("steady", ["sleep", "60"], ENV, tmp_path / "a.log")
        until(lambda: processes.alive()["steady"], 5)
        monkeypatch.setattr(module.subprocess, "Popen", scarce)
        processes.add("other", ["sleep", "60"], ENV, tmp_path / "b.log")
        steady = processes.alive()["steady"]
        until(lambda: failed, 5)
        time.sleep(1.0)
        # The kernel ends children with the thread that launched them: with the watcher, all of them at once.
        assert (lives(steady or 0), processes._watcher.is_alive()) == (True, True)
        until(lambda: processes.alive()["other"], 5)
