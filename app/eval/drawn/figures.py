"""Infographics that the sample channels do not have: rankings and steps."""

from __future__ import annotations

from app.demo.channels.canvas import Ink, Sheet
from app.demo.channels.drawn.palettes import PALETTES


def ranks(title: str, rows: list[str], source: str, palette: str = "river") -> Sheet:
    """Horizontal bars. rows: "name | number", the largest first."""
    colours = PALETTES[palette]
    sheet = Sheet.blank(1080, 300 + 96 * len(rows), colours.paper)
    y = sheet.write(title, 60, 50, 960, Ink("bold", 50, colours.ink, leading=1.15)) + 30
    pairs = [row.split(" | ") for row in rows]
    longest = max(float(number.replace(",", ".").rstrip(" %")) for _, number in pairs)
    for name, number in pairs:
        sheet.write(name, 60, y + 14, 330, Ink("sans", 32, colours.ink))
        length = 460 * float(number.replace(",", ".").rstrip(" %")) / longest
        sheet.draw.rectangle((400, y + 6, 400 + length, y + 66), fill=colours.accent)
        sheet.write(number, round(400 + length) + 14, y + 14, 160, Ink("bold", 34, colours.ink))
        y += 88
    sheet.write(source, 60, sheet.image.height - 60, 960, Ink("sans", 24, colours.ink))
    return sheet


def steps(title: str, items: list[str], palette: str = "forest") -> Sheet:
    """Instructions in numbered circles."""
    colours = PALETTES[palette]
    sheet = Sheet.blank(1080, 260 + 170 * len(items), colours.paper)
    sheet.draw.rectangle((0, 0, 1080, 150), fill=colours.accent)
    sheet.write(title, 60, 44, 960, Ink("bold", 50, colours.paper))
    for number, item in enumerate(items):
        top = 210 + 170 * number
        sheet.draw.ellipse((60, top, 170, top + 110), fill=colours.accent)
        sheet.write(str(number + 1), 60, top + 18, 110, Ink("bold", 62, colours.paper, "centre"))
        sheet.write(item, 210, top + 12, 800, Ink("sans", 38, colours.ink))
    return sheet
