"""Announcements: flat posters, posters over a photograph, quotations."""

from __future__ import annotations

import random

from PIL import Image

from app.demo.channels.canvas import Ink, Sheet, gradient, height_of
from app.demo.channels.drawn.palettes import PALETTES
from app.demo.channels.photographs import filled

MARGIN = 72


def poster(
    headline: str,
    lines: list[str],
    kicker: str = "",
    footer: str = "",
    palette: str = "river",
    tall: bool = False,
    photo: str = "",
    variant: int = 41,
) -> Sheet:
    """A flat poster: kicker in a band, a large headline, lines of detail, a photograph, a strip with the address."""
    width, height = (960, 1280) if tall else (1080, 1080)
    colours = PALETTES[palette]
    sheet = Sheet.blank(width, height, colours.paper)
    inner = width - 2 * MARGIN
    if not photo:
        _ornament(sheet, colours.soft, headline)
    sheet.draw.rectangle((0, 0, width, 104), fill=colours.accent)
    if kicker:
        sheet.write(kicker, MARGIN, 30, inner, Ink("bold", 38, colours.paper))
    y = sheet.write(headline, MARGIN, 176, inner, Ink("narrow", 112, colours.ink, leading=1.08))
    sheet.draw.rectangle((MARGIN, y + 26, MARGIN + 140, y + 36), fill=colours.accent)
    y += 90
    for line in lines:
        y = sheet.write(line, MARGIN, y, inner, Ink("sans", 50, colours.ink)) + 22
    if photo:
        sheet.image.paste(filled(photo, variant, width, height - 108 - y - 20), (0, y + 20))
    if footer:
        sheet.draw.rectangle((0, height - 108, width, height), fill=colours.ink)
        sheet.write(footer, MARGIN, height - 80, inner, Ink("sans", 36, colours.paper))
    return sheet


def _ornament(sheet: Sheet, colour: str, headline: str) -> None:
    """Quiet shapes below the text, by lot from the headline."""
    lot = random.Random(headline)
    width, bottom = sheet.image.width, sheet.image.height - 108
    shape = lot.choice(("rings", "hills", "stripes"))
    if shape == "rings":
        middle = lot.randrange(width)
        for radius in range(60, 240, 45):
            box = (middle - radius, bottom - radius, middle + radius, bottom + radius)
            sheet.draw.ellipse(box, outline=colour, width=14)
    elif shape == "hills":
        for _ in range(4):
            middle, radius = lot.randrange(width), lot.randrange(90, 210)
            sheet.draw.ellipse((middle - radius, bottom - radius, middle + radius, bottom + radius), fill=colour)
    else:
        for left in range(0, width, 120):
            top = bottom - lot.randrange(40, 210)
            sheet.draw.rectangle((left, top, left + 70, bottom), fill=colour)


def overlay(
    headline: str, lines: list[str], photo: str, variant: int = 1, tall: bool = False, shade: int = 190
) -> Sheet:
    """White text on a photograph that darkens towards the bottom; less shade is harder to read."""
    width, height = (960, 1200) if tall else (1200, 800)
    image = filled(photo, variant, width, height)
    mask = Image.linear_gradient("L").resize((width, height)).point([level * shade // 255 for level in range(256)])
    sheet = Sheet(Image.composite(Image.new("RGB", image.size, "#0b0f14"), image, mask))
    title = Ink("narrow", 84, "white", leading=1.08)
    detail = Ink("sans", 38, "white")
    inner = width - 2 * MARGIN
    block = height_of(headline, inner, title) + 20 + sum(height_of(line, inner, detail) + 6 for line in lines)
    y = sheet.write(headline, MARGIN, height - MARGIN - block, inner, title) + 20
    for line in lines:
        y = sheet.write(line, MARGIN, y, inner, detail) + 6
    return sheet


def quote(words: str, source: str, top: str = "#31445e", bottom: str = "#131b29", size: int = 58) -> Sheet:
    """A quotation in the middle of a blend of two colours."""
    sheet = Sheet(gradient(1080, 1080, top, bottom))
    ink = Ink("italic", size, "white", "centre", 1.36)
    inner = 1080 - 2 * 110
    y = (1080 - height_of(words, inner, ink)) // 2 - 40
    sheet.draw.line((480, y - 56, 600, y - 56), fill="#ffffff", width=4)
    y = sheet.write(words, 110, y, inner, ink)
    sheet.write(source, 110, y + 44, inner, Ink("sans", 34, "#dfe6ef", "centre"))
    return sheet


def meme(top: str, bottom: str, photo: str, variant: int = 1) -> Sheet:
    """White capitals with an outline above and below."""
    sheet = Sheet(filled(photo, variant, 960, 760))
    ink = Ink("narrow", 78, "white", "centre", 1.1, outline=5)
    sheet.write(top.upper(), 40, 24, 880, ink)
    sheet.write(bottom.upper(), 40, 760 - 34 - height_of(bottom.upper(), 880, ink), 880, ink)
    return sheet
