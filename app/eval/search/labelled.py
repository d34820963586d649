"""The labelled set of search: publications of search_documents_*.toml, queries of search_queries.toml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.eval.cases import CONTENT
from app.eval.documents import Document, documents, table

LANGUAGES = ("ru", "en", "uk")
SPLITS = ("tune", "report")
NONSENSE = "nonsense"  # the type of queries that no publication is about
ANSWER, RELATED = 2, 1  # grades


@dataclass(frozen=True)
class Query:
    """A query and its right answer. grades: by name of the document; all others have grade 0."""

    text: str
    type: str
    language: str
    split: str
    grades: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LabelledSet:
    """Documents by name, and queries by type."""

    documents: Mapping[str, Document]
    queries: Sequence[Query]

    def of(self, splits: Sequence[str]) -> list[Query]:
        """The queries of these halves."""
        return [query for query in self.queries if query.split in splits]


def load(folder: Path = CONTENT) -> LabelledSet:
    """Reads and checks the set. UserError names the fault."""
    posts = {
        one.name: one
        for language in LANGUAGES
        for one in documents(folder / f"search_documents_{language}.toml", language)
    }
    queries = [one for type_, halves in table(folder / "search_queries.toml").items() for one in _of(type_, halves)]
    found = LabelledSet(posts, queries)
    if fault := next(faults(found), None):
        raise UserError(f"search_queries.toml: {fault}")
    return found


def faults(found: LabelledSet) -> Iterator[str]:
    """The faults of a set: each would make scores wrong or halves incomparable."""
    for query in found.queries:
        if unknown := set(query.grades) - set(found.documents):
            yield f"{query.text!r} names the unknown publication {min(unknown)}"
        if query.language not in LANGUAGES:
            yield f"{query.text!r} has the unknown language {query.language}"
        if query.type == NONSENSE and query.grades:
            yield f"{query.text!r} is nonsense, but has an answer"
        if query.type != NONSENSE and ANSWER not in query.grades.values():
            yield f"{query.text!r} has no answer"
    texts = Counter((query.type, query.text) for query in found.queries)
    yield from (f"{text!r} is there {count} times in [{type_}]" for (type_, text), count in texts.items() if count > 1)
    sizes = Counter((query.type, query.split) for query in found.queries)
    for type_ in dict.fromkeys(query.type for query in found.queries):
        if sizes[type_, "tune"] != sizes[type_, "report"]:
            yield f"[{type_}] has {sizes[type_, 'tune']} queries in tune and {sizes[type_, 'report']} in report"


def _of(type_: str, halves: Mapping[str, Any]) -> Iterator[Query]:
    if unknown := set(halves) - set(SPLITS):
        raise UserError(f"search_queries.toml: [{type_}] has the unknown half {min(unknown)}")
    for split, rows in halves.items():
        for row in rows:
            if twice := set(row.get("answers", ())) & set(row.get("related", ())):
                raise UserError(f"search_queries.toml: {row['text']!r} gives two grades to {min(twice)}")
            grades = dict.fromkeys(row.get("related", ()), RELATED) | dict.fromkeys(row.get("answers", ()), ANSWER)
            yield Query(row["text"], type_, row["language"], split, grades)
