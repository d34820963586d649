"""The figures of one run, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from rich.table import Table

from tests.bench.search.inserts import Cost
from tests.bench.search.measure import Times

BOUND = 100.0  # ms: types with a higher p95 are marked
MILLION = 1_000_000


@dataclass
class Results:
    """types: by type of query and measure. meaning: by number of embeddings. sizes: bytes by table and index."""

    size: int
    types: dict[str, dict[str, Times | None]] = field(default_factory=dict)
    meaning: dict[int, Times] = field(default_factory=dict)
    meaning_in_channel: dict[int, Times] = field(default_factory=dict)
    meaning_at_a_million: tuple[float, float] | None = None  # p50 and p95, extrapolated
    questions: dict[str, Times | None] = field(default_factory=dict)  # first passages, by type of question
    similar: dict[str, Times] = field(default_factory=dict)  # by kind of picture
    sizes: dict[str, int] = field(default_factory=dict)
    insert: Cost | None = None

    def as_json(self) -> dict[str, object]:
        """Times in milliseconds with their percentiles."""
        return {
            "publications": self.size,
            "types": {name: {m: _json(t) for m, t in row.items()} for name, row in self.types.items()},
            "questions": {name: _json(times) for name, times in self.questions.items()},
            "meaning": {count: _json(times) for count, times in self.meaning.items()},
            "meaning_in_a_channel": {count: _json(times) for count, times in self.meaning_in_channel.items()},
            "meaning_at_a_million_extrapolated": self.meaning_at_a_million,
            "similar": {kind: _json(times) for kind, times in self.similar.items()},
            "bytes": self.sizes,
            "insert": None if self.insert is None else asdict(self.insert),
        }

    def tables(self) -> Iterator[Table]:
        """Times by type, by meaning, sizes, inserts."""
        yield self._types()
        if self.questions:
            asked = [(name, _cell(times)) for name, times in self.questions.items()]
            yield table("questions: milliseconds, p50 / p95, by words alone", ("question", "first passages"), asked)
        if self.meaning:
            yield self._meaning()
        if self.similar:
            pictures = [(kind, _cell(times)) for kind, times in self.similar.items()]
            yield table("similar: milliseconds, p50 / p95", ("picture", "its postings"), pictures)
        total = sum(self.sizes.values())
        rows = [
            (name, f"{size / 1e6:,.1f}", f"{size / self.size:,.0f}", f"{size / total:.1%}")
            for name, size in self.sizes.items()
        ]
        yield table("tables and indexes of search", ("", "MB", "bytes a publication", "share"), rows)
        if self.insert is not None:
            yield _inserts(self.insert)

    def _types(self) -> Table:
        measures = list(next(iter(self.types.values())))
        rows = [(name, *map(_cell, row.values()), _ratio(row)) for name, row in self.types.items()]
        title = f"{self.size:,} publications: milliseconds, p50 / p95 (! above {BOUND:.0f})"
        return table(title, ("type of query", *measures, "p95 of relevance to plain"), rows)

    def _meaning(self) -> Table:
        rows = [
            (f"{count:,}", _cell(times), _cell(self.meaning_in_channel.get(count)))
            for count, times in self.meaning.items()
        ]
        if self.meaning_at_a_million is not None:
            p50, p95 = self.meaning_at_a_million
            rows.append((f"{MILLION:,}, extrapolated", f"{p50:.1f} / {p95:.1f}", ""))
        return table("meaning: milliseconds, p50 / p95", ("embeddings", "all channels", "in one channel"), rows)


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """The first column is text, the others are figures."""
    made = Table(title=title, title_justify="left")
    made.add_column(headings[0])
    for heading in headings[1:]:
        made.add_column(heading, justify="right")
    for row in rows:
        made.add_row(*row)
    return made


def _inserts(cost: Cost) -> Table:
    counted = cost.now + cost.words
    rows = [
        ("indexes and columns of before", f"{cost.before:.3f}", "1.00"),
        ("those of today", f"{cost.now:.3f}", f"{cost.now / cost.before:.2f}"),
        ("with its words counted", f"{counted:.3f}", f"{counted / cost.before:.2f}"),
        ("and its tags", f"{counted + cost.trends:.3f}", f"{(counted + cost.trends) / cost.before:.2f}"),
    ]
    return table("the statements that write a document", ("", "ms a post", "ratio"), rows)


def _cell(times: Times | None) -> str:
    if times is None:
        return "-"
    failed = f", {times.failed} refused" if times.failed else ""
    return f"{times.p50:.1f} / {times.p95:.1f}{'!' if times.p95 > BOUND else ''}{failed}"


def _ratio(row: Mapping[str, Times | None]) -> str:
    ours, plain = row.get("relevance"), row.get("plain full text")
    return "-" if ours is None or plain is None else f"{ours.p95 / plain.p95:.2f}"


def _json(times: Times | None) -> dict[str, object] | None:
    if times is None:
        return None
    return {"p50": times.p50, "p95": times.p95, "queries": len(times.ms), "refused": times.failed}
