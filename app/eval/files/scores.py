"""Scores of kinds of files: pure functions of the words held and the words read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from app.eval.files.kinds import Sample
from app.eval.files.versions import Read
from app.eval.scores import text_errors


@dataclass(frozen=True)
class Score:
    """Words found of words held, over the files of one kind, with the mean milliseconds a file and the faults."""

    found: int
    held: int
    milliseconds: float
    faults: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Of the words held, 0 to 1."""
        return self.found / self.held


@dataclass(frozen=True)
class Row:
    """The scores of one kind of file, one of each version."""

    group: str
    name: str
    files: int
    scores: tuple[Score, ...]


def rows(read: Iterable[tuple[Sample, Sequence[Read]]]) -> list[Row]:
    """A row for each kind, in the order of the samples."""
    grouped = groupby(read, key=lambda pair: pair[0].kind)
    return [_row(list(pairs)) for _, pairs in grouped]


def _row(pairs: Sequence[tuple[Sample, Sequence[Read]]]) -> Row:
    kind, versions = pairs[0][0].kind, range(len(pairs[0][1]))
    scores = tuple(_score([(sample, reads[at]) for sample, reads in pairs]) for at in versions)
    return Row(kind.group, kind.name, len(pairs), scores)


def _score(pairs: Sequence[tuple[Sample, Read]]) -> Score:
    errors = [text_errors(read.text, sample.words, ordered=False) for sample, read in pairs]
    return Score(
        sum(error.words_found for error in errors),
        sum(error.words for error in errors),
        1000 * sum(read.seconds for _, read in pairs) / len(pairs),
        tuple(sorted({read.fault for _, read in pairs if read.fault})),
    )
