"""Draws a QR code in a terminal: two rows of it in one line of half blocks."""

from __future__ import annotations

import click
import segno

BLOCKS = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
BORDER = 2  # modules; white around the code, without which cameras miss it


def lines(text: str) -> list[str]:
    """The QR code of a text; dark modules are ink."""
    rows = [list(row) for row in segno.make_qr(text, error="l").matrix_iter(border=BORDER)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    return ["".join(BLOCKS[pair] for pair in zip(*two, strict=True)) for two in zip(rows[::2], rows[1::2], strict=True)]


def show(text: str) -> None:
    """Prints the code on stderr, black on white whatever colours the terminal has."""
    for line in lines(text):
        click.secho(line, fg="black", bg="bright_white", err=True)
    click.echo("Scan it in a Telegram app: Settings, Devices, Link Desktop Device.", err=True)
