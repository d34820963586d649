"""The command as its own process: asked on a terminal, refused without one, killed in the middle."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from typing import IO, Any

from app.db import transaction
from app.settings import Settings
from tests.integration.pipeline.database import change, one, rows

FILL = """
INSERT INTO channels (reference) VALUES ('@c');
INSERT INTO publications (channel_id, revision, persisted_revision) SELECT 1, 1, 1 FROM generate_series(1, 20000);
INSERT INTO posts (channel_id, telegram_message_id, publication_id) SELECT 1, id, id FROM publications;
INSERT INTO media_files (sha256, size, mime)
  SELECT encode(sha256(n::text::bytea), 'hex'), 9, 'image/jpeg' FROM generate_series(1, 20000) n;
INSERT INTO post_media (post_id, kind, sha256)
  SELECT p.id, 'photo', f.sha256 FROM posts p JOIN media_files f USING (id);
"""
PAID = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_MODEL": "m", "VISION_PROVIDER": "openai"}


def fill(count: int) -> None:
    """So many files that nobody has read."""
    with transaction() as session:
        session.connection().exec_driver_sql(FILL.replace("20000", str(count)))
    change("ANALYZE")


def child(*options: str, stdin: int | IO[Any] = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """`reanalyze`, begun."""
    argv = [sys.executable, "-c", "from app.cli.main import main; main()", "reanalyze", *options]
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, env={**os.environ, **PAID}, stdin=stdin, stdout=pipe, stderr=pipe, text=True)


def armed() -> int:
    """Files that were asked for."""
    return int(one("SELECT count(*) FROM work WHERE step = 'analyze' AND asked = 'reread' AND state = 'due'"))


def test_killed_while_it_asks_it_goes_on_when_it_is_run_again(settings: Settings) -> None:
    fill(20_000)
    with child("--yes") as first:
        deadline = time.monotonic() + 240
        while not armed() and time.monotonic() < deadline:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
    some = armed()
    assert 0 < some < 20_000
    with child("--json", "--yes") as second:
        said, error = second.communicate(timeout=60)
    assert second.returncode == 0, error
    assert armed() == 20_000
    assert f'"asked_for": {20_000 - some}' in said


def test_what_costs_tokens_needs_somebody_who_agrees(settings: Settings) -> None:
    fill(600)
    with child() as nobody:
        said, error = nobody.communicate(timeout=60)
    assert nobody.returncode == 2
    assert "600 files of 600 publications" in said
    assert "repeat it with --yes" in error
    assert armed() == 0
    for answer, expected in (("n", 0), ("y", 600)):
        ours, theirs = pty.openpty()
        os.write(ours, f"{answer}\n".encode())
        with child(stdin=theirs) as asked:
            said, error = asked.communicate(timeout=60)
        assert asked.returncode == 0
        assert "Read 600 files again?" in error
        assert armed() == expected
        os.close(ours)
        os.close(theirs)
    with child("--stop") as stop:
        said, error = stop.communicate(timeout=60)
    assert "600 stopped" in said, error
    assert armed() == 0
    found = rows("SELECT via, act, target FROM audit_entries ORDER BY id")
    assert found == [("command", "reanalyze.start", "reanalyze 1"), ("command", "reanalyze.stop", "reanalyze 2")]
