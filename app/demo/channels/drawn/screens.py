"""Screenshots: a telephone with a conversation, and a window of a desktop program."""

from __future__ import annotations

from app.demo.channels.canvas import Ink, Sheet, font, height_of, wrapped
from app.demo.channels.photographs import filled

WIDTH, HEIGHT = 720, 1280


def chat(title: str, status: str, messages: list[str], clock: str = "14:32", dark: bool = False) -> Sheet:
    """A conversation. messages: "> text" is one's own, "text" the other's; a time stands after " | "."""
    paper, bar, ink, quiet = (
        ("#0f1720", "#1d2a37", "#eef2f6", "#9fb0c0") if dark else ("#dfe7dc", "#f6f6f6", "#111111", "#6b7680")
    )
    other, own = ("#22303d", "#2c5a73") if dark else ("#ffffff", "#d9f7c3")
    sheet = Sheet.blank(WIDTH, HEIGHT, paper)
    sheet.draw.rectangle((0, 0, WIDTH, 150), fill=bar)
    _status_bar(sheet, clock, ink)
    sheet.draw.ellipse((24, 62, 98, 136), fill="#5b8fb9")
    sheet.write(title[0], 24, 74, 74, Ink("bold", 40, "white", "centre"))
    sheet.written.pop()
    sheet.write(title, 118, 60, 560, Ink("bold", 32, ink))
    sheet.write(status, 118, 100, 560, Ink("sans", 25, quiet))
    y = 182
    for message in messages:
        mine = message.startswith("> ")
        y = _bubble(sheet, message.removeprefix("> "), y, mine, own if mine else other, ink, quiet) + 16
    sheet.draw.rectangle((0, HEIGHT - 92, WIDTH, HEIGHT), fill=bar)
    sheet.draw.rounded_rectangle((24, HEIGHT - 78, WIDTH - 100, HEIGHT - 16), 30, outline=quiet, width=2)
    sheet.draw.ellipse((WIDTH - 84, HEIGHT - 78, WIDTH - 22, HEIGHT - 16), fill="#3d7fb0")
    return sheet


def _status_bar(sheet: Sheet, clock: str, ink: str) -> None:
    sheet.write(clock, 28, 10, 120, Ink("bold", 26, ink))
    draw = sheet.draw
    for step in range(4):
        draw.rectangle((560 + step * 13, 34 - 6 * step, 568 + step * 13, 38), fill=ink)
    draw.rounded_rectangle((630, 14, 684, 38), 6, outline=ink, width=3)
    draw.rectangle((635, 19, 668, 33), fill=ink)


def _bubble(sheet: Sheet, message: str, y: int, mine: bool, colour: str, ink: str, quiet: str) -> int:
    text, _, time = message.partition(" | ")
    body = Ink("sans", 36, ink, leading=1.28)
    lines = wrapped(text, font("sans", 36), 520)
    wide = max(130, *(round(font("sans", 36).getlength(line)) for line in lines))
    high = height_of(text, 520, body) + (62 if time else 36)
    left = WIDTH - 24 - wide - 44 if mine else 24
    sheet.draw.rounded_rectangle((left, y, left + wide + 44, y + high), 24, fill=colour)
    below = sheet.write(text, left + 22, y + 14, 520, body)
    if time:
        sheet.write(time, left + 22, below, wide, Ink("sans", 24, quiet, "right"))
    return y + high


def window(
    title: str,
    menu: list[str],
    heading: str,
    rows: list[str],
    accent: str = "#3b6ea5",
    photo: str = "",
    variant: int = 42,
) -> Sheet:
    """A program with a side menu, a list and perhaps a preview. rows: "name | detail"."""
    width, height = 1280, 820
    sheet = Sheet.blank(width, height, "#ffffff")
    sheet.draw.rectangle((0, 0, width, 56), fill="#2f343b")
    for number, light in enumerate(("#e8695f", "#e9bd4e", "#63bb57")):
        sheet.draw.ellipse((22 + number * 34, 18, 42 + number * 34, 38), fill=light)
    sheet.write(title, 150, 12, 980, Ink("bold", 26, "white", "centre"))
    sheet.draw.rectangle((0, 56, 300, height), fill="#eef1f5")
    for number, entry in enumerate(menu):
        top = 84 + number * 62
        if number == 0:
            sheet.draw.rounded_rectangle((14, top - 8, 286, top + 46), 10, fill=accent)
        sheet.write(entry, 34, top, 250, Ink("sans", 28, "white" if number == 0 else "#333a44"))
    y = sheet.write(heading, 340, 84, 900, Ink("bold", 42, "#20242c")) + 20
    for row in rows:
        name, _, detail = row.partition(" | ")
        sheet.draw.line((340, y, 1240, y), fill="#d7dbe2", width=2)
        sheet.write(name, 340, y + 16, 600, Ink("sans", 30, "#20242c"))
        sheet.write(detail, 900, y + 16, 340, Ink("sans", 28, "#5b6470", "right"))
        y += 74
    if photo:
        sheet.image.paste(filled(photo, variant, 900, height - y - 30), (340, y + 10))
    return sheet
