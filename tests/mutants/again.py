"""The survivors of a run before, to be tried again after tests for them were written."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.bench import SURVIVED
from tests.mutants.operators import Mutant
from tests.mutants.rooms import Room


@dataclass(frozen=True)
class Again:
    """Those that can be tried, and the names of those that are gone: their line has changed, or a rule or known.toml
    leaves them out now."""

    waiting: Sequence[tuple[Room, Mutant]]
    gone: Sequence[str]


def survivors(file: Path, rooms: Collection[Room]) -> Again:
    """The mutants of these rooms that survived last, by a file of --json."""
    last = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        last[told["room"], told["key"]] = told["verdict"]
    names = {room.name for room in rooms}
    wanted = [which for which, verdict in last.items() if verdict == SURVIVED and which[0] in names]
    there: dict[tuple[str, str], tuple[Room, Mutant]] = {}
    for room in rooms:
        files = {key.partition(" ")[0] for name, key in wanted if name == room.name}
        there |= {(room.name, mutant.key): (room, mutant) for mutant in room.mutants(files)}
    gone = [f"{room}: {key}" for room, key in wanted if (room, key) not in there]
    return Again([there[which] for which in wanted if which in there], gone)
