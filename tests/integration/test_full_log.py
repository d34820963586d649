"""A disk that is full where the logs lie: lines are lost, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FULL = Path("/dev/full")  # every write to it finds no room
STEP = """
import structlog
from app.log import configure_logging
from app.settings import Settings
configure_logging(Settings())
log = structlog.get_logger()
log.warning("nobody will read this")
try:
    raise ValueError("nor this")
except ValueError:
    log.exception("in the middle of a step")
print("the step went on", flush=True)
"""


def test_a_line_that_cannot_be_written_stops_nothing() -> None:
    with FULL.open("w") as full:
        done = subprocess.run([sys.executable, "-c", STEP], stdout=subprocess.PIPE, stderr=full, text=True, check=False)
    assert done.stdout == "the step went on\n"
