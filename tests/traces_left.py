"""Searches everything that a home keeps for words and hashes: each column of each table, and each file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import text

from app import db

# Any type may hold a word: texts, JSON, arrays, bytes, vectors of words. All columns are found by introspection.
COLUMNS = text("""
    SELECT c.relname, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY 1, 2
""")


def in_database(*needles: str) -> list[str]:
    """table.column: needle, for each column of the database that has a needle in any of its values."""
    found = []
    with db.transaction() as session:
        for table, column in session.execute(COLUMNS).all():
            value = f'lower("{column}"::text)'  # bytes are shown in hex
            for needle in needles:
                given = {"needle": needle.lower(), "hex": needle.encode().hex()}
                query = (
                    f'SELECT count(*) FROM "{table}" WHERE strpos({value}, :needle) > 0 OR strpos({value}, :hex) > 0'
                )
                if session.scalar(text(query), given):
                    found.append(f"{table}.{column}: {needle}")
    return found


def in_files(root: Path, *needles: str) -> list[str]:
    """path: needle, for each file under a directory that has a needle, in its name or its bytes."""
    return [
        f"{path.relative_to(root)}: {needle}"
        for path in _files(root)
        for needle, forms in [(needle, _forms(needle)) for needle in needles]
        if needle in path.name or _holds(path, forms)
    ]


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())


def _holds(path: Path, forms: Iterable[bytes]) -> bool:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # a server removed it meanwhile
        return False
    return any(form in content for form in forms)


def _forms(needle: str) -> list[bytes]:
    """The bytes in which a needle may stand: as UTF-8, in JSON with escapes, and a hash as its bytes."""
    forms = [needle.encode(), needle.encode("ascii", "backslashreplace")]
    try:
        return [*forms, bytes.fromhex(needle)]
    except ValueError:
        return forms
