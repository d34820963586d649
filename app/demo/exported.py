"""Exports the sample channels, and checks a copy of the export as its receiver would: without home and database."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.db import transaction
from app.demo.checks.evidence import Check, Evidence, judged
from app.demo.questions.asking import LOOK, Publish
from app.demo.questions.sample import permalink
from app.domain.access.audited import Actor, Via
from app.domain.export.plan import ExportState, Format
from app.exports.acts import make
from app.exports.listed import ExportShown, export_of
from app.settings import get_settings

EVERYTHING = "after:1970-01-01"
PATIENCE = 120.0  # seconds for an export, on a busy machine
VERIFY = "import sys; from app.cli.main import main; main(['verify-export', sys.argv[1], '--json'])"
NAME = "an export, verified without a database"


def export_all(publish: Publish) -> Path | None:
    """Asks for an export of all posts in all formats; returns its directory once workers have written it."""
    with transaction() as session:
        made = make(session, Actor("demo", Via.COMMAND), EVERYTHING, formats=tuple(Format))
    publish([made.call])
    deadline = time.monotonic() + PATIENCE
    while (shown := _shown(made.id)).state is not ExportState.DONE and time.monotonic() < deadline:
        time.sleep(LOOK)
    return get_settings().home / shown.place if shown.place else None


def _shown(number: int) -> ExportShown:
    with transaction() as session:
        return export_of(session, number)


def check_export(found: Evidence, directory: Path | None) -> Check:
    """Checks that a process that has nothing but a copy finds it whole, with each publication and each stored file."""
    if directory is None:
        return Check(NAME, False, "workers did not write it")
    with tempfile.TemporaryDirectory() as away:
        copy = Path(shutil.copytree(directory, Path(away) / "copy"))
        wrong = [*_told(copy), *_missing(found, copy)]
        return judged(NAME, len(_publications(copy)), "publications", wrong)


def _told(copy: Path) -> Iterator[str]:
    """The findings of verify-export in a process without settings, home and database."""
    env = {name: os.environ[name] for name in ("PATH", "LANG", "VIRTUAL_ENV") if name in os.environ}
    code = [sys.executable, "-c", VERIFY, str(copy)]
    ended = subprocess.run(code, cwd=copy.parent, env=env, capture_output=True, text=True, timeout=PATIENCE)
    try:
        report = json.loads(ended.stdout)
    except ValueError:
        yield f"verify-export ended with {ended.returncode}: {ended.stderr[-300:]}"
        return
    yield from (f"{one['path']}: {one['wrong']}" for one in report["findings"])
    if ended.returncode or not report["ok"]:
        yield f"verify-export ended with {ended.returncode}"


def _missing(found: Evidence, copy: Path) -> Iterator[str]:
    """The publications and files that the sample channels have and the export lacks, or the other way round."""
    publications = _publications(copy)
    wanted = {permalink(found.expected, one) for one in found.expected.publications}
    yield from sorted(wanted ^ {str(one["permalink"]) for one in publications})
    told = {medium["sha256"] for one in publications for post in one["posts"] for medium in post["media"]}
    kept = {path.name.partition(".")[0] for path in (copy / "media").rglob("*") if path.is_file()}
    yield from sorted(set(found.expected.contents) ^ told)
    yield from sorted(told ^ kept)


def _publications(copy: Path) -> list[dict[str, Any]]:
    with (copy / "posts.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
