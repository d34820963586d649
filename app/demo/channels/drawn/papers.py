"""Paper: notices, receipts, timetables, as if photographed from above."""

from __future__ import annotations

import random

from PIL import Image, ImageFilter

from app.demo.channels.canvas import Ink, Sheet
from app.demo.channels.photographs import filled

INK = "#1b1b1d"


def notice(
    title: str,
    paragraphs: list[str],
    signature: str = "",
    head: str = "",
    desk: str = "#8a7f72",
    size: int = 36,
    photo: str = "",
    variant: int = 41,
) -> Sheet:
    """A printed sheet with a heading, paragraphs and a signature."""
    page = Sheet.blank(840, 1600, "#fdfcf8")
    y = page.write(head, 76, 64, 688, Ink("sans", 25, "#55555a")) + 26 if head else 84
    y = page.write(title, 76, y, 688, Ink("bold", 46, INK, "centre", 1.2)) + 34
    if photo:
        page.image.paste(filled(photo, variant, 688, 420), (76, y))
        y += 450
    for paragraph in paragraphs:
        y = page.write(paragraph, 76, y, 688, Ink("serif", size, INK, leading=1.42)) + 20
    if signature:
        page.draw.line((76, y + 34, 330, y + 34), fill="#888888", width=2)
        y = page.write(signature, 76, y + 46, 688, Ink("serif", 30, INK))
    page.image = page.image.crop((0, 0, 840, max(700, y + 110)))
    return on_desk(page, desk, 60, title)


def receipt(shop: str, rows: list[str], total: str, lines: list[str], desk: str = "#6d5a48") -> Sheet:
    """A till receipt. rows: "name | price"."""
    page = Sheet.blank(600, 430 + 46 * (len(rows) + len(lines)), "#fbfbf7")
    y = page.write(shop, 40, 40, 520, Ink("mono", 32, INK, "centre")) + 12
    page.draw.line((40, y, 560, y), fill="#777777", width=2)
    y += 22
    for row in rows:
        y = _priced(page, row, y, 26)
    page.draw.line((40, y + 10, 560, y + 10), fill="#777777", width=2)
    y = _priced(page, total, y + 30, 34) + 18
    for line in lines:
        y = page.write(line, 40, y, 520, Ink("mono", 24, INK, "centre")) + 8
    return on_desk(page, desk, 70, shop + total)


def _priced(page: Sheet, row: str, y: int, size: int) -> int:
    name, price = (part.strip() for part in row.split("|"))
    page.write(name, 40, y, 380, Ink("mono", size, INK))
    return page.write(price, 360, y, 200, Ink("mono", size, INK, "right")) + 12


def timetable(title: str, head: list[str], rows: list[list[str]], note: str = "", desk: str = "#4d6470") -> Sheet:
    """A table of times with a heading."""
    page = Sheet.blank(940, 300 + 62 * (len(rows) + 1), "#ffffff")
    y = page.write(title, 50, 46, 840, Ink("bold", 44, INK)) + 24
    step = 840 // len(head)
    page.draw.rectangle((50, y, 890, y + 58), fill="#25475a")
    for column, word in enumerate(head):
        page.write(word, 66 + column * step, y + 10, step - 16, Ink("bold", 30, "white"))
    y += 62
    for number, row in enumerate(rows):
        page.draw.rectangle((50, y, 890, y + 58), fill="#eef2f4" if number % 2 else "#ffffff")
        for column, word in enumerate(row):
            page.write(word, 66 + column * step, y + 10, step - 16, Ink("sans", 30, INK))
        y += 62
    if note:
        page.write(note, 50, y + 26, 840, Ink("sans", 27, "#55555a"))
    return on_desk(page, desk, 50, title)


def on_desk(page: Sheet, colour: str, margin: int, name: str) -> Sheet:
    """The page with a soft shadow on a plain surface; a lot from its name gives its angle and distance to the edge."""
    lot = random.Random(name)
    width, height = page.image.width + 2 * margin, page.image.height + 2 * margin
    shadow = Image.new("L", (width, height), 0)
    shadow.paste(120, (margin + 8, margin + 12, width - margin + 8, height - margin + 12))
    shadow = shadow.filter(ImageFilter.GaussianBlur(10))
    desk = Image.new("RGB", (width, height), colour)
    desk.paste(Image.new("RGB", desk.size, "#000000"), (0, 0), shadow)
    desk.paste(page.image, (margin, margin))
    desk = desk.rotate(lot.uniform(-2, 2), Image.Resampling.BICUBIC, fillcolor=colour)
    wide = Image.new("RGB", (width + lot.randrange(260), height + lot.randrange(260)), colour)
    wide.paste(desk, (lot.randrange(wide.width - width + 1), lot.randrange(wide.height - height + 1)))
    return Sheet(wide, page.written)


def turned(sheet: Sheet, degrees: float) -> Sheet:
    """The same sheet as a careless hand photographs it; degrees counterclockwise."""
    image = sheet.image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="#7c776d")
    return Sheet(image, sheet.written)
