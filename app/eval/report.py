"""Prints the results as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from app.eval.results import GROUPS, Result
from app.eval.scores import Confusion, Errors, accuracy

WORST = 5  # number of the worst pictures to name


def show(console: Console, result: Result) -> None:
    """Prints all tables of one provider."""
    recipe = result.recipe
    console.print(f"\n[bold]{recipe.provider}[/bold] {recipe.model}", soft_wrap=True)
    console.print(_summary(result))
    console.print(_errors(result))
    console.print(_confusion(result.confusion))
    if worst := _worst(result):
        console.print("worst read: " + ", ".join(worst), soft_wrap=True)
    for error, count in result.failures.most_common():
        reason = next(one.reason for one in result.everything if one.error == error)
        console.print(f"failed: {count} x {error}, for example: {reason}", markup=False, soft_wrap=True)


def _summary(result: Result) -> Table:
    table = Table("measure", "value", title="summary", title_justify="left")
    whole, none, tags = result.all_errors, result.invented, result.tags
    rows = [
        ("pictures read", f"{len(result.good)} of {len(result.reads)}"),
        ("character error rate", f"{_share(whole.rate)} (median of a picture {_share(result.typical)})"),
        ("words found", _share(whole.recall)),
        ("text invented", f"{none.characters} characters in {none.with_text} of {none.pictures} pictures without text"),
        ("kind right", f"{_share(accuracy(result.confusion))} of {result.confusion.total()}"),
        ("tags of " + result.tagger.split("-")[0], _tags(tags.precision, tags.recall, tags.f1, tags.posts)),
        ("seconds a picture", f"{result.seconds:.2f}"),
        ("tokens", f"{result.tokens:,}, {result.tokens // max(1, len(result.reads)):,} a picture"),
    ]
    for row in rows:
        table.add_row(*row)
    return table


def _tags(precision: float | None, recall: float | None, f1: float | None, posts: int) -> str:
    return f"precision {_share(precision)}, recall {_share(recall)}, F1 {_share(f1)} over {posts} posts"


def _errors(result: Result) -> Table:
    table = Table("by", "", "pictures", "CER", "words found", title="text", title_justify="left")
    for name, group in GROUPS.items():
        for number, (value, errors) in enumerate(result.errors(group).items()):
            table.add_row("" if number else name, value, *_row(errors))
        table.add_section()
    return table


def _row(errors: Errors) -> tuple[str, str, str]:
    return str(errors.pictures), _share(errors.rate), _share(errors.recall)


def _confusion(pairs: Confusion) -> Table:
    """A row for each kind that was drawn, a column for each that was read."""
    columns = sorted({found for _, found in pairs} | {expected for expected, _ in pairs})
    table = Table("drawn \\ read", *columns, title="kinds", title_justify="left")
    for expected in sorted({expected for expected, _ in pairs}):
        table.add_row(expected, *(str(pairs[expected, found] or "") for found in columns))
    return table


def _worst(result: Result) -> Sequence[str]:
    named = result.errors(lambda one: one.shot.case.name)
    ranked = sorted(named.items(), key=lambda item: item[1].recall or 0)
    return [f"{name} {_share(errors.recall)} of its words" for name, errors in ranked[:WORST] if errors.recall != 1]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value * 100:.1f} %"
