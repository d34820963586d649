"""Shows the plan of reanalyze or retag, its changes and price, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape
from rich.table import Table

from app.cli.output import out
from app.domain.budget import BULK_SHARE
from app.reprocess.files import FilePlan
from app.reprocess.price import Price
from app.reprocess.skipped_subjects import SkippedSubjects
from app.reprocess.tags import TagPlan

Row = tuple[str, str]


def show_files(plan: FilePlan) -> None:
    """Prints the plan of `reanalyze`."""
    if plan.files:
        rows = [("to read again", f"{_many(plan.files, 'file')} of {_many(plan.publications, 'publication')}")]
        rows += _prices(plan.prices) if plan.prices else [("price", "0 tokens: they are read on this machine")]
        rows += _tags(plan.tags) if plan.tags else []
    else:
        rows = [("to read again", _nothing("recipe", plan.standing))]
    _print([*rows, *_standing(plan.standing, "file", "analyze")])


def show_tags(plan: TagPlan) -> None:
    """Prints the plan of `retag`."""
    unchanged = plan.publications - plan.changed
    many = _many(plan.changed, "publication") if plan.changed else _nothing("tagger", plan.standing)
    rows = [("to tag again", many)]
    if plan.changed:
        rows += _prices([plan.price]) if plan.price else [("price", "0 tokens: they are tagged on this machine")]
    if unchanged:
        rows.append(
            ("gone through", f"{_many(unchanged, 'publication')} without a change, which no tagger is asked about")
        )
    _print([*rows, *_standing(plan.standing, "publication", "tag")])


def _nothing(asked: str, standing: SkippedSubjects) -> str:
    left = standing.open or standing.flow or standing.unknown
    return "nothing more" if left else f"nothing: the {asked} of today has been asked about all of it"


def _prices(prices: list[Price]) -> Iterator[Row]:
    for price in prices:
        yield "by", f"{_name(price)}, {_many(price.questions, 'question')}"
        yield "at most", f"{price.most:,} tokens{_days(price.days)}"
        yield "likely", _likely(price)
        if price.daily is not None:
            yield "daily cap", f"{price.daily:,} tokens, {BULK_SHARE:.0%} of it for such work"


def _likely(price: Price) -> str:
    if price.likely is None:
        return "not known: this model has answered no such question yet"
    reckoned = f"by the length of {_many(price.sampled, 'post')}" if price.sampled else "as such questions cost so far"
    return f"{price.likely:,} tokens{_days(price.likely_days)}, {reckoned}"


def _tags(price: Price) -> Iterator[Row]:
    likely = "" if price.likely is None else f", {price.likely:,} if all are"
    yield "tags after it", f"at most {price.most:,} tokens of {_name(price)}{likely}{_days(price.days)}"
    yield "", "only posts whose pictures turn out to say something else are tagged again"


def _standing(standing: SkippedSubjects, noun: str, step: str) -> Iterator[Row]:
    if standing.open:
        yield "under way", f"{_many(standing.open, noun)} of an earlier run"
    if standing.flow:
        yield "due anyway", _many(standing.flow, noun)
    if standing.unknown:
        remedy = f"media-audit dead retry --unknown --step {step} --all"
        yield "not repeated", f"{_many(standing.unknown, noun)}, which may have been paid: `{remedy}`"
    if standing.left:
        yield "left alone", f"{_many(standing.left, noun)}: done, or declined before"


def _days(days: int | None) -> str:
    return ": more than the daily cap ever allows" if days is None else f", {_many(days, 'day')}" if days > 1 else ""


def _name(price: Price) -> str:
    return escape(f"{price.provider} {price.model}")


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _print(rows: list[Row]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, said in rows:
        table.add_row(name, said)
    out().print(table)
