"""The table of docs/testing.md: how many mutants of each room were caught, and which survive, with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.mutants.bench import SURVIVED
from tests.mutants.exclusions import known
from tests.mutants.operators import Mutant
from tests.mutants.rooms import ROOT

PAGE = ROOT / "docs" / "testing.md"
BEGIN, END = "<!-- written by make mutants -->", "<!-- end of the table -->"


@dataclass(frozen=True)
class Result:
    """What became of one mutant."""

    room: str
    mutant: Mutant
    verdict: str

    def as_json(self) -> dict[str, object]:
        """Without the source."""
        mutant = self.mutant
        facts = {"kind": mutant.kind, "line": mutant.line, "key": mutant.key}
        return {"room": self.room, **facts, "verdict": self.verdict}


def table(results: Sequence[Result], seed: int, minutes: float) -> str:
    """The score of each room, then the survivors."""
    rooms = list(dict.fromkeys(result.room for result in results))
    lines = [
        f"Seed {seed}, {datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} minutes.",
        "",
        "| room | mutants | caught | share |",
        "|---|---|---|---|",
    ]
    lines += [_row(room, [result for result in results if result.room == room]) for room in rooms]
    lines += [_row("all", results), "", "Survivors:", "", "| room | mutant | why |", "|---|---|---|"]
    survivors = [result for result in results if result.verdict == SURVIVED]
    lines += [
        f"| {one.room} | {_cell(one.mutant.key)} | {_why(one.mutant, known()['survives'])} |" for one in survivors
    ]
    return "\n".join(lines)


def _row(name: str, results: Sequence[Result]) -> str:
    count = Counter(result.verdict == SURVIVED for result in results)
    return f"| {name} | {len(results)} | {count[False]} | {count[False] / max(1, len(results)):.0%} |"


def _cell(key: str) -> str:
    return f"`{key.replace('|', chr(0xA6)).replace('`', chr(0x2B9))}`"


def _why(mutant: Mutant, reasons: Mapping[str, str]) -> str:
    return reasons.get(mutant.key, "a test is missing")


def write(results: Sequence[Result], seed: int, minutes: float) -> None:
    """Puts the table into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(results, seed, minutes)}\n\n{END}{after}", encoding="utf-8")


def lines(results: Sequence[Result]) -> Iterator[str]:
    """For a terminal: the survivors, then the scores."""
    yield from (f"survived  {one.room}: {one.mutant.key}" for one in results if one.verdict == SURVIVED)
    for room in dict.fromkeys(result.room for result in results):
        yield _row(room, [result for result in results if result.room == room])
