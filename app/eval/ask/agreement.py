"""python -m app.eval.ask.agreement A B: how far two labellers of the same questions agree."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.output import OK, WRONG, err, out
from app.errors import UserError
from app.eval.ask.labelled import nuggets
from app.eval.ask.metrics import Cited, right
from app.eval.ask.question import NONE, Quote
from app.eval.documents import table

Pairs = Sequence[tuple[str, str]]
"""The label of each labeller for the same question."""


@dataclass(frozen=True)
class Label:
    """The label of one labeller for a question."""

    where: str
    quotes: tuple[Quote, ...]

    @property
    def answerable(self) -> str:
        """yes or no."""
        return "no" if self.where == NONE else "yes"


@dataclass(frozen=True)
class Agreement:
    """The agreement of two labellers. questions: that both labelled. Kappas are None where it is not defined.

    quotes: F1 of their quotes, two of which agree if they overlap; over the questions to which both found an answer.
    posts: F1 of the posts that they quote, likewise.
    """

    questions: int
    answerable_same: int
    answerable: float | None
    where_same: int
    where: float | None
    both_answered: int
    quotes: float | None
    posts: float | None


def labels(file: Path) -> dict[str, Label]:
    """The labels of a file by the id of their question. UserError for a fault."""
    found = {}
    for row in table(file).get("question", ()):
        facts = nuggets(row.get("nuggets", ()))
        quotes = tuple(dict.fromkeys(quote for fact in facts for quote in fact.quotes))
        found[row["id"]] = Label(row["where"], quotes)
    if not found:
        raise UserError(f"{file} labels no question")
    return found


def kappa(pairs: Pairs) -> float | None:
    """Cohen's kappa: the agreement beyond that of chance, 1 at most.

    Cohen, A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20, 1960. None
    without pairs, and where both used one label alone: then chance agrees always.
    """
    if not pairs:
        return None
    same = sum(one == other for one, other in pairs) / len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return (same - chance) / (1 - chance) if chance < 1 else None


def agreement(first: dict[str, Label], second: dict[str, Label]) -> Agreement:
    """The agreement over the questions that both labelled. UserError without any."""
    pairs = [(one, second[id_]) for id_, one in first.items() if id_ in second]
    if not pairs:
        raise UserError("the two files label no question in common")
    answerable = [(a.answerable, b.answerable) for a, b in pairs]
    where = [(a.where, b.where) for a, b in pairs]
    both = [(a.quotes, b.quotes) for a, b in pairs if a.quotes and b.quotes]
    return Agreement(
        questions=len(pairs),
        answerable_same=sum(a == b for a, b in answerable),
        answerable=kappa(answerable),
        where_same=sum(a == b for a, b in where),
        where=kappa(where),
        both_answered=len(both),
        quotes=_f1([_matched(a, b) for a, b in both], [_matched(b, a) for a, b in both]),
        posts=_f1([_same_post(a, b) for a, b in both], [_same_post(b, a) for a, b in both]),
    )


def _matched(some: Sequence[Quote], others: Sequence[Quote]) -> tuple[int, int]:
    """(quotes that overlap one of the others, all)."""
    places = [Cited(quote.post, quote.source, quote.text) for quote in some]
    return sum(any(right(place, other) for other in others) for place in places), len(places)


def _same_post(some: Sequence[Quote], others: Sequence[Quote]) -> tuple[int, int]:
    posts, known = {quote.post for quote in some}, {quote.post for quote in others}
    return len(posts & known), len(posts)


def _f1(of_first: Sequence[tuple[int, int]], of_second: Sequence[tuple[int, int]]) -> float | None:
    """The harmonic mean of both shares of matched ones, summed over questions before dividing."""
    shares = [sum(hits for hits, _ in side) / max(1, sum(all_ for _, all_ in side)) for side in (of_first, of_second)]
    return 2 * shares[0] * shares[1] / sum(shares) if sum(shares) else (0.0 if of_first else None)


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the agreement of two files of labels. Returns 2 where they cannot be compared."""
    parser = argparse.ArgumentParser(prog="python -m app.eval.ask.agreement", description=__doc__)
    parser.add_argument("first", type=Path, metavar="A")
    parser.add_argument("second", type=Path, metavar="B")
    given = parser.parse_args(argv)
    try:
        found = agreement(labels(given.first), labels(given.second))
    except (UserError, OSError) as error:
        err().print(str(error), style="red", markup=False, soft_wrap=True)
        return WRONG
    for line in _lines(found):
        out().print(line)
    return OK


def _lines(found: Agreement) -> list[str]:
    return [
        f"questions that both labelled: {found.questions}",
        f"answerable or not: {found.answerable_same} alike, kappa {_number(found.answerable)}",
        f"text, picture or none: {found.where_same} alike, kappa {_number(found.where)}",
        f"quotes, over {found.both_answered} questions that both answered: F1 {_number(found.quotes)}",
        f"posts that they are from: F1 {_number(found.posts)}",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
