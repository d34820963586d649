"""make bench-page: how long each page takes in a made archive, the database's share, and a plain query beside it.

Real requests over loopback to the server of the page, one after another. Prints milliseconds and ratios, asserts no
time. The archive is that of bench-search: --keep DIR makes it once for both.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
from rich.console import Console
from sqlalchemy import event

from app import db
from app.local import services
from app.pipeline.engine import counters
from app.settings import get_settings
from tests.bench.page.flow import fill
from tests.bench.page.visits import Visit, visits
from tests.bench.search.archive import Archive
from tests.bench.search.load import archive_database
from tests.bench.search.measure import Times
from tests.bench.search.results import BOUND, table
from tests.browsing import serving

HEADINGS = ("page", "whole", "in the database", "statements", "KB packed", "plain query", "p95 to plain")


@dataclass(frozen=True)
class Taken:
    """Milliseconds of the requests of one kind, of their statements, and of the plain query."""

    name: str
    whole: Times
    database: Times
    statements: float  # a request
    kilobytes: float  # a reply, as it is sent
    plain: Times

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        ratio = f"{self.whole.p95 / self.plain.p95:.1f}"
        figures = (f"{self.statements:.0f}", f"{self.kilobytes:.1f}")
        return self.name, _cell(self.whole), _cell(self.database), *figures, _cell(self.plain), ratio


class Statements:
    """Counts what the page asks of the database."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0
        event.listen(db.engine(), "before_cursor_execute", self._begin)
        event.listen(db.engine(), "after_cursor_execute", self._end)

    def _begin(self, *_: object) -> None:
        self._began = time.perf_counter()

    def _end(self, *_: object) -> None:
        self.count += 1
        self.seconds += time.perf_counter() - self._began


def measured(visit: Visit, client: httpx.Client, statements: Statements, database: psycopg.Connection) -> Taken:
    """Each address twice, the second time by the clock."""
    whole, inside, counted, size = [], [], [], []
    for again in (False, True):
        for address in visit.addresses:
            before = (statements.count, statements.seconds)
            began = time.perf_counter()
            answer = client.get(address)
            took = time.perf_counter() - began
            answer.raise_for_status()
            if again:
                whole.append(took * 1000)
                counted.append(statements.count - before[0])
                inside.append((statements.seconds - before[1]) * 1000)
                size.append(answer.num_bytes_downloaded / 1000)
    times = (Times(tuple(whole)), Times(tuple(inside)), sum(counted) / len(counted), sum(size) / len(size))
    return Taken(visit.name, *times, _plain(visit, database))


def _plain(visit: Visit, database: psycopg.Connection) -> Times:
    found = []
    for again in (False, True):
        for place in range(len(visit.addresses)):
            began = time.perf_counter()
            database.execute(visit.plain.encode(), visit.given[place % len(visit.given)]).fetchall()
            found += [(time.perf_counter() - began) * 1000] if again else []
    return Times(tuple(found))


def run(options: argparse.Namespace, folder: Path, console: Console) -> list[Taken]:
    """Makes or opens the archive, serves it and asks for every kind of page."""
    archive = Archive(options.size)
    with archive_database(archive, folder, console.print) as url, psycopg.connect(url, autocommit=True) as database:
        fill(database, console.print)
        with _environment(url, folder / archive.name):
            for name in counters.WHOLE:
                counters.set_right(name)
            counters.fold()
            statements = Statements()
            with serving(get_settings()) as page, httpx.Client(base_url=page, timeout=60) as client:
                wanted = (one for one in visits(archive, options.requests) if re.search(options.page, one.name))
                found = []
                for one in wanted:
                    console.print(f"measuring: {one.name}")
                    found.append(measured(one, client, statements, database))
                return found


@contextmanager
def _environment(url: str, home: Path) -> Iterator[None]:
    """The settings of the page: this database, and a broker of its own, which the overview asks for its queues."""
    broker = services.start(home, postgres=False, tied=True).redis_url
    os.environ.update(DATABASE_URL=url, REDIS_URL=str(broker), MEDIA_AUDIT_HOME=str(home), WEB_PORT="0")
    os.environ["WEB_RATE_FACTOR"] = "0"  # a reader who asks so fast would be told to wait
    get_settings.cache_clear()
    try:
        yield
    finally:
        db.engine().dispose()


def _cell(times: Times) -> str:
    return f"{times.p50:.1f} / {times.p95:.1f}{'!' if times.p95 > BOUND else ''}"


def _json(found: Sequence[Taken]) -> str:
    told = {
        one.name: {
            "statements": one.statements,
            "kilobytes": one.kilobytes,
            **{
                part: {"p50": times.p50, "p95": times.p95}
                for part, times in (("whole", one.whole), ("database", one.database), ("plain", one.plain))
            },
        }
        for one in found
    }
    return json.dumps(told, indent=1) + "\n"


def main() -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="publications of the archive")
    parser.add_argument("--requests", type=int, default=30, help="of each kind")
    parser.add_argument("--page", default="", help="only kinds whose name has this pattern")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keeps the archive there, and uses the one it has")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the figures there as well")
    options, console = parser.parse_args(), Console(width=160)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = run(options, options.keep or Path(folder), console)
    title = f"{options.size:,} publications: milliseconds, p50 / p95 (! above {BOUND:.0f})"
    console.print(table(title, HEADINGS, [one.row() for one in found]))
    if options.json:
        options.json.write_text(_json(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
