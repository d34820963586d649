"""The demo's home: a directory of its own, emptied before each demo, and never one with real data."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psycopg
import redis
from psycopg import sql
from sqlalchemy import make_url

from app.demo.channels import SampleWorld, sample_world
from app.errors import UserError
from app.home.directory import open_home
from app.local.fleet import LOCK
from app.local.processes import stop_running
from app.observe import files
from app.settings import Settings
from app.settings.secret_files import VARIABLE

MARKER = "demo"  # a file in homes that demo made: only those are emptied
# Settings that a user may give to the demo too; the demo has its own for all others and touches no real account.
KEPT = (
    *("ocr_data", "ocr_languages", "log_level", "log_format", "workers_media", "workers_default"),
    *("flower_port", "exporter_port", "metrics", "metrics_port"),
)
# A month passes in minutes, and edits concern posts that are older than the usual window of one page.
SHORT = {"POLL_INTERVAL": "3", "ALBUM_WAIT": "2", "SWEEP_INTERVAL": "1", "REPUBLISH_AFTER": "10", "EDIT_WINDOW": "300"}


def default_home() -> Path:
    """MEDIA_AUDIT_HOME if it is set, else a directory beside the real home."""
    # Not settings.home: a .env file here may name the user's own home.
    if configured := os.environ.get("MEDIA_AUDIT_HOME"):
        return Path(configured).expanduser().absolute()
    return Path.home() / ".local/share/media-audit-demo"


def seclude(home: Path) -> None:
    """Isolates this process and all its children from the settings of its user.

    It leaves the working directory too, since settings are read from the .env file in it, and mounted secret files.
    """
    open_home(home)
    for name in Settings.model_fields:
        if name not in KEPT:
            os.environ.pop(name.upper(), None)
    os.environ.update({"MEDIA_AUDIT_HOME": str(home), VARIABLE: "", **SHORT})
    if ocr := os.environ.get("OCR_DATA"):
        os.environ["OCR_DATA"] = str(Path(ocr).absolute())
    os.chdir(home)


def claim(home: Path) -> None:
    """Marks the home as a demo's and ends the demo that `--keep` left in it. UserError if it may hold real data."""
    marker = home / MARKER
    if not marker.exists():
        if any((home / name).exists() for name in ("pg", "media", "valkey")):
            raise UserError(
                f"{home} holds the data of a Media Audit that is no demo: set MEDIA_AUDIT_HOME to another directory"
            )
        marker.write_text("made by `media-audit demo`, which empties this directory each time\n")
    stop_running(home / LOCK)


def empty(home: Path, database_url: str, redis_url: str) -> None:
    """Removes an earlier demo's rows, messages and files. The database cluster stays, since it takes long to make."""
    if not (home / MARKER).exists():
        raise UserError(f"{home} was not made by `media-audit demo`: nothing is deleted there")
    address = make_url(database_url).set(drivername="postgresql")
    name = sql.Identifier(address.database or "")
    maintenance = address.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    for left in ("media", files.DIRECTORY):
        shutil.rmtree(home / left, ignore_errors=True)
    for file in (home / "telegram").glob("telegram.*"):
        file.unlink()


def world() -> SampleWorld:
    """The sample channels; their files are made once for each home. The loopback server calls this by its name."""
    return sample_world(Path(os.environ["MEDIA_AUDIT_HOME"]) / "samples")
