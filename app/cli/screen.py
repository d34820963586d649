"""Renders the status on one screen: the most urgent lines of each part, and the number of those left out."""

from __future__ import annotations

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from app.cli.cost_tables import money_line
from app.cli.fetch_options import left_out_words
from app.cli.output import ago, short
from app.domain.kinds import Step
from app.pipeline.steps.older_documents import COUNTED
from app.status.channels import ChannelStatus
from app.status.left_out import LeftOutCount
from app.status.overview import ProcessStatus, Status
from app.status.services import ServiceStatus
from app.status.stages import StageStatus

FEWEST = 2  # lines of a part, however small the screen
NAMES = 16  # processes to name, besides those with a problem
OPEN = ("due", "later", "leased", "waiting", "unknown", "dead")
HEADS = {"leased": "running"}
RARE = ("later", "waiting", "unknown")  # columns to show only if a row has a value
LONG = 5.0  # seconds of work after which a process is shown as busy
NARROW = 100  # columns; a narrower screen leaves out titles of channels


def screen(now: Status, width: int, height: int, *, services: bool = True) -> Group:
    """The whole status within this many columns and lines. services: False if the caller shows services itself."""
    wrong = [_line(f"[red]✗ {escape(one.what)}[/]" + _count(one.count)) for one in now.troubles]
    fixed = [
        *_waiting(now),
        *_left_out(now),
        *_words(now),
        *([_services(now.services)] if services else []),
        _processes(now.processes),
        *_money(now),
    ]
    open_ = _open(now)
    room = height - _height(fixed, width) - 3  # the heads of both tables, and the line of finished work
    shown = wrong[: max(1, room // 4)]
    if more := len(wrong) - len(shown):
        shown.append(_line(f"  [red]and {more} more that is wrong[/]"))
    room -= len(shown)
    stages = min(len(open_), max(FEWEST, room - min(len(now.channels), room // 2) - 1))
    channels = max(FEWEST, room - max(1, stages) - (len(open_) > stages))
    return Group(*shown, *_channels(now, channels, width), *_work(now, open_, stages), *fixed)


def _height(lines: list[Text], width: int) -> int:
    return sum(1 if line.no_wrap else len(line.wrap(Console(width=width), width)) for line in lines)


def _line(markup: str) -> Text:
    line = Text.from_markup(markup)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _count(count: int) -> str:
    return f"  [dim]{count:,} wait for it[/]" if count else ""


def _urgent(channel: ChannelStatus) -> tuple[bool, bool, float]:
    """Sort key: stale channels first, then those with an error, then by age."""
    return not channel.stale, channel.error is None, -(channel.fresh if channel.fresh is not None else 1e12)


def _channels(now: Status, room: int, width: int) -> list[RenderableType]:
    """The channels, with `room` lines below the head."""
    stale = sum(channel.stale for channel in now.channels)
    told = f"[red]{stale} stale[/]" if stale else "[green]all fresh[/]"
    if not now.channels:
        return [_line("[bold]channels[/]  none yet: media-audit channels add @name")]
    some = sorted(now.channels, key=_urgent)
    if len(some) > room:
        some = some[: room - 1]
    table = _table(f"{len(now.channels)} channels, {told}", "posts", "to read", "fresh")
    for channel in some:
        left = "?" if channel.history_left is None else f"{channel.history_left:,}" if channel.history_left else ""
        table.add_row(_name(channel, width), f"{channel.posts:,}", left, _fresh(channel))
    if more := len(now.channels) - len(some):
        table.add_row(f"[dim]and {more} more, all fresher[/]", "", "", "")
    return [table]


def _name(channel: ChannelStatus, width: int) -> str:
    title = f"  [red]{escape(short(channel.error))}[/]" if channel.error else ""
    if not title and width >= NARROW and channel.title:
        title = f"  [dim]{escape(short(channel.title))}[/]"
    return escape(channel.reference) + title


def _fresh(channel: ChannelStatus) -> str:
    if channel.fresh is None:
        return "[red]never, stale[/]" if channel.stale else "not yet"
    return f"[red]{ago(channel.fresh)}, stale[/]" if channel.stale else f"[green]{ago(channel.fresh)}[/]"


def _open(now: Status) -> dict[Step, StageStatus]:
    """Steps with open work, the most urgent first: by dead rows, unknown rows, then the longest due."""
    found = {step: stage for step, stage in now.stages.items() if any(getattr(stage, name) for name in OPEN)}
    return dict(sorted(found.items(), key=lambda one: (-one[1].dead, -one[1].unknown, -(one[1].oldest or 0.0))))


def _work(now: Status, open_: dict[Step, StageStatus], room: int) -> list[RenderableType]:
    done = sum(stage.done + stage.skipped for stage in now.stages.values())
    events = f", {now.unsent_events:,} events to send" if now.unsent_events else ""
    if not open_:
        return [_line(f"[bold]work[/]  nothing to do  [dim]{done:,} steps done{events}[/]")]
    some = list(open_.items())[:room]
    names = [name for name in OPEN if name not in RARE or any(getattr(stage, name) for _, stage in some)]
    table = _table(f"work  [dim]{done:,} done{events}[/]", *(HEADS.get(name, name) for name in names), "oldest due")
    for step, stage in sorted(some, key=lambda one: list(Step).index(one[0])):
        oldest = ago(stage.oldest) if stage.due else ""
        table.add_row(step.value, *(number(stage, name) for name in names), oldest)
    rest: list[RenderableType] = [table]
    if more := len(open_) - len(some):
        rest.append(_line(f"[dim]and {more} more steps[/]"))
    return rest


def number(stage: StageStatus, name: str) -> str:
    """The number of rows of a step in a state: empty for 0, red for states that need the user."""
    count: int = getattr(stage, name)
    if not count:
        return ""
    return f"[red]{count:,}[/]" if name in ("unknown", "dead") else f"{count:,}"


def _table(head: str, *columns: str) -> Table:
    """A table whose first column takes the remaining width, with the name of the part as its head."""
    table = Table(box=None, pad_edge=False, expand=True, header_style="dim", padding=(0, 1, 0, 0))
    table.add_column(Text.from_markup(f"[not dim bold]{head}[/]"), ratio=1, no_wrap=True, overflow="ellipsis")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _waiting(now: Status) -> list[Text]:
    """The most frequent reason to wait, and the number of others."""
    if not now.waiting:
        return []
    first, more = now.waiting[0], len(now.waiting) - 1
    others = f"; and {more} more reasons" if more else ""
    return [_line(f"[bold]waiting[/]  {first.count:,} for: {escape(short(first.reason))}[dim]{others}[/]")]


def _left_out(now: Status) -> list[Text]:
    """What the limits of all channels leave out."""
    files = sum(channel.left_out.files for channel in now.channels)
    total = LeftOutCount(files, sum(channel.left_out.bytes for channel in now.channels))
    if not files:
        return []
    return [_line(f"[bold]left out[/]  {left_out_words(total)}  [dim]by choice: media-audit channels list[/]")]


def _words(now: Status) -> list[Text]:
    """How far older documents are counted, older rows filled and older media shown; nothing once they are."""
    lines = []
    for name, at in (("words", now.words), ("trends", now.trends)):
        if at is not None:
            lines.append(f"[bold]{name}[/]  {at.share:.0%} of older documents counted  [dim]behind live posts[/]")
    for name, left, rows in (
        ("filters", now.without_filters, "documents"),
        ("forwards", now.without_forwards, "posts"),
    ):
        if left:
            number = f"more than {COUNTED:,}" if left > COUNTED else f"{left:,}"
            lines.append(f"[bold]{name}[/]  {number} older {rows} to fill  [dim]behind live posts[/]")
    for name, at, done in (
        ("gallery", now.gallery, "posts shown"),
        ("thumbnails", now.thumbnails, "files made due"),
    ):
        if at is not None:
            lines.append(f"[bold]{name}[/]  {at.share:.0%} of older {done}  [dim]behind live posts[/]")
    return [_line(line) for line in lines]


def _processes(found: list[ProcessStatus]) -> Text:
    """Processes with a problem, then the other live ones."""
    names = _short_names([one for one in found if one.alive or one.trouble])
    wrong = [f"[red]{escape(names[one.name])} {'hangs' if one.alive else 'silent'}[/]" for one in found if one.trouble]
    well = [escape(names[one.name]) + _busy(one) for one in found if one.alive and not one.trouble]
    more = [f"and {len(well) - NAMES} more"] if len(well) > NAMES else []
    told = ", ".join([*wrong[:NAMES], *well[:NAMES], *more])
    return Text.from_markup(f"[bold]processes[/]  {told or 'none at work: media-audit up starts them'}")


def _busy(one: ProcessStatus) -> str:
    return f" [dim]busy {ago(one.busy)}[/]" if one.busy and one.busy >= LONG else ""


def _short_names(found: list[ProcessStatus]) -> dict[str, str]:
    """Names without the host if all processes run on one."""
    hosts = {one.name.partition("@")[2] for one in found}
    return {one.name: one.name.partition("@")[0] if len(hosts) == 1 else one.name for one in found}


def _money(now: Status) -> list[Text]:
    return [money_line(now.providers, now.at)] if now.providers else []


def _services(services: list[ServiceStatus]) -> Text:
    parts = [
        f"{one.name} [dim]{escape(one.address)} {escape(one.version)}[/]".replace(" [/]", "[/]")
        if one.answers
        else f"[red]{one.name} {escape(one.address)} does not answer[/]"
        for one in services
    ]
    return Text.from_markup("[bold]services[/]  " + ", ".join(parts))
