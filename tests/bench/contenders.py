"""Those who archive the benchmark's channel, each as its user would start it, and what their archives contain."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.bench.channel_world import USERNAME

BIN = Path(sys.executable).parent
Archive = dict[int, str | None]  # message id -> sha256 of the bytes on disk


@dataclass(frozen=True)
class Run:
    """One finished archiver. error: the end of its stderr when it failed."""

    seconds: float
    archive: Archive
    error: str | None = None


@dataclass(frozen=True)
class Contender:
    """name for the command line and the table; run(session, folder, limit in seconds)."""

    name: str
    title: str
    run: Callable[[str, Path, float], Run]


def _script(name: str) -> Callable[[str, Path, float], Run]:
    def run(session: str, folder: Path, limit: float) -> Run:
        script = Path(__file__).with_name(name)
        start = time.perf_counter()
        error = _call([sys.executable, str(script), USERNAME, str(folder)], {"TELEGRAM_SESSION": session}, limit)
        return Run(time.perf_counter() - start, _sqlite(folder / "archive.db"), error)

    return run


def _media_audit(session: str, folder: Path, limit: float) -> Run:
    """Services and the channel are set up before the clock starts, as the scripts' packages are."""
    environment = {
        "MEDIA_AUDIT_HOME": str(folder),
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": "hash",
        "TELEGRAM_SESSION": session,
        "VISION_PROVIDER": "none",
    }
    command = str(BIN / "media-audit")
    try:
        for step in (["services", "start"], ["db", "upgrade"], ["channels", "add", f"@{USERNAME}"]):
            if error := _call([command, *step], environment, limit):
                return Run(0.0, {}, f"{' '.join(step)}: {error}")
        start = time.perf_counter()
        error = _call([command, "run", "--until-idle", "--json", "--timeout", str(int(limit))], environment, limit + 60)
        seconds = time.perf_counter() - start
        url = subprocess.check_output([command, "db", "url"], env=os.environ | environment, text=True).strip()
        return Run(seconds, _postgres(url, folder), error)
    except (subprocess.CalledProcessError, psycopg.Error) as failure:
        return Run(0.0, {}, f"the archive cannot be read: {failure}")
    finally:
        _call([command, "services", "stop"], environment, limit)


def _call(command: list[str], environment: dict[str, str], limit: float) -> str | None:
    """Runs a command to its end; what went wrong, if anything did."""
    try:
        done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"not finished after {limit:.0f} s"
    except OSError as error:
        return str(error)
    return None if done.returncode == 0 else f"exit {done.returncode}: {(done.stderr or done.stdout)[-1500:]}"


def _sqlite(path: Path) -> Archive:
    if not path.exists():
        return {}
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT id, file FROM messages").fetchall()
    db.close()
    return {number: _digest(Path(file)) if file else None for number, file in rows}


def _postgres(url: str, folder: Path) -> Archive:
    """The posts in the database, with what really lies in the store under the digest that each names."""
    query = """
        SELECT p.telegram_message_id, m.sha256 FROM posts p
        LEFT JOIN post_media m ON m.post_id = p.id AND m.replaced_at IS NULL WHERE p.status = 'ok'
    """
    stored = {path.name[:64]: path for path in (folder / "media").rglob("*") if path.is_file()}
    with psycopg.connect(url) as connection:
        rows = connection.execute(query).fetchall()
    return {number: _digest(stored[sha256]) if sha256 in stored else None for number, sha256 in rows}


def _digest(path: Path) -> str | None:
    if not path.exists():
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


CONTENDERS = (
    Contender("plain", "Telethon script, one file at a time", _script("peer_plain.py")),
    Contender("parallel", "Telethon script, 8 files in flight", _script("peer_parallel.py")),
    Contender("ours", "Media Audit", _media_audit),
)
