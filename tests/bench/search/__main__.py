"""make bench-search: how long searches take in a made archive, by type of query, beside plain full text.

Prints milliseconds and ratios, asserts no time. The archive is made from a seed; --keep DIR makes it once for all runs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from rich.console import Console
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from app.search.saved import save
from app.settings import sqlalchemy_url
from tests.bench.search import explain, inserts, meaning, measure
from tests.bench.search.archive import Archive
from tests.bench.search.load import archive_database
from tests.bench.search.queries import SAVED, SAVED_QUERY, Query, pictures, queries, questions
from tests.bench.search.results import BOUND, MILLION, Results

SIZES = text("""
    SELECT relname, pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(reltoastrelid, 0)), 0)
    FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE coalesce(i.indrelid, c.oid) = ANY(ARRAY[
        'search_documents', 'search_embeddings', 'search_words', 'search_document_words', 'look_alikes',
        'look_alike_centres'
    ]::regclass[]) OR relname = 'idx_media_files_bands'
    ORDER BY relkind DESC, 2 DESC
""")


def run(options: argparse.Namespace, folder: Path, console: Console) -> Results:
    """Makes or opens the archive and measures everything that was asked for."""
    archive, say = Archive(options.size, options.seed), console.print
    results = Results(archive.size)
    with archive_database(archive, folder, say) as url:
        if options.embeddings:
            with psycopg.connect(url, autocommit=True) as database:
                meaning.load(archive, database, say)
        with _session(url) as session:
            save(session, SAVED, SAVED_QUERY)
            session.commit()
            clock = measure.processor(session) if options.processor else time.perf_counter
            _searches(session, archive, options, results, console, clock)
            for name, some in questions(archive, options.queries).items():
                results.questions[name] = measure.timed(session, measure.first_passages, some, clock)
            asked = pictures(archive).items()
            results.similar = {kind: measure.similar_timed(session, some, clock) for kind, some in asked}
            if options.embeddings:
                _meaning(session, archive, results, clock)
            results.sizes = dict(session.execute(SIZES).all())
            results.insert = inserts.cost(session, archive, clock=clock)
    return results


@contextmanager
def _session(url: str) -> Iterator[Session]:
    engine = create_engine(sqlalchemy_url(url), pool_size=1, max_overflow=0)
    with Session(engine) as session:
        yield session
    engine.dispose()


def _searches(
    session: Session,
    archive: Archive,
    options: argparse.Namespace,
    results: Results,
    console: Console,
    clock: measure.Clock,
) -> None:
    for name, some in queries(archive, options.queries).items():
        if options.type and options.type not in name:
            continue
        console.print(f"measuring: {name}")
        row = results.types[name] = {
            one: measure.timed(session, prepare, some, clock) for one, prepare in measure.MEASURES.items()
        }
        for one, times in row.items():
            if options.explain and times is not None and times.p95 > BOUND and one != "plain full text":
                _explain(session, one, _slowest(some, times), console)


def _slowest(some: list[Query], times: measure.Times) -> Query:
    # A measure that some queries lack has no place for them; then the first query stands for all.
    return max(zip(times.ms, some, strict=True), key=lambda pair: pair[0])[1] if len(times.ms) == len(some) else some[0]


def _explain(session: Session, name: str, query: Query, console: Console) -> None:
    ms, plan = explain.plan_of(session, measure.MEASURES[name], query)
    console.print(f"{name} of {query.text!r}: {ms:.0f} ms in this statement", markup=False)
    console.print("\n".join(plan), markup=False, highlight=False, soft_wrap=True)


def _meaning(session: Session, archive: Archive, results: Results, clock: measure.Clock) -> None:
    for size in meaning.sizes(archive):
        results.meaning[size] = meaning.timed(session, archive, size, clock=clock)
        results.meaning_in_channel[size] = meaning.timed(session, archive, size, channel=30, clock=clock)
    p50 = meaning.extrapolated([(size, times.p50) for size, times in results.meaning.items()], MILLION)
    p95 = meaning.extrapolated([(size, times.p95) for size, times in results.meaning.items()], MILLION)
    results.meaning_at_a_million = None if p50 is None or p95 is None else (p50, p95)


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.search", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="publications of the archive")
    parser.add_argument("--seed", type=int, default=1, help="of the archive and of the queries")
    parser.add_argument("--queries", type=int, default=30, help="of each type")
    parser.add_argument("--type", help="only types with this in their name")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keeps the archive there, and uses the one it has")
    parser.add_argument("--no-embeddings", dest="embeddings", action="store_false", help="leaves out meaning")
    parser.add_argument("--processor", action="store_true", help="counts processor time: for a machine that is busy")
    parser.add_argument("--explain", action="store_true", help=f"prints the plan of each p95 above {BOUND:.0f} ms")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the figures there as well")
    return parser.parse_args(words)


def main() -> int:
    """The exit status."""
    options, console = arguments(), Console(width=220)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        results = run(options, options.keep or Path(folder), console)
    for one in results.tables():
        console.print(one)
    if options.json:
        options.json.write_text(json.dumps(results.as_json(), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
