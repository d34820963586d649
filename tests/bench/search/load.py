"""Puts the made archive into a database: COPY without indexes, which are then built as the migrations make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import psycopg
from psycopg import sql

from app.domain import spelling
from app.domain.codes import folded_code
from app.domain.transliteration import skeleton
from app.local import services
from app.migrations.run import run_migrations
from app.pipeline.posts.search_words import words_in
from tests.bench.search.archive import BLOCK, Archive, Made, channels
from tests.bench.search.pictures import MEMES, Picture

Say = Callable[[str], None]
Row = Sequence[object]

TABLES = (
    "search_documents",
    "search_document_words",
    "search_words",
    "publications",
    "posts",
    "post_media",
    "media_files",
    "look_alike_centres",
    "look_alikes",
)
# Those of a migration alone; a constraint keeps its index.
INDEXES = """
    SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid)
"""
# A crash costs an archive that is made again, and vacuum at a time of its own would disturb the clock. The rest stays
# as the product has it.
SETTINGS = "fsync = off\nwal_level = minimal\nmax_wal_senders = 0\nautovacuum = off\n"
# Foreign keys are right by construction; statements may use more memory than the services of a small machine.
QUICK = (
    "SET session_replication_role = replica; SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 1"
)


@contextmanager
def archive_database(archive: Archive, folder: Path, say: Say) -> Iterator[str]:
    """The address of a database with the archive: the one that the folder keeps, else made now."""
    home = folder / archive.name
    (home / "pg").mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "pg" / "local.conf").write_text(SETTINGS)
    url = services.start(home, valkey=False, tied=True).database_url
    assert url is not None
    try:
        run_migrations(url)
        load(archive, url, say)
        yield url
    finally:
        services.stop(home)


def load(archive: Archive, url: str, say: Say) -> None:
    """Fills an empty database, all or nothing; one that has the archive stays as it is."""
    with psycopg.connect(url, autocommit=True) as database:
        if count(database, "search_documents") == archive.size:
            return
        say(f"loading {archive.size:,} publications")
        with database.transaction():
            database.execute(QUICK)
            indexes = database.execute(INDEXES, (list(TABLES),)).fetchall()
            for name, _ in indexes:
                database.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
            _fill(archive, database, say)
            for name, definition in indexes:
                say(f"building {name}")
                database.execute(definition)
        database.execute("VACUUM ANALYZE")
        database.execute("CHECKPOINT")


def count(database: psycopg.Connection, table: str) -> int:
    """The number of rows."""
    [number] = database.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() or (0,)
    return int(number)


def _fill(archive: Archive, database: psycopg.Connection, say: Say) -> None:
    database.execute(
        sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, (*TABLES, "channels"))))
    )
    named = [{"id": id_, "reference": f"@{name}", "username": name, "title": name} for id_, name in channels()]
    copy(database, "channels", named)
    made = archive.made()
    words: Counter[str] = Counter()
    _copy_pictures(database, archive.memes)
    while some := list(islice(made, BLOCK)):
        copy(database, "publications", map(publication, some))
        copy(database, "posts", map(post, some))
        copy(database, "search_documents", map(document, some))
        copy(database, "search_document_words", _counted(some, words))
        shown = {one.id: one.picture for one in some if one.picture is not None}
        _copy_pictures(database, [one for one in shown.values() if one.file > MEMES])
        media = [{"post_id": id_, "kind": "photo", "sha256": one.sha256} for id_, one in shown.items()]
        copy(database, "post_media", media)
        if some[-1].id % 100_000 == 0:
            say(f"{some[-1].id:,} publications are loaded")
    copy(database, "search_words", map(word, words.items()))
    database.execute("INSERT INTO look_alike_fill (id, rounds, ended_at) VALUES (1, 1, now()) ON CONFLICT DO NOTHING")
    for table in ("channels", "publications", "posts", "media_files"):
        newest = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'id'), (SELECT max(id) FROM {}))")
        database.execute(newest.format(table, sql.Identifier(table)))


def _counted(some: Iterable[Made], words: Counter[str]) -> Iterator[dict[str, object]]:
    """The words of the documents, which are added up."""
    for one in some:
        found = words_in(one.document)
        words.update(found.split())
        yield {"publication_id": one.id, "words": found}


def _copy_pictures(database: psycopg.Connection, some: Sequence[Picture]) -> None:
    """Their files, each placed: at its centre or as one."""
    files = [{"id": p.file, "sha256": p.sha256, "size": 100_000, "mime": "image/jpeg", "phash": p.phash} for p in some]
    copy(database, "media_files", files)
    copy(database, "look_alike_centres", [{"file_id": p.file, "phash": p.phash} for p in some if p.centre is None])
    copy(
        database, "look_alikes", [{"file_id": p.file, "centre_id": p.centre, "bits": p.bits} for p in some if p.centre]
    )


def copy(database: psycopg.Connection, table: str, rows: Iterable[dict[str, object]]) -> None:
    """Copies the rows, which all have the same columns."""
    found = list(rows)
    if not found:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, found[0]))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), columns)
    with database.cursor() as cursor, cursor.copy(statement) as lines:
        for row in found:
            lines.write_row(list(row.values()))


def word(counted: tuple[str, int]) -> dict[str, object]:
    """The row of search_words, as the sweeper adds it up."""
    known, documents = counted
    return {"word": known, "skeleton": skeleton(known), "language": spelling.language(known), "documents": documents}


def publication(made: Made) -> dict[str, object]:
    """The row of publications."""
    return {
        "id": made.id,
        "channel_id": made.channel_id,
        "lead_post_id": made.id,
        "persisted_revision": 1,
        "text": made.document.text,
        "posted_at": made.posted_at,
        "deleted_at": made.deleted_at,
    }


def post(made: Made) -> dict[str, object]:
    """The row of posts."""
    return {
        "id": made.id,
        "channel_id": made.channel_id,
        "telegram_message_id": made.id,
        "publication_id": made.id,
        "posted_at": made.posted_at,
        "deleted_at": made.deleted_at,
        "text": made.document.text,
        "has_media": bool(made.document.labels),
    }


def document(made: Made) -> dict[str, object]:
    """The row of search_documents, as the index step writes it."""
    return {
        **asdict(made.document),
        "publication_id": made.id,
        "tag_list": list(made.document.tag_list),
        "facets": list(made.document.facets),
        "codes": folded_code(made.document.ocr),
        "channel_id": made.channel_id,
        "revision": 1,
        "posted_at": made.posted_at,
        "deleted_at": made.deleted_at,
        "content_hash": made.document.content_hash,
    }
