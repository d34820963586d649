"""make bench-export: seconds and peak memory of an export, by its number of publications; the ratio shows the growth.

The archive is made in a temporary directory, with a small file for each picture. Each export runs in a process of its
own, whose peak memory (RSS) the kernel tells; it does what workers do, part after part, without messages between.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import psycopg
from rich.console import Console

from app import wiring
from app.db import transaction
from app.domain.access.audited import Actor, Via
from app.domain.export.plan import Format
from app.exports.acts import make
from app.exports.checks.verify import verify_export
from app.exports.listed import ExportShown, export_of
from app.exports.pages import ExportPages
from app.pipeline.steps.export import write_exports
from tests.bench.page.flow import fill
from tests.bench.search.archive import Archive
from tests.bench.search.load import archive_database
from tests.bench.search.results import table

HEADINGS = ("publications", "files", "MB", "parts", "seconds", "closing, s", "peak RSS, MB", "verify, s", "its RSS, MB")
EVERYTHING = "after:1970-01-01"
PICTURE = 2_000  # bytes of each file: the number of files costs memory, if anything does, not their size
# Real files in place of the made-up hashes, in all rows that name them.
RENAMED = (
    "UPDATE media_files SET sha256 = n.new, size = 2000, extension = '.jpg' FROM named n WHERE sha256 = n.old",
    "UPDATE post_media SET sha256 = n.new FROM named n WHERE sha256 = n.old",
    "UPDATE post_enrichment SET metadata = replace(metadata::text, n.old, n.new)::jsonb FROM named n"
    " WHERE kind = 'vision' AND metadata #>> '{items,0,sha256}' = n.old",
)


@dataclass(frozen=True)
class Taken:
    """One export. seconds: of all parts; closing: of the last lease. rss, verify_rss: peaks in MB."""

    publications: int
    files: int
    megabytes: float
    parts: int
    seconds: float
    closing: float
    rss: float
    verify_seconds: float
    verify_rss: float

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        figures = (self.megabytes, self.parts, self.seconds, self.closing, self.rss, self.verify_seconds)
        shown = (f"{one:,.1f}" if isinstance(one, float) else f"{one:,}" for one in (*figures, self.verify_rss))
        return f"{self.publications:,}", f"{self.files:,}", *shown


def add_files(database: psycopg.Connection, store: Path) -> None:
    """Writes a small file for each picture of the archive, and names it by its hash."""
    if database.execute("SELECT FROM media_files WHERE extension <> '' LIMIT 1").rowcount:
        return
    database.execute("CREATE TEMP TABLE named (old text PRIMARY KEY, new text)")
    rows = database.execute("SELECT sha256 FROM media_files").fetchall()
    with database.cursor() as cursor, cursor.copy("COPY named FROM STDIN") as lines:
        for (old,) in rows:
            data = b"\xff\xd8\xff" + old.encode() * (PICTURE // 64)
            lines.write_row((old, name := sha256(data).hexdigest()))
            place = store / name[:2] / name[2:4] / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    with database.transaction():
        database.execute("SET LOCAL session_replication_role = replica")
        for statement in RENAMED:
            database.execute(statement.encode())
    database.execute("VACUUM ANALYZE")


def exported(query: str) -> tuple[ExportShown, int, float]:
    """Makes an export in this process: how it ended, its leases, seconds of the last one."""
    with transaction() as session:
        made = make(session, Actor("bench", Via.COMMAND), query, formats=tuple(Format))
    parts, last = 0, 0.0
    while True:
        began = time.perf_counter()
        nexts = write_exports(wiring.export_files(), ExportPages(), made.call.keys)
        parts, last = parts + 1, time.perf_counter() - began
        if not nexts:
            break
    with transaction() as session:
        return export_of(session, made.id), parts, last


def _export(query: str) -> dict[str, object]:
    began = time.perf_counter()
    found, parts, closing = exported(query)
    assert found.place is not None, found
    told = {"publications": found.publications, "files": found.files, "bytes": found.size, "place": found.place}
    return {**told, "parts": parts, "closing": closing, "seconds": time.perf_counter() - began}


def _verify(directory: str) -> dict[str, object]:
    began = time.perf_counter()
    assert verify_export(Path(directory)).findings == []
    return {"seconds": time.perf_counter() - began}


CHILDREN: dict[str, Callable[[str], dict[str, object]]] = {"export": _export, "verify": _verify}


def child(does: str, what: str) -> dict[str, float]:
    """What a process of its own tells, with its peak memory in MB."""
    command = (sys.executable, "-m", "tests.bench.export", "--child", does, what)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def measured(home: Path, query: str) -> Taken:
    """One export and its check."""
    made = child("export", query)
    checked = child("verify", str(home / str(made["place"])))
    size = made["bytes"] / 1e6
    numbers = (int(made["publications"]), int(made["files"]), size, int(made["parts"]))
    return Taken(*numbers, made["seconds"], made["closing"], made["rss"], checked["seconds"], checked["rss"])


def run(options: argparse.Namespace, folder: Path, console: Console) -> list[Taken]:
    """Makes or opens the archive and exports ever more of it."""
    archive = Archive(options.size)
    home = folder / archive.name
    with archive_database(archive, folder, console.print) as url, psycopg.connect(url, autocommit=True) as database:
        fill(database, console.print)
        add_files(database, home / "media")
        os.environ.update(DATABASE_URL=url, MEDIA_AUDIT_HOME=str(home), REDIS_URL="redis://127.0.0.1:1/0")
        found = []
        for share in (1, 10, 100):
            query = EVERYTHING if share == 100 else _newest(database, options.size * share // 100)
            console.print(f"exporting {query}")
            found.append(measured(home, query))
        return found


def _newest(database: psycopg.Connection, count: int) -> str:
    """A query that finds about so many publications."""
    statement = "SELECT posted_at::date FROM publications ORDER BY posted_at DESC LIMIT 1 OFFSET %s"
    [day] = database.execute(statement, (count,)).fetchone() or (None,)
    return f"after:{day}"


def peak() -> float:
    """Peak memory of this process in MB. Not that of getrusage: a child inherits its parent's."""
    [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / 1e6


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.export", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="publications of the archive")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keeps the archive there, and uses the one it has")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options, console = parser.parse_args(), Console(width=160)
    if options.child:
        told = CHILDREN[options.child[0]](options.child[1])
        print(json.dumps({**told, "rss": peak()}))
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = run(options, options.keep or Path(folder), console)
    console.print(table("exports in all formats, with media", HEADINGS, [one.row() for one in found]))
    for small, large in pairwise(found):
        times = large.publications / small.publications
        console.print(f"{times:.1f} times the publications: {large.rss / small.rss:.2f} times the peak memory")
    return 0


if __name__ == "__main__":
    sys.exit(main())
