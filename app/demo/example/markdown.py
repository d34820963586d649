"""Markdown: tables that read well as text too."""

from __future__ import annotations

import textwrap

from app.demo.example.rows import Table

WIDTH = 120  # characters of a line of prose


def table(rows: Table, *columns: str) -> str:
    """A table of these columns, or of all that the first row has."""
    heads = list(columns or rows[0])
    cells = [[_cell(row[head]) for head in heads] for row in rows]
    widths = [max(len(line[i]) for line in [heads, *cells]) for i in range(len(heads))]
    ruler = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"
        for line in [heads, ruler, *cells]
    )


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def files(*paths: str) -> str:
    """The line that names the files of a step."""
    return "*Done by* " + ", ".join(f"`{path}`" for path in paths)


def paragraphs(*parts: str) -> str:
    """Parts with an empty line between them; a part that is one long line of prose is wrapped."""
    return "\n\n".join(_wrapped(part.strip()) for part in parts)


def _wrapped(part: str) -> str:
    prose = "\n" not in part and not part.startswith("#")
    return textwrap.fill(part, WIDTH, break_long_words=False, break_on_hyphens=False) if prose else part
