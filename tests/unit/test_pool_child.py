"""The end of a worker's child."""

from __future__ import annotations

import subprocess
import sys

END = """
from celery.signals import worker_process_shutdown
from app.worker import hooks
worker_process_shutdown.send(sender=None, pid=0, exitcode=155)
print("still here")
"""


def test_a_child_ends_at_once_with_the_code_that_its_parent_reads() -> None:
    """The parent replaces a child that ends with 155 (enough tasks) without taking it for lost."""
    done = subprocess.run([sys.executable, "-c", END], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (155, "")
