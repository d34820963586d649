"""Output helpers that commands share: results go to stdout, all other text to stderr."""

from __future__ import annotations

import json
import os
import unicodedata
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

# Exit codes: other programs rely on them.
OK, CRASHED, WRONG, TIMED_OUT, UNREAD, INTERRUPTED = 0, 1, 2, 3, 4, 130

# For commands that take channels: numbers of private channels begin with -100, which is not an option.
NUMBERS = {"ignore_unknown_options": True}


def out() -> Console:
    """The console for results."""
    return Console(highlight=False, width=_width())


def err() -> Console:
    """The console for progress and messages."""
    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """Prints one JSON value on stdout, indented for people."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def titled(title: str) -> Table:
    """An empty table without lines, with its title above."""
    return Table(box=None, pad_edge=False, title=f"\n{title}", title_justify="left", title_style="bold")


LONGEST = 160  # characters of a text to show


def short(text: str) -> str:
    """The text as one line, cut at LONGEST."""
    line = one_line(text)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def one_line(text: str) -> str:
    """The text as one line, without control characters, which a terminal would obey."""
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in text).split())


def indented(console: Console, indent: int, markup: str, first: str = "") -> None:
    """Prints a paragraph with every line, wrapped ones included, `indent` blanks from the left.

    first: markup of a mark that takes the place of the blanks in the first line.
    """
    mark = Text.from_markup(first)
    for line in Text.from_markup(markup).wrap(console, max(20, console.width - indent)):
        console.print(Text.assemble(mark, " " * (indent - mark.cell_len), line))
        mark = Text()


def _width() -> int | None:
    """The width of tables in a file or pipe, where no terminal limits them; None for a terminal."""
    return None if os.isatty(1) else 110


def ago(seconds: float | None) -> str:
    """A duration in a short form: 4 s, 12 min, 3 h, 5 d; - for None."""
    if seconds is None:
        return "-"
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def size(count: float) -> str:
    """A number of bytes in a short form: 812 B, 3.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
