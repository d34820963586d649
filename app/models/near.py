"""The search for near hashes as one statement over a table with a column phash.

Its plan needs no statistics: the probes come out of a table expression, so PostgreSQL knows none of them and takes the
index of bands in a table of any size (docs/adr/0015-look-alikes-by-bands.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

# The keys of a hash: domain.look_alikes.bands as an expression over 16 hex digits. The indexes have the same text.
BANDS = (
    "(ARRAY[(('x' || substr(phash, 1, 4))::bit(16))::integer, "
    "65536 + (('x' || substr(phash, 5, 4))::bit(16))::integer, "
    "131072 + (('x' || substr(phash, 9, 4))::bit(16))::integer, "
    "196608 + (('x' || substr(phash, 13, 4))::bit(16))::integer])"
)
# Hashes that one search compares. Beyond, it compares a part and says so: a crowd must not stop the flow.
MOST = 100_000


def _near(table: str, id_: str, only: str) -> TextClause:
    """Rows (id, bits), and (NULL, NULL) if `most` hashes share a probe: then some near ones may be missing.

    Parameters: phash, probes of domain.look_alikes, bits, most.
    """
    return text(f"""
        WITH given AS MATERIALIZED (
            SELECT CAST(:probes AS integer[]) AS probes, CAST('x' || :phash AS bit(64)) AS hash
        ),
        candidates AS MATERIALIZED (
            SELECT found.id, bit_count(('x' || found.phash)::bit(64) # given.hash) AS bits
            FROM given CROSS JOIN LATERAL (
                SELECT {id_} AS id, phash FROM {table} WHERE {only} AND {BANDS} && given.probes LIMIT :most
            ) AS found
        )
        SELECT id, bits FROM candidates WHERE bits <= :bits
        UNION ALL SELECT NULL, NULL FROM candidates HAVING count(*) >= :most
    """)


# All pictures. A video or a PDF has the hash of its first frame or page: that is no picture of a post.
FILES = _near("media_files", "id", "phash IS NOT NULL AND mime LIKE 'image/%'")
CENTRES = _near("look_alike_centres", "file_id", "true")


@dataclass(frozen=True)
class Near:
    """The rows within some bits of a hash. crowded: MOST hashes were compared and some near ones may be missing."""

    bits: dict[int, int]  # by id
    crowded: bool


def near(session: Session, statement: TextClause, phash: str, probes: Sequence[int], bits: int) -> Near:
    """The rows of FILES or CENTRES within `bits` of a hash, itself among them. probes: of domain.look_alikes."""
    given = {"phash": phash, "probes": list(probes), "bits": bits, "most": MOST}
    rows = session.execute(statement, given).all()
    return Near({id_: apart for id_, apart in rows if id_ is not None}, any(id_ is None for id_, _ in rows))
